# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pretended hosts: network, mounts and host name of their own on this machine, reached without SSH."""

from __future__ import annotations

import argparse
import contextlib
import json
import pathlib
import re
import subprocess
import sys
import typing as t

import contestants
from contestants import HERE, clocked

PRETEND = HERE.parent / "molecule/resources/pretend_host.sh"
# Tells what the host itself spent, which is not the controller's.
INTERPRETER = """#!/bin/sh
"{python}" "$@"
status=$?
times >>"{times}"
exit $status
"""


INSTANT = ", hosts that answer at once"
# A host that takes the module and answers at once. What is left is the controller's work: while it waits for
# hosts that compute it looks a thousand times a second whether one is done, and here they compute on the
# controller's own processors.
AT_ONCE = """#!/bin/sh
cat >/dev/null
echo '{"changed": false}'
"""


class Fleet:
    """Pretended hosts, and plays over all of them."""

    def __init__(self, options: argparse.Namespace, folder: pathlib.Path, env: t.Mapping[str, str]) -> None:
        self.options, self.folder = options, folder
        self.env = {
            **env,
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_FORKS": str(options.forks),
            "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
        }
        self.hosts = [f"host{number:03}" for number in range(options.hosts)]
        folder.mkdir()

    def __enter__(self) -> Fleet:
        inventory: dict[str, t.Any] = {}
        at_once = self.folder / "at-once"
        at_once.write_text(AT_ONCE)
        at_once.chmod(0o755)
        self.started = []
        for name in self.hosts:
            place = self.folder / name
            self.started.append(name)
            subprocess.run([str(PRETEND), "up", name, str(place), sys.executable], check=True)
            interpreter = place / "clocked"
            interpreter.write_text(INTERPRETER.format(python=place / "python", times=place / "times"))
            interpreter.chmod(0o755)
            inventory[name] = {"ansible_connection": "local", "ansible_python_interpreter": str(interpreter)}
        self.inventories = {True: self.folder / "at-once.json", False: self.folder / "inventory.json"}
        self.inventories[False].write_text(json.dumps({"all": {"hosts": inventory}}))
        instant = {
            name: {**host, "ansible_python_interpreter": str(at_once)} for name, host in inventory.items()
        }
        self.inventories[True].write_text(json.dumps({"all": {"hosts": instant}}))
        return self

    def __exit__(self, *_exception: object) -> None:
        for name in self.started:
            with contextlib.suppress(subprocess.CalledProcessError):
                subprocess.run([str(PRETEND), "down", name, str(self.folder / name)], check=True)

    def on_hosts(self) -> float:
        """CPU seconds that hosts have spent on modules since the last time."""
        total = 0.0
        for name in self.hosts:
            path = self.folder / name / "times"
            if path.exists():
                total += sum(
                    60 * int(minutes) + float(seconds)
                    for minutes, seconds in re.findall(r"(\d+)m([\d.]+)s", path.read_text())
                )
                path.unlink()
        return total

    def play(
        self,
        name: str,
        arguments: t.Mapping[str, t.Any],
        at_once: bool = False,
        variables: t.Mapping[str, t.Any] | None = None,
    ) -> dict[str, float]:
        path = self.folder / "play.json"
        play = {
            "hosts": "all",
            "gather_facts": False,
            "vars": dict(variables or {}),
            "tasks": [contestants.task(name, arguments)],
        }
        path.write_text(json.dumps([play]))
        self.on_hosts()
        log = self.folder / "log"
        whole = clocked(["ansible-playbook", "-i", str(self.inventories[at_once]), str(path)], self.env, log)
        spent = self.on_hosts()
        changed = sum(int(number) for number in re.findall(r"changed=(\d+)", log.read_text()))
        return {
            "wall": whole.wall,
            "cpu": whole.cpu,
            "hosts": spent,
            "controller": whole.cpu - spent,
            "changed": changed,
        }
