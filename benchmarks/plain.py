# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The workload without iptables, by pyroute2 as its documentation shows it: plain.py COUNT"""

from __future__ import annotations

import socket
import sys

import workload
from pyroute2 import IPRoute, NetNS, netns


def build(count: int) -> None:
    with IPRoute() as host:
        masters = {}
        for bridge in workload.bridges(count):
            host.link("add", ifname=bridge.name, kind="bridge")
            index = masters[bridge.number] = host.link_lookup(ifname=bridge.name)[0]
            no_link_local(host, index)
            host.addr("add", index=index, address=bridge.gateway4, prefixlen=16)
            host.addr("add", index=index, address=bridge.gateway6, prefixlen=64, flags=NODAD)
            host.link("set", index=index, state="up")
        for space in workload.spaces(count):
            netns.create(space.name)
            with NetNS(space.name) as inner:
                host.link(
                    "add",
                    ifname=space.outer,
                    kind="veth",
                    master=masters[space.bridge.number],
                    peer={"ifname": "eth0", "net_ns_fd": space.name},
                )
                index = host.link_lookup(ifname=space.outer)[0]
                no_link_local(host, index)
                host.link("set", index=index, state="up")
                inside(inner, space)


NODAD = 2  # IFA_F_NODAD in linux/if_addr.h


def no_link_local(ip: IPRoute, index: int) -> None:
    ip.link(
        "set",
        index=index,
        IFLA_AF_SPEC={"attrs": [["AF_INET6", {"attrs": [["IFLA_INET6_ADDR_GEN_MODE", 1]]}]]},
    )


def inside(ip: NetNS, space: workload.Space) -> None:
    ip.link("set", index=1, state="up")
    index = ip.link_lookup(ifname="eth0")[0]
    no_link_local(ip, index)
    ip.addr("add", index=index, address=space.ip4, prefixlen=16)
    ip.addr("add", index=index, address=space.ip6, prefixlen=64, flags=NODAD)
    ip.link("set", index=index, state="up")
    for to, via, table in space.routes:
        ip.route("add", dst=to, gateway=via, table=table)
    for rule in space.rules:
        words = {
            "table": rule["table"],
            "priority": rule["priority"],
            "action": "to_tbl",
            "family": socket.AF_INET,
        }
        for key, word in (("from", "src"), ("to", "dst")):
            if key in rule:
                address, length = rule[key].split("/")
                words |= {word: address, f"{word}_len": int(length)}
        words |= {word: rule[key] for key, word in (("mark", "fwmark"), ("iif", "iifname")) if key in rule}
        ip.rule("add", **words)


if __name__ == "__main__":
    build(int(sys.argv[1]))
