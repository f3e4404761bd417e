# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work that all contestants do, once as a document and once as lines of ip and iptables."""

from __future__ import annotations

import ipaddress
import typing as t

BRIDGE = "br-bench"
MOST = 512
_V4 = ipaddress.IPv4Address("10.200.0.0")
_V6 = ipaddress.IPv6Address("fd00:200::")
_GATEWAY4, _GATEWAY6 = str(_V4 + 1), str(_V6 + 1)

# A filter and a nat table: 28 lines in the language of iptables-restore, as a service behind a firewall has them.
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
        "FORWARD": ("DROP", ["-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-s 10.201.0.0/24 -o eth0 -j ACCEPT"]),
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
        "POSTROUTING": ("ACCEPT", ["-s 10.201.0.0/24 -o eth0 -j MASQUERADE", "-d 10.202.0.0/24 -o eth0 -j SNAT --to-source {ip}"]),
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
    def ip4(self) -> str:
        return str(_V4 + 256 + self.number)

    @property
    def ip6(self) -> str:
        return str(_V6 + 256 + self.number)

    @property
    def routes(self) -> list[tuple[str, str, int]]:
        """Destination, gateway and table."""
        found = [("default", _GATEWAY4, 254)]
        found += [(f"10.{100 + number}.0.0/16", _GATEWAY4, 254) for number in range(5)]
        found += [(f"192.168.{number}.0/24", _GATEWAY4, 100) for number in range(2)]
        found += [(f"fd00:{300 + number}::/64", _GATEWAY6, 254) for number in range(3)]
        return found

    @property
    def rules(self) -> list[dict[str, t.Any]]:
        """Policy rules as the document has them; of IPv4 all, for one ip -batch makes rules of one family only."""
        return [
            {"priority": 1000, "from": f"{self.ip4}/32", "table": 100},
            {"priority": 1001, "to": "192.168.0.0/16", "table": 100},
            {"priority": 1002, "mark": 7, "table": 101, "family": "ipv4"},
            {"priority": 1003, "iif": "eth0", "table": 100, "family": "ipv4"},
        ]

    def document(self) -> dict[str, t.Any]:
        return {
            "name": self.name,
            "links": [
                {
                    "name": "eth0",
                    "kind": "veth",
                    "addresses": [f"{self.ip4}/16", f"{self.ip6}/64"],
                    "peer": {"name": self.outer, "master": BRIDGE},
                }
            ],
            "routes": [
                {"to": to, "via": via} if table == 254 else {"to": to, "via": via, "table": table} for to, via, table in self.routes
            ],
            "rules": self.rules,
            "iptables": [
                {"table": table, "chain": chain, "rules": [rule.format(ip=self.ip4) for rule in rules]}
                | ({"policy": policy} if policy == "DROP" else {})
                for table, chains in _RULES.items()
                for chain, (policy, rules) in chains.items()
                if rules or policy == "DROP"
            ],
        }

    def outer_lines(self) -> list[str]:
        """Words for ip in the host. The veth is made with its inner end in place: a link that moves costs 20 ms."""
        return [
            f"link add {self.outer} master {BRIDGE} type veth peer name eth0 netns {self.name}",
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
            text += [f"-A {chain} {rule.format(ip=self.ip4)}" for chain, (_policy, rules) in chains.items() for rule in rules]
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


def document(count: int) -> dict[str, t.Any]:
    return {
        "name": "bench",
        "links": [{"name": BRIDGE, "kind": "bridge", "addresses": [f"{_GATEWAY4}/16", f"{_GATEWAY6}/64"]}],
        "namespaces": [space.document() for space in spaces(count)],
    }


def bridge_lines() -> list[str]:
    return [
        f"link add {BRIDGE} type bridge",
        f"link set {BRIDGE} addrgenmode none",
        f"addr add {_GATEWAY4}/16 dev {BRIDGE}",
        f"addr add {_GATEWAY6}/64 dev {BRIDGE} nodad",
        f"link set {BRIDGE} up",
    ]


def counts() -> dict[str, int]:
    """How much there is in one namespace, for people."""
    one = Space(0)
    return {
        "addresses": 2,
        "routes": len(one.routes),
        "rules": len(one.rules),
        "lines of iptables-restore": len(one.restore_text().splitlines()),
        "commands of ip": 1 + len(one.outer_lines()) + len(one.inner_lines()),
        "commands of iptables": len(one.iptables_lines()),
    }
