# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks of the collection, run as a person would, and what they changed."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import time
import typing as t

import workshop
from demonstration.network import Wrong
from demonstration.terminal import dim, green, painted, red, say

ENVIRONMENT = "core-new"

NAME = "demo"

SUBNET, GATEWAY = "10.200.10.0/24", "10.200.10.1"

# Playbooks.


class Played(t.NamedTuple):
    result: dict[str, t.Any]
    changed: int
    output: str


def play(book: str, options: t.Sequence[str] = (), **variables: t.Any) -> Played:
    """Run a playbook of the collection as a person would, and take its last result out of what it prints."""
    words = ["-i", "localhost,", "-c", "local"]
    shown = [*words, f"multinet.linux.{book}", *options]
    if "bridged_nodes_count" in variables:
        shown.append(f"-e bridged_nodes_count={variables['bridged_nodes_count']}")
    say(dim(f"$ ansible-playbook {' '.join(shown)}"))
    everything = {
        "ansible_python_interpreter": str(workshop.environment_folder(ENVIRONMENT) / "bin/python"),
        "bridged_nodes_name": NAME,
        "bridged_nodes_subnet": SUBNET,
        "bridged_nodes_keep": False,
        **variables,
    }
    surroundings = workshop.variables(ENVIRONMENT)
    del surroundings["PYTHONPATH"]  # as a user has it: modules get only what Ansible sends along
    started = time.monotonic()
    done = subprocess.run(
        ["ansible-playbook", "-v", *words, *options, "-e", json.dumps(everything), f"multinet.linux.{book}"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=surroundings,
        executable=str(workshop.environment_folder(ENVIRONMENT) / "bin/ansible-playbook"),
    )
    seconds = time.monotonic() - started
    recap = re.search(r"^localhost\s+: (ok=\d+\s+changed=(\d+).*failed=\d+)", done.stdout, re.MULTILINE)
    if done.returncode or not recap:
        raise Wrong(
            f"the playbook {book} ended with status {done.returncode}:\n"
            f"{done.stdout[-3000:]}{done.stderr[-1000:]}"
        )
    results = []
    for found in re.finditer(r"^(?:ok|changed): \[localhost\][^\n{]*=> ", done.stdout, re.MULTILINE):
        with contextlib.suppress(ValueError):
            results.append(json.JSONDecoder().raw_decode(done.stdout, found.end())[0])
    result = next(
        (one for one in reversed(results) if "changes" in one or isinstance(one.get("msg"), list)), {}
    )
    if "changes" in result:
        say(f"  {result['msg']}  {dim(f'changed={recap[2]}, {seconds:.1f} s')}")
    return Played(result, int(recap[2]), done.stdout)


def show_changes(changes: list[dict[str, t.Any]]) -> None:
    """One line for each object; nodes that differ only in their number from the first are counted."""
    signs = {"create": green("+"), "change": painted("33", "~"), "delete": red("-")}
    first = next(
        (re.sub(r"\D", "", change["name"].split()[1]) for change in changes if change["kind"] == "namespace"),
        "",
    )
    folded = 0
    for change in changes:
        number = re.search(rf"\b{NAME}-?(\d+)\b", change["name"])
        if number and number[1] != first:
            folded += 1
            continue
        lines = change["after"] or change["before"]
        if change["kind"] == "iptables":
            say(f"  {signs[change['action']]} {change['name']}")
            for line in lines:
                say(dim(f"      {line}"))
            continue
        facts = [
            line
            for line in lines
            if line.split()[0] in ("address", "default", "kind", "mac", "master", "owner", "peer", "stp")
        ]
        if change["action"] == "change":
            facts = [f"{', '.join(change['before'])} -> {', '.join(change['after'])}"]
        say(f"  {signs[change['action']]} {change['name']:38} {dim(', '.join(facts))}")
    if folded:
        say(dim(f"    and {folded} more, the same for the other nodes"))
