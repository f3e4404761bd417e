# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that run scenarios of molecule, on pretended hosts, on hosts with systemd, and on guests."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import typing as t

import kernel_table
import workshop

from steps.job import MINUTES, Failed, Job, Result, ansible_variables, need_root, version_of
from steps.pytests import pytest

PRETEND_HOST = workshop.CLONE / "molecule/resources/pretend_host.sh"
# Scenarios that have a step of their own.
APART = ("galera", "kernels", "safe", "setups", "signalling")
# What is started is in a process namespace whose first process ends with this one, however this one ends.
LEASH = (
    "setpriv --pdeathsig KILL unshare --pid --mount --fork --kill-child --mount-proc --propagation private"
).split()
LEASH += ["sh", "-c", 'trap "exit 143" TERM; "$@" & wait $!', "sh"]


def scenarios(tier: str) -> list[str]:
    """The scenarios that run on hosts of TIER by default, without those that are a step of their own."""
    names = []
    for settings in sorted((workshop.CLONE / "molecule").glob("*/molecule.yml")):
        named = re.search(r"molecule/resources/(?:\$\{MULTINET_TIER:-)?(\w+)", settings.read_text())
        if (named[1] if named else "pretend") == tier and settings.parent.name not in APART:
            names.append(settings.parent.name)
    return names


def molecule(tier: str) -> t.Callable[[Job], Result]:
    """All scenarios of a tier, or the one that the step is named after."""

    def body(job: Job) -> Result:
        return _molecule(job, [job.name] if job.name in APART else scenarios(tier))

    return body


def _variables(job: Job) -> dict[str, str]:
    return {
        **ansible_variables("tools"),
        "MOLECULE_EPHEMERAL_DIRECTORY": str(job.folder / "ephemeral"),
        "MULTINET_HOSTS": str(job.folder / "hosts"),
        "XDG_CACHE_HOME": str(job.folder / "cache"),
    }


def _molecule(job: Job, names: t.Sequence[str]) -> Result:
    need_root()
    surroundings = {**_variables(job), "MULTINET_OWNER": str(os.getpid())}
    command = ["molecule", "test", "--no-command-borders"]
    for name in names:
        command += ["--scenario-name", name]
    try:
        status, text = job.run(command, surroundings, timeout=45 * MINUTES)
    finally:
        # The scenario's own destroy did this already, unless it was interrupted.
        with contextlib.suppress(Failed):
            job.run([workshop.CLONE / "tools/fleet", "down"], surroundings)
        for host in (job.folder / "hosts").glob("*"):
            with contextlib.suppress(Failed):
                job.run([PRETEND_HOST, "down", host.name, host], surroundings)
    ends = re.findall(r"\[[\w-]+ > [\w-]+\].*Executed: (\w+)", text)
    if not ends:
        raise Failed(f"molecule ran nothing (status {status})")
    good = ends.count("Successful")
    # What was left out, for want of a playbook perhaps, counts as failed.
    bad = len(ends) - good
    if status and not bad:
        bad = 1
    return Result(good, bad, f"actions; molecule {version_of('tools', 'molecule')}")


def kernels(job: Job) -> Result:
    need_root()
    shutil.rmtree(kernel_table.folder(), ignore_errors=True)
    command = [*LEASH, "molecule", "test", "--scenario-name", "kernels", "--no-command-borders"]
    status, _text = job.run(command, _variables(job), timeout=90 * MINUTES)
    results = kernel_table.read()
    job.note(kernel_table.table(results))
    failed = len(results.words) - results.passed or int(status != 0)
    ends = pytest(job, "tools", "tests/guests")
    return Result(results.passed + ends.passed, failed + ends.failed, ", ".join(results.releases.values()))
