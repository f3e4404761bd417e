# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work that all contestants do, once as a document and once as lines of ip and iptables."""

from __future__ import annotations

import ipaddress
import json
import typing as t

MOST = 4096
# A bridge takes 1023 ports at most (BR_PORT_BITS in net/bridge/br_private.h), so there is one for as many
# namespaces as this.
SEGMENT = 512


class Bridge(t.NamedTuple):
    """A bridge of the host, with addresses that are the gateways of its namespaces."""

    number: int

    @property
    def name(self) -> str:
        return f"br-bench{self.number}"

    @property
    def net4(self) -> ipaddress.IPv4Address:
        return ipaddress.IPv4Address(f"10.{200 + self.number}.0.0")

    @property
    def net6(self) -> ipaddress.IPv6Address:
        return ipaddress.IPv6Address(f"fd00:{200 + self.number}::")

    @property
    def gateway4(self) -> str:
        return str(self.net4 + 1)

    @property
    def gateway6(self) -> str:
        return str(self.net6 + 1)

    def document(self) -> dict[str, t.Any]:
        return {
            "name": self.name,
            "kind": "bridge",
            "addresses": [f"{self.gateway4}/16", f"{self.gateway6}/64"],
        }

    def lines(self) -> list[str]:
        """Words for ip in the host."""
        return [
            f"link add {self.name} type bridge",
            f"link set {self.name} addrgenmode none",
            f"addr add {self.gateway4}/16 dev {self.name}",
            f"addr add {self.gateway6}/64 dev {self.name} nodad",
            f"link set {self.name} up",
        ]


# A filter and a nat table: 28 lines in the language of iptables-restore, as a service behind a firewall has
# them.
_RULES = {
    "filter": {
        "INPUT": (
            "DROP",
            [
                "-i lo -j ACCEPT",
                "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                "-p icmp -j ACCEPT",
                "-s 10.200.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT",
                "-j SERVICES",
                "-j REJECT --reject-with icmp-port-unreachable",
            ],
        ),
        "FORWARD": (
            "DROP",
            ["-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-s 10.201.0.0/24 -o eth0 -j ACCEPT"],
        ),
        "OUTPUT": ("ACCEPT", []),
        "SERVICES": (
            None,
            [
                "-d {ip}/32 -p tcp -m tcp --dport 80 -j ACCEPT",
                "-d {ip}/32 -p tcp -m tcp --dport 443 -j ACCEPT",
                "-s 10.200.0.0/16 -p tcp -m tcp --dport 3306 -j ACCEPT",
                "-s 10.200.0.0/16 -p tcp -m tcp --dport 9100 -j ACCEPT",
                "-p udp -m udp --dport 53 -j ACCEPT",
            ],
        ),
    },
    "nat": {
        "PREROUTING": ("ACCEPT", ["-d {ip}/32 -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 80"]),
        "INPUT": ("ACCEPT", []),
        "OUTPUT": ("ACCEPT", []),
        "POSTROUTING": (
            "ACCEPT",
            ["-s 10.201.0.0/24 -o eth0 -j MASQUERADE", "-d 10.202.0.0/24 -o eth0 -j SNAT --to-source {ip}"],
        ),
    },
}


class Space(t.NamedTuple):
    """One namespace of the workload."""

    number: int

    @property
    def name(self) -> str:
        return f"bench{self.number}"

    @property
    def outer(self) -> str:
        """Its link in the host, a port of the bridge."""
        return f"vb{self.number}"

    @property
    def bridge(self) -> Bridge:
        return Bridge(self.number // SEGMENT)

    @property
    def ip4(self) -> str:
        return str(self.bridge.net4 + 256 + self.number % SEGMENT)

    @property
    def ip6(self) -> str:
        return str(self.bridge.net6 + 256 + self.number % SEGMENT)

    @property
    def routes(self) -> list[tuple[str, str, int]]:
        """Destination, gateway and table."""
        gateway4, gateway6 = self.bridge.gateway4, self.bridge.gateway6
        found = [("default", gateway4, 254)]
        found += [(f"10.{100 + number}.0.0/16", gateway4, 254) for number in range(5)]
        found += [(f"192.168.{number}.0/24", gateway4, 100) for number in range(2)]
        found += [(f"fd00:{300 + number}::/64", gateway6, 254) for number in range(3)]
        return found

    @property
    def rules(self) -> list[dict[str, t.Any]]:
        """Policy rules as the document has them; of IPv4 all, for one ip -batch makes rules of one family
        only."""
        return [
            {"priority": 1000, "from": f"{self.ip4}/32", "table": 100},
            {"priority": 1001, "to": "192.168.0.0/16", "table": 100},
            {"priority": 1002, "mark": 7, "table": 101, "family": "ipv4"},
            {"priority": 1003, "iif": "eth0", "table": 100, "family": "ipv4"},
        ]

    def chains(self) -> list[dict[str, t.Any]]:
        """The iptables chains as the document has them."""
        entries = []
        for table, chains in _RULES.items():
            for chain, (policy, rules) in chains.items():
                entry = {
                    "table": table,
                    "chain": chain,
                    "rules": [rule.format(ip=self.ip4) for rule in rules],
                }
                if policy == "DROP":
                    entry["policy"] = policy
                if rules or policy == "DROP":
                    entries.append(entry)
        return entries

    def document(self) -> dict[str, t.Any]:
        return {
            "name": self.name,
            "links": [
                {
                    "name": "eth0",
                    "kind": "veth",
                    "addresses": [f"{self.ip4}/16", f"{self.ip6}/64"],
                    "peer": {"name": self.outer, "master": self.bridge.name},
                }
            ],
            "routes": [
                {"to": to, "via": via} if table == 254 else {"to": to, "via": via, "table": table}
                for to, via, table in self.routes
            ],
            "rules": self.rules,
            "iptables": self.chains(),
        }

    def outer_lines(self) -> list[str]:
        """Words for ip in the host. The veth is made with its inner end in place: a link that moves costs 20
        ms."""
        return [
            f"link add {self.outer} master {self.bridge.name} type veth peer name eth0 netns {self.name}",
            f"link set {self.outer} addrgenmode none",
            f"link set {self.outer} up",
        ]

    def inner_lines(self) -> list[str]:
        """Words for ip in the namespace."""
        lines = [
            "link set lo up",
            "link set eth0 addrgenmode none",
            f"addr add {self.ip4}/16 dev eth0",
            f"addr add {self.ip6}/64 dev eth0 nodad",
            "link set eth0 up",
        ]
        for to, via, table in self.routes:
            lines.append(f"route add {to} via {via}" + (f" table {table}" if table != 254 else ""))
        for rule in self.rules:
            words = {"from": "from", "to": "to", "mark": "fwmark", "iif": "iif"}
            chosen = "".join(f" {word} {rule[key]}" for key, word in words.items() if key in rule)
            lines.append(f"rule add priority {rule['priority']}{chosen} lookup {rule['table']}")
        return lines

    def restore_text(self) -> str:
        """Input of iptables-restore."""
        text = []
        for table, chains in _RULES.items():
            text.append(f"*{table}")
            text += [f":{chain} {policy or '-'} [0:0]" for chain, (policy, _rules) in chains.items()]
            text += [
                f"-A {chain} {rule.format(ip=self.ip4)}"
                for chain, (_policy, rules) in chains.items()
                for rule in rules
            ]
            text.append("COMMIT")
        return "\n".join(text) + "\n"

    def iptables_lines(self) -> list[str]:
        """The same as words for iptables, one call each."""
        lines = []
        for table, chains in _RULES.items():
            for chain, (policy, _rules) in chains.items():
                if policy is None:
                    lines.append(f"-t {table} -N {chain}")
            for chain, (policy, rules) in chains.items():
                lines += [f"-t {table} -A {chain} {rule.format(ip=self.ip4)}" for rule in rules]
                if policy == "DROP":
                    lines.append(f"-t {table} -P {chain} DROP")
        return lines


def spaces(count: int) -> list[Space]:
    return [Space(number) for number in range(count)]


def bridges(count: int) -> list[Bridge]:
    return [Bridge(number) for number in range((count + SEGMENT - 1) // SEGMENT)]


def document(count: int, iptables: bool = True) -> dict[str, t.Any]:
    namespaces = [space.document() for space in spaces(count)]
    if not iptables:
        for namespace in namespaces:
            del namespace["iptables"]
    return {
        "name": "bench",
        "links": [bridge.document() for bridge in bridges(count)],
        "namespaces": namespaces,
    }


def by_replicas(count: int) -> dict[str, t.Any]:
    """The same, said once for all of them, in one segment."""
    first = Space(0)
    text = json.dumps(first.document())
    for one, pattern in (
        (f'"{first.name}"', '"bench{n}"'),
        (f'"{first.outer}"', '"vb{n}"'),
        (first.ip4, "{10.200.0.255+n}"),
        (first.ip6, "{fd00:200::ff+n}"),
    ):
        text = text.replace(one, pattern)
    return {**document(count), "namespaces": [{**json.loads(text), "replicas": count}]}


# Changes of one object, in the namespace in the middle.


def middle(count: int) -> Space:
    return Space(count // 2)


def other_gateway(space: Space) -> tuple[str, str]:
    """A route of a namespace, and another gateway for it."""
    to, via, _table = space.routes[1]
    return to, str(ipaddress.ip_address(via) + 1)


def change_route(found: dict[str, t.Any], count: int) -> None:
    space = middle(count)
    to, via = other_gateway(space)
    routes = found["namespaces"][space.number]["routes"]
    next(route for route in routes if route["to"] == to)["via"] = via


CHANGED_CHAIN, CHANGED_RULE = "SERVICES", 2


def other_rule(space: Space) -> str:
    return (
        str(_RULES["filter"][CHANGED_CHAIN][1][CHANGED_RULE])
        .format(ip=space.ip4)
        .replace("--dport 3306", "--dport 3307")
    )


def change_rule(found: dict[str, t.Any], count: int) -> None:
    space = middle(count)
    chains = found["namespaces"][space.number]["iptables"]
    next(one for one in chains if one["chain"] == CHANGED_CHAIN)["rules"][CHANGED_RULE] = other_rule(space)


def counts() -> dict[str, int]:
    """How much there is in one namespace, for people."""
    one = Space(0)
    return {
        "addresses": 2,
        "routes": len(one.routes),
        "rules": len(one.rules),
        "lines of iptables-restore": len(one.restore_text().splitlines()),
        "rules of iptables": one.restore_text().count("\n-A "),
        "commands of ip": 1 + len(one.outer_lines()) + len(one.inner_lines()),
        "commands of iptables": len(one.iptables_lines()),
    }
