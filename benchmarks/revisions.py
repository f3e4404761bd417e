# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as it was at another commit, and what both it and the checkout are measured by."""

from __future__ import annotations

import io
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import typing as t

import contestants
import firewall_work
import gone
import sent
import workload
import workshop
import world
from contestants import Time, clocked

LAYOUT = "multinet.linux.layout"
# A run with nothing around it, as a module has it: what is loaded is loaded while the clock runs.
_PROCESS = (
    "import json, sys\n"
    "from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge\n"
    "converge(json.load(open(sys.argv[1])))\n"
)

REPEATED = 3

Times = dict[str, Time]
"""By row of the table."""


def least(once: t.Callable[[], Time], again: t.Callable[[], object] = lambda: None) -> Time:
    """What is quick is done several times, and the least of its CPU time counts: other programs only add to
    it. *again* makes it possible once more."""
    times = [once()]
    for _number in range(REPEATED - 1):
        again()
        times.append(once())
    return min(times, key=lambda time: time.cpu)


def commit_of(revision: str) -> str:
    """The commit, abbreviated. Raises Trouble if there is none."""
    words = ["git", "-C", str(workshop.CLONE), "rev-parse", "--short", f"{revision}^{{commit}}"]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    if told.returncode:
        raise workshop.Trouble(f"{revision}: {told.stderr.strip()}")
    return told.stdout.strip()


class Version:
    """One of the two: a copy of its collection, and its own benchmarks/engine.py, which knows its parts."""

    def __init__(self, folder: pathlib.Path, commit: str = "") -> None:
        """*commit*: as it was then; otherwise as the checkout is now."""
        self.folder, self.source = folder, folder / "source"
        self.source.mkdir(parents=True)
        if commit:
            self._unpack(commit)
        else:
            for name in ("plugins", "meta", "benchmarks"):
                shutil.copytree(workshop.CLONE / name, self.source / name)
        self.env = world.collection(folder, self.source)
        self.engine = self.source / "benchmarks/engine.py"
        self.bare = {key: value for key, value in self.env.items() if not key.startswith("PYTHON")}

    def _unpack(self, commit: str) -> None:
        words = ["git", "-C", str(workshop.CLONE), "archive", commit, "plugins", "meta", "benchmarks"]
        archive = subprocess.run(words, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(self.source, filter="data")

    def process(self, document: pathlib.Path | str) -> Time:
        words = [sys.executable, "-c", _PROCESS, str(document)]
        return clocked(words, self.env, self.folder / "log")


class Work:
    """What one version does in a round."""

    def times(self) -> Times:
        """Do it, and leave nothing behind."""
        raise NotImplementedError


class Building(Work):
    """The work of benchmarks/run with so many namespaces."""

    def __init__(self, version: Version, count: int) -> None:
        self.version, self.count = version, count
        self.engine = contestants.Engine(count, version.folder / f"work{count}", version.env)
        self.engine.script = version.engine

    def times(self) -> Times:
        engine, title = self.engine, f"{self.count} namespaces"
        found = {f"{title}: build": engine.once()[0]}
        found[f"{title}: no change"] = least(lambda: self._changed(0))
        found[f"{title}: no change, process"] = least(lambda: self.version.process(engine.document))
        found[f"{title}: a route changed"] = self._switched(workload.change_route)
        found[f"{title}: an iptables rule changed"] = self._switched(workload.change_rule)
        space = workload.middle(self.count)
        gone.lose(space.name, space.outer)
        found[f"{title}: a namespace rebuilt"] = engine.once()[0]
        found[f"{title}: removal"] = engine.once("absent")[0]
        left = os.listdir("/run/netns") + os.listdir("/run/multinet")
        if left:
            raise contestants.Failed(f"the engine left {left}")
        return found

    def _switched(self, change: t.Callable[[dict[str, t.Any], int], None]) -> Time:
        """One object is changed, and changed back."""
        changes: t.Sequence[t.Any] = (change,)

        def switch() -> Time:
            nonlocal changes
            self.engine.declare(*changes)
            changes = () if changes else (change,)
            return self._changed(1)

        time = least(switch, switch)
        switch()
        return time

    def _changed(self, want: int) -> Time:
        time = self.engine.once()[0]
        if self.engine.last["changes"] != want:
            raise contestants.Failed(f"{self.engine.last['changes']} objects were changed (want {want})")
        return time


class Rules(Work):
    """The work of benchmarks/firewall: so many rules in each of these namespaces."""

    def __init__(self, version: Version, count: int, names: t.Sequence[str]) -> None:
        self.version, self.names = version, names
        self.title = f"{count} rules" if len(names) == 1 else f"{len(names)} namespaces, {count} rules each"
        folder = version.folder / f"rules{count}-{len(names)}"
        self.engine = firewall_work.EngineInMany(count, folder, version.env, names)
        self.engine.script = version.engine

    def times(self) -> Times:
        firewall_work.anew(self.names)
        found = {f"{self.title}: first": self._engine(False)}
        found[f"{self.title}: no change"] = least(lambda: self._engine(False))
        document = self.engine.inputs[False]
        found[f"{self.title}: no change, process"] = least(lambda: self.version.process(document))
        found[f"{self.title}: one changed"] = least(
            lambda: self._engine(True), again=lambda: self._engine(False)
        )
        firewall_work.anew(())
        return found

    def _engine(self, changed: bool) -> Time:
        return self.engine.times(changed)["engine"]


class Starts(Work):
    """A process of the module, from the file that Ansible sends.

    Once as a whole, of which nothing is compiled, and once as a host gets it that keeps the compiled code, as
    far as a version has that.
    """

    def __init__(self, version: Version, count: int) -> None:
        self.version, self.count = version, count
        modules = sent.Modules(version.folder / f"modules{count}", version.env)
        document = {**workload.by_replicas(count), "keep": False}
        absent = {"state": "absent", "keep": False}
        nothing = {"name": "nothing", **absent}
        keeps = (version.source / "plugins/plugin_utils/kept_code.py").exists()
        way = modules.sent_thin if keeps else modules.sent
        self.files = {
            "module as a whole, nothing to look at": modules.sent(LAYOUT, nothing),
            "module, nothing to look at": way(LAYOUT, nothing),
            f"module as a whole, {count} namespaces, no change": modules.sent(LAYOUT, document),
            f"module, {count} namespaces, no change": way(LAYOUT, document),
        }
        self.layout = self.files[f"module, {count} namespaces, no change"]
        self.removal = modules.sent(LAYOUT, {"name": document["name"], **absent})

    def times(self) -> Times:
        self._start(self.layout)
        times = {title: least(lambda path=path: self._start(path)) for title, path in self.files.items()}
        self._start(self.removal)
        return times

    def _start(self, path: pathlib.Path) -> Time:
        run = sent.ran([sys.executable, str(path)], self.version.bare)
        return Time(run.wall, run.cpu)
