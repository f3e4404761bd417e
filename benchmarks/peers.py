# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What else somebody could pick for the same work: ifstate, pyroute2 by hand, the modules of
community.general."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t
import zipfile

import contestants
import workload
import workshop
from contestants import HERE, WITHOUT_IPTABLES, Contestant, Tasks, Time

IFSTATE = "bench-ifstate"
# community.general comes with the package `ansible`.
PACKAGE = "ansible==9.13.0"


def _wheels() -> pathlib.Path:
    return workshop.cache() / "bench" / "ansible-9"


def fetch() -> None:
    """Before the world is entered, for it has no network: what can be had of them. What cannot is left
    out."""
    try:
        workshop.make_environment(IFSTATE)
    except workshop.Trouble as trouble:
        print(f"ifstate cannot be had: {trouble}", file=sys.stderr)
    if not list(_wheels().glob("ansible-*.whl")):
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                str(_wheels()),
                PACKAGE,
            ],
            check=False,
        )


class Ifstate(Contestant):
    """The nearest other tool: a document for links, addresses, routes and rules, also in namespaces. It has
    no iptables."""

    name, title = "ifstate", "ifstate from PyPI, one document, without iptables"
    lacks = WITHOUT_IPTABLES

    @staticmethod
    def program() -> pathlib.Path | None:
        folders = sorted((workshop.cache() / "envs").glob(f"{IFSTATE}-*/ready"))
        return folders[-1].parent / "bin/ifstatecli" if folders else None

    def prepare(self) -> None:
        # It insists on being in the namespace of process 1, so it gets process numbers of its own. Names of
        # namespaces stay seen by all.
        subprocess.run(["mount", "--make-shared", "/run/netns"], check=True)
        self.path = self.write("ifstate.yaml", [json.dumps(self.declared())])

    @staticmethod
    def link(kind: str, **more: t.Any) -> dict[str, t.Any]:
        return {
            "link": {"kind": kind, "state": "up", **more},
            "sysctl": {"ipv6": {"addr_gen_mode": 1, "accept_dad": 0}},
        }

    def declared(self) -> dict[str, t.Any]:
        host = {
            bridge.name: {
                "addresses": [f"{bridge.gateway4}/16", f"{bridge.gateway6}/64"],
                **self.link("bridge"),
            }
            for bridge in workload.bridges(self.count)
        }
        spaces = workload.spaces(self.count)
        host |= {
            space.outer: {
                "addresses": [],
                **self.link("veth", peer="eth0", peer_netns=space.name, master=space.bridge.name),
            }
            for space in spaces
        }
        return {
            "interfaces": host,
            "namespaces": {space.name: self.namespace(space) for space in spaces},
        }

    def namespace(self, space: workload.Space) -> dict[str, t.Any]:
        link = {
            "addresses": [f"{space.ip4}/16", f"{space.ip6}/64"],
            **self.link("veth", peer=space.outer, peer_netns=None),
        }
        routes = [{"to": self.prefix(to), "via": via, "table": table} for to, via, table in space.routes]
        rules = [self.rule(rule) for rule in space.rules]
        return {"interfaces": {"eth0": link}, "routing": {"routes": routes, "rules": rules}}

    @staticmethod
    def rule(rule: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        names = {"mark": "fwmark"}
        return {names.get(key, key): value for key, value in rule.items() if key != "family"}

    @staticmethod
    def prefix(to: str) -> str:
        return "0.0.0.0/0" if to == "default" else to

    def once(self) -> Time:
        return self.clock(
            "unshare",
            "--pid",
            "--fork",
            "--mount",
            "--propagation",
            "unchanged",
            "sh",
            "-ec",
            f"mount -t proc proc /proc; exec {self.program()} -q -c {self.path} apply",
        )

    def build(self) -> dict[str, Time]:
        return {f"without iptables: {self.name}": self.once()}


class Plain(Contestant):
    name, title = "pyroute2", "a script with pyroute2 as its documentation shows it, without iptables"
    lacks = WITHOUT_IPTABLES

    def build(self) -> dict[str, Time]:
        return {
            f"without iptables: {self.name}": self.clock(
                sys.executable, str(HERE / "plain.py"), str(self.count)
            )
        }


class NetnsTasks(Tasks):
    """As `tasks`, namespaces by the module made for them."""

    name, title = (
        "tasks-ip_netns",
        "Ansible tasks: a loop over community.general.ip_netns, the rest as in `tasks`",
    )

    @staticmethod
    def there() -> bool:
        return bool(list(_wheels().glob("ansible-*.whl")))

    def prepare(self) -> None:
        with zipfile.ZipFile(next(_wheels().glob("ansible-*.whl"))) as wheel:
            for name in ("MANIFEST.json", "meta/runtime.yml", "plugins/modules/ip_netns.py"):
                wheel.extract(f"ansible_collections/community/general/{name}", self.folder)
        self.env = {
            **self.env,
            "ANSIBLE_COLLECTIONS_PATH": f"{self.env['ANSIBLE_COLLECTIONS_PATH']}{os.pathsep}{self.folder}",
        }
        super().prepare()

    def tasks(self) -> list[dict[str, t.Any]]:
        made = {
            "name": "Namespaces",
            "community.general.ip_netns": {"name": "{{ item }}"},
            "loop": [space.name for space in workload.spaces(self.count)],
        }
        return [made, *(task for task in super().tasks() if task["name"] != "Namespaces")]


def builders() -> tuple[type[Contestant], ...]:
    """All contestants that can be had here."""
    found = [
        contestants.Engine,
        contestants.Playbook,
        contestants.Batch,
        contestants.BatchMany,
        contestants.BatchNsenter,
        contestants.Single,
        Tasks,
    ]
    found += [NetnsTasks] if NetnsTasks.there() else []
    found += [contestants.Bare, Plain]
    return (*found, *([Ifstate] if Ifstate.program() else []))
