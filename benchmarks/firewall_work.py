# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of iptables, and who makes them: for benchmarks/firewall."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import typing as t
import zipfile

import workshop
from contestants import HERE, Time, clocked

BY_HAND = "iptables-restore"
INSIDE = ["nsenter", "--net=/run/netns/fw"]

# The work.


def fields(count: int, changed: bool) -> list[dict[str, str]]:
    """Rules as words of ansible.builtin.iptables; the one in the middle is another one after a change."""
    rules = [
        {
            "source": f"10.{number % 200}.{number // 200}.7/32",
            "port": str(1024 + number),
            "comment": f"service {number}",
        }
        for number in range(count)
    ]
    if changed:
        rules[count // 2]["source"] = "172.16.0.1/32"
    return rules


def text(rule: t.Mapping[str, str]) -> str:
    return (
        f'-s {rule["source"]} -p tcp -m tcp --dport {rule["port"]} -m comment --comment'
        f' "{rule["comment"]}" -j ACCEPT'
    )


def restore_input(count: int, changed: bool) -> str:
    lines = ["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]"]
    return (
        "\n".join([*lines, *(f"-A INPUT {text(rule)}" for rule in fields(count, changed)), "COMMIT"]) + "\n"
    )


def document(count: int, changed: bool, names: t.Iterable[str] = ("fw",)) -> dict[str, t.Any]:
    """The rules in each of these namespaces."""
    chain = {"chain": "INPUT", "rules": [text(rule) for rule in fields(count, changed)]}
    contents = {"create": False, "iptables_mode": "exclusive", "iptables": [chain]}
    return {"name": "firewall", "namespaces": [{"name": name, **contents} for name in names]}


def anew(names: t.Sequence[str] = ("fw",)) -> None:
    """Empty namespaces."""
    for old in os.listdir("/run/netns"):
        subprocess.run(["ip", "netns", "delete", old], check=True)
    subprocess.run(
        ["ip", "-batch", "-"], input="".join(f"netns add {name}\n" for name in names), text=True, check=True
    )
    for entry in os.scandir("/run/multinet"):
        shutil.rmtree(entry.path) if entry.is_dir() else os.unlink(entry.path)


# Who does it.


class Contestant:
    """Makes the rules of a namespace that begins without any."""

    name = ""
    tasks = False
    inside: t.Sequence[str] = INSIDE  # how it gets into the namespace

    def __init__(self, count: int, folder: pathlib.Path, env: t.Mapping[str, str]) -> None:
        self.count, self.folder, self.env = count, folder, env
        folder.mkdir(parents=True)
        self.inputs = {changed: self.prepare(changed) for changed in (False, True)}

    def write(self, name: str, content: str) -> str:
        path = self.folder / name
        path.write_text(content)
        return str(path)

    def prepare(self, changed: bool) -> str:
        """The input, made ready before the clock runs; its path."""
        raise NotImplementedError

    def words(self, path: str) -> list[str]:
        raise NotImplementedError

    def times(self, changed: bool) -> dict[str, Time]:
        return {
            self.name: clocked(
                [*self.inside, *self.words(self.inputs[changed])], self.env, self.folder / "log"
            )
        }


class ByHand(Contestant):
    name = BY_HAND

    def prepare(self, changed: bool) -> str:
        return self.write(f"{changed}.rules", restore_input(self.count, changed))

    def words(self, path: str) -> list[str]:
        return ["iptables-restore", path]


class Engine(Contestant):
    name = "engine"
    inside = ()  # it takes no named namespace for the host
    script = HERE / "engine.py"

    def document(self, changed: bool) -> dict[str, t.Any]:
        return document(self.count, changed)

    def prepare(self, changed: bool) -> str:
        return self.write(f"{changed}.json", json.dumps(self.document(changed)))

    def words(self, path: str) -> list[str]:
        return [sys.executable, str(self.script), path, str(self.folder / "result")]

    def times(self, changed: bool) -> dict[str, Time]:
        whole = clocked([*self.inside, *self.words(self.inputs[changed])], self.env, self.folder / "log")
        told = json.loads((self.folder / "result").read_text())
        return {"engine": Time(told["wall"], told["cpu"]), "engine and its process": whole}


class EngineInMany(Engine):
    """The rules in each of many namespaces."""

    def __init__(
        self, count: int, folder: pathlib.Path, env: t.Mapping[str, str], names: t.Sequence[str]
    ) -> None:
        self.names = names
        super().__init__(count, folder, env)

    def document(self, changed: bool) -> dict[str, t.Any]:
        return document(self.count, changed, self.names)


class ByHandInMany(ByHand):
    at_once = 1

    def __init__(
        self, count: int, folder: pathlib.Path, env: t.Mapping[str, str], names: t.Sequence[str]
    ) -> None:
        super().__init__(count, folder, env)
        self.list = self.write("names", "".join(f"{name}\n" for name in names))

    def times(self, changed: bool) -> dict[str, Time]:
        words = [
            "xargs",
            "-a",
            self.list,
            "-P",
            str(self.at_once),
            "-I{}",
            "nsenter",
            "--net=/run/netns/{}",
            "iptables-restore",
            self.inputs[changed],
        ]
        return {self.name: clocked(words, self.env, self.folder / "log")}


class ByHandInMany8(ByHandInMany):
    name = BY_HAND + ", 8 at once"
    at_once = 8


class Playbook(Contestant):
    tasks = True

    def task(self, changed: bool) -> dict[str, t.Any]:
        raise NotImplementedError

    def prepare(self, changed: bool) -> str:
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "tasks": [self.task(changed)],
        }
        return self.write(f"{changed}.play.json", json.dumps([play]))

    def words(self, path: str) -> list[str]:
        return [
            "ansible-playbook",
            "-i",
            "localhost,",
            "-e",
            f"ansible_python_interpreter={sys.executable}",
            path,
        ]


class Layout(Playbook):
    name = "playbook, layout"
    inside = ()

    def task(self, changed: bool) -> dict[str, t.Any]:
        return {"multinet.linux.layout": {**document(self.count, changed), "keep": False}}


class State(Playbook):
    name = "playbook, iptables_state"

    def task(self, changed: bool) -> dict[str, t.Any]:
        path = self.write(f"{changed}.rules", restore_input(self.count, changed))
        return {"community.general.iptables_state": {"state": "restored", "path": path, "ip_version": "ipv4"}}


class Loop(Playbook):
    name = "playbook, loop over iptables"

    def task(self, changed: bool) -> dict[str, t.Any]:
        return {
            "ansible.builtin.iptables": {
                "chain": "INPUT",
                "source": "{{ item.source }}",
                "protocol": "tcp",
                "match": "tcp",
                "jump": "ACCEPT",
                "destination_port": "{{ item.port }}",
                "comment": "{{ item.comment }}",
            },
            "loop": fields(self.count, changed),
        }


def community(folder: pathlib.Path, env: dict[str, str]) -> bool:
    """Bring the module community.general.iptables_state out of the package ansible; whether that can be
    had."""
    wheels = workshop.cache() / "bench" / "ansible-9"
    if not list(wheels.glob("ansible-*.whl")):
        fetched = subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                str(wheels),
                "ansible==9.13.0",
            ],
            check=False,
            capture_output=True,
        )
        if fetched.returncode:
            return False
    with zipfile.ZipFile(next(wheels.glob("ansible-*.whl"))) as wheel:
        for name in (
            "MANIFEST.json",
            "meta/runtime.yml",
            "plugins/action/iptables_state.py",
            "plugins/modules/iptables_state.py",
        ):
            wheel.extract(f"ansible_collections/community/general/{name}", folder)
    env["ANSIBLE_COLLECTIONS_PATH"] += os.pathsep + str(folder)
    return True
