# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who builds the workload, and how. Everything that can be made ready before the clock runs is."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import typing as t

import workload

HERE = pathlib.Path(__file__).resolve().parent
WORKERS = 8
WITHOUT_IPTABLES = ("iptables", "chain")


class Time(t.NamedTuple):
    """Seconds. CPU seconds are those of the process and all it waited for; what the kernel does later is in
    neither."""

    wall: float
    cpu: float

    def scaled(self, factor: float) -> Time:
        return Time(self.wall * factor, self.cpu * factor)


class Failed(Exception):
    pass


def clocked(words: t.Sequence[str], surroundings: t.Mapping[str, str], log: pathlib.Path) -> Time:
    with open(log, "wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(surroundings),
            start_new_session=True,
        )
        try:
            _pid, status, used = os.wait4(process.pid, 0)
        except BaseException:  # whoever ends the benchmark ends what it started
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise Failed(f"{' '.join(words)} ended with status {process.returncode}\n{end}")
    return Time(wall, used.ru_utime + used.ru_stime)


def task(name: str, arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {"name": name.rpartition(".")[2], name: dict(arguments)}


class Contestant:
    """Builds COUNT namespaces. `folder` is its own, `env` has what ansible and Python need."""

    name = ""
    title = ""
    task_loop = False
    lacks: tuple[str, ...] = ()  # kinds of facts that it does not make, because it cannot

    def __init__(self, count: int, folder: pathlib.Path, env: t.Mapping[str, str]) -> None:
        self.count, self.folder, self.env = count, folder, env
        folder.mkdir(parents=True, exist_ok=True)
        self.prepare()

    def prepare(self) -> None:
        pass

    def build(self) -> dict[str, Time]:
        """The clocked names with their times; most have one, their own."""
        raise NotImplementedError

    def write(self, name: str, lines: t.Iterable[str]) -> pathlib.Path:
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    def clock(self, *words: str) -> Time:
        return clocked(words, self.env, self.folder / "log")


class Engine(Contestant):
    name, title = "engine", "the engine from document to verified kernel, in a fresh process"
    script = HERE / "engine.py"

    def prepare(self) -> None:
        self.document = self.folder / "document.json"
        self.result = self.folder / "result.json"
        self.last: dict[str, t.Any] = {}
        self.declare()

    def declare(self, *changes: t.Callable[[dict[str, t.Any], int], None]) -> None:
        """Write the document, with some changes."""
        found = workload.document(self.count, iptables="iptables" not in self.lacks)
        for change in changes:
            change(found, self.count)
        self.document.write_text(json.dumps(found))

    def once(self, *options: str) -> tuple[Time, Time]:
        whole = self.clock(sys.executable, str(self.script), str(self.document), str(self.result), *options)
        self.last = json.loads(self.result.read_text())
        return Time(self.last["wall"], self.last["cpu"]), whole

    def build(self) -> dict[str, Time]:
        part, whole = self.once()
        return {"engine": part, "process": whole}


class Bare(Engine):
    """The part of the work that those have who know nothing of iptables."""

    name, title = "bare", "the engine, without iptables"
    lacks = WITHOUT_IPTABLES

    def build(self) -> dict[str, Time]:
        part, whole = self.once()
        return {"without iptables: engine": part, "without iptables: process": whole}


class Playbook(Contestant):
    name, title = "playbook", "ansible-playbook, one layout task"

    def prepare(self) -> None:
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "tasks": [{"name": "All of it", "multinet.linux.layout": workload.document(self.count)}],
        }
        # JSON is YAML, and far quicker to read.
        self.path = self.write("play.json", [json.dumps([play])])

    def build(self) -> dict[str, Time]:
        return {
            self.name: self.clock(
                "ansible-playbook",
                "-i",
                "localhost,",
                "-e",
                f"ansible_python_interpreter={sys.executable}",
                str(self.path),
            )
        }


class Batch(Contestant):
    """One ip -batch for the host; in each namespace one ip -batch and one iptables-restore. The best that
    scripts do."""

    name, title = "batch", "ip -batch and ip netns exec iptables-restore, one by one"
    workers = 1
    inside = ("ip -n {name} -batch {lines}", "ip netns exec {name} iptables-restore {rules}")

    def prepare(self) -> None:
        spaces = workload.spaces(self.count)
        host = [f"netns add {space.name}" for space in spaces]
        host += [line for bridge in workload.bridges(self.count) for line in bridge.lines()]
        host += [line for space in spaces for line in space.outer_lines()]
        script = ["set -e", f"ip -batch {self.write('host', host)}"]
        for worker in range(self.workers):
            part = ["set -e"]
            for space in spaces[worker :: self.workers]:
                lines = self.write(f"{space.name}.ip", space.inner_lines())
                rules = self.write(f"{space.name}.rules", space.restore_text().splitlines())
                part += [line.format(name=space.name, lines=lines, rules=rules) for line in self.inside]
            script.append(
                f"sh {self.write(f'worker{worker}', part)} & pids=\"$pids $!\""
                if self.workers > 1
                else f". {self.write('all', part)}"
            )
        script.append("for pid in $pids; do wait $pid; done")
        self.path = self.write("script", script)

    def build(self) -> dict[str, Time]:
        return {self.name: self.clock("sh", str(self.path))}


class BatchMany(Batch):
    name, title = f"batch-{WORKERS}", f"the same with {WORKERS} workers"
    workers = WORKERS


class BatchNsenter(Batch):
    name, title = (
        f"batch-{WORKERS}-nsenter",
        f"the same with {WORKERS} workers and nsenter in place of ip netns exec and ip -n",
    )
    workers = WORKERS
    inside = (
        "nsenter --net=/run/netns/{name} ip -batch {lines}",
        "nsenter --net=/run/netns/{name} iptables-restore {rules}",
    )


class Single(Contestant):
    name, title = "single", "one process of ip or iptables for each object"

    def commands(self) -> dict[str, list[str]]:
        """Command lines by kind."""
        spaces = workload.spaces(self.count)
        inner = [f"ip -n {space.name} {line}" for space in spaces for line in space.inner_lines()]
        kinds: dict[str, list[str]] = {}
        kinds["Namespaces"] = [f"ip netns add {space.name}" for space in spaces]
        kinds["Bridge"] = [f"ip {line}" for bridge in workload.bridges(self.count) for line in bridge.lines()]
        kinds["Links"] = [f"ip {line}" for space in spaces for line in space.outer_lines()]
        for kind, words in (
            ("Links inside", " link "),
            ("Addresses", " addr "),
            ("Links up", " link set eth0 up"),
            ("Routes", " route "),
            ("Rules", " rule "),
        ):
            kinds[kind] = [
                line
                for line in inner
                if words in line and (kind != "Links inside" or not line.endswith("eth0 up"))
            ]
        kinds["Firewall"] = [
            f"ip netns exec {space.name} iptables {line}"
            for space in spaces
            for line in space.iptables_lines()
        ]
        return kinds

    def prepare(self) -> None:
        self.path = self.write(
            "script", ["set -e", *(line for lines in self.commands().values() for line in lines)]
        )

    def build(self) -> dict[str, Time]:
        return {self.name: self.clock("sh", str(self.path))}


class Tasks(Single):
    name, title = "tasks", "Ansible tasks that loop over ansible.builtin.command, one item for each object"
    task_loop = True

    def tasks(self) -> list[dict[str, t.Any]]:
        return [self.task(kind, lines) for kind, lines in self.commands().items()]

    @staticmethod
    def task(kind: str, lines: list[str]) -> dict[str, t.Any]:
        return {
            "name": kind,
            "ansible.builtin.command": {"argv": "{{ item }}"},
            "loop": [line.split() for line in lines],
        }

    def prepare(self) -> None:
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": self.tasks()}
        self.path = self.write("play.json", [json.dumps([play])])

    def build(self) -> dict[str, Time]:
        return {
            self.name: self.clock(
                "ansible-playbook",
                "-i",
                "localhost,",
                "-e",
                f"ansible_python_interpreter={sys.executable}",
                str(self.path),
            )
        }


class Looking(Contestant):
    """Reads with ip -j and iptables-save what the engine observes."""

    name, title = "ip-j", "ip -j link, address, route, rule and iptables-save in each namespace"

    def prepare(self) -> None:
        asked = (
            "-d -j link show",
            "-j address show",
            "-j -4 route show table all",
            "-j -6 route show table all",
            "-j -4 rule show",
            "-j -6 rule show",
        )
        lines = [f"ip {words}" for words in asked]
        for space in workload.spaces(self.count):
            lines += [f"ip -n {space.name} {words}" for words in asked] + [
                f"ip netns exec {space.name} iptables-save"
            ]
        self.path = self.write("script", ["set -e", *lines])

    def build(self) -> dict[str, Time]:
        return {self.name: self.clock("sh", str(self.path))}


class ByHand(Contestant):
    """What somebody types who knows what is different: nothing is looked at, nothing compared."""

    name = "by hand"

    def change_route(self) -> Time:
        space = workload.middle(self.count)
        to, via = workload.other_gateway(space)
        return self.clock("ip", "-n", space.name, "route", "replace", to, "via", via)

    def change_rule(self) -> Time:
        space = workload.middle(self.count)
        return self.clock(
            "ip",
            "netns",
            "exec",
            space.name,
            "iptables",
            "-R",
            workload.CHANGED_CHAIN,
            str(workload.CHANGED_RULE + 1),
            *workload.other_rule(space).split(),
        )

    def rebuild(self) -> Time:
        space = workload.middle(self.count)
        host = self.write("host", [f"netns add {space.name}", *space.outer_lines()])
        inner = self.write("inner", space.inner_lines())
        rules = self.write("rules", space.restore_text().splitlines())
        return self.clock(
            "sh",
            "-ec",
            f"ip -batch {host}; ip -n {space.name} -batch {inner}; ip netns exec {space.name}"
            f" iptables-restore {rules}",
        )


class Removing(Contestant):
    """Names first: the kernel takes the links with the namespaces, when it likes."""

    name, title = "ip -batch netns delete", "ip -batch with netns delete and link delete"

    def links(self) -> list[str]:
        return []

    def prepare(self) -> None:
        lines = [f"link delete {name}" for name in self.links()]
        lines += [f"netns delete {space.name}" for space in workload.spaces(self.count)]
        lines += [f"link delete {bridge.name}" for bridge in workload.bridges(self.count)]
        self.path = self.write("host", lines)

    def remove(self) -> Time:
        return self.clock("ip", "-batch", str(self.path))


class RemovingLinks(Removing):
    name, title = "ip -batch link delete", "the same, with each link deleted first"

    def links(self) -> list[str]:
        return [space.outer for space in workload.spaces(self.count)]
