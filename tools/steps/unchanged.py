# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no test may change: the checkout, and this machine's own network, namespaces and mounts."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
import typing as t

import workshop

from steps.job import Result

NETWORK = (
    "ip netns list",
    "ip -brief link show",
    "ip -brief address show",
    "ip -4 route show table all",
    "ip -6 route show table all",
    "ip -4 rule show",
    "ip -6 rule show",
    "nft --stateless list ruleset",
)


def clone() -> list[str]:
    """What git says of the checkout."""
    asked = subprocess.run(
        ["git", "status", "--porcelain"], cwd=workshop.CLONE, capture_output=True, text=True, check=False
    )
    if asked.returncode:
        raise workshop.Trouble(f"git cannot read this checkout: {asked.stderr.strip()}")
    return asked.stdout.splitlines()


def machine() -> list[str]:
    state = []
    for command in NETWORK:
        asked = subprocess.run(
            command.split(), capture_output=True, text=True, check=False, env={"PATH": workshop.SYSTEM_PATH}
        )
        state += [f"{command}: {line}" for line in asked.stdout.splitlines()]
    for family in ("ipv4", "ipv6"):
        top = pathlib.Path("/proc/sys/net", family)
        for path in (*top.glob("ip_forward"), *top.glob("conf/all/*"), *top.glob("conf/default/*")):
            with contextlib.suppress(OSError):
                state.append(f"{path}: {path.read_text().strip()}")
    mounts = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    return state + [f"mount: {line.split()[4]}" for line in mounts]


def compare(before: t.Iterable[str], after: t.Iterable[str]) -> Result:
    changed = sorted(set(after) ^ set(before))
    if not changed:
        return Result(1, 0)
    return Result(0, len(changed), "changed: " + "; ".join(changed[:10]))
