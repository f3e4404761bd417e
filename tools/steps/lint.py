# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Linters: steps of which each command is one test."""

from __future__ import annotations

import re
import typing as t

import workshop

from steps.job import Job, Result, ansible_variables


def simple(job: Job, *commands: t.Sequence[str]) -> Result:
    statuses = [job.run(command, ansible_variables("tools"))[0] for command in commands]
    failed = sum(status != 0 for status in statuses)
    return Result(len(commands) - failed, failed)


def ruff(job: Job) -> Result:
    without_suffix = [path for path in workshop.tracked_scripts(rb"python3?") if not path.endswith(".py")]
    files = [".", *without_suffix]
    return simple(
        job,
        ["ruff", "check", "--no-fix", "--output-format=concise", *files],
        ["ruff", "format", "--check", *files],
    )


def style(job: Job) -> Result:
    return simple(job, [str(workshop.CLONE / "tools/style")])


def shellcheck(job: Job) -> Result:
    return simple(job, ["shellcheck", *workshop.tracked_scripts(rb"(ba)?sh")])


def yamllint(job: Job) -> Result:
    return simple(job, ["yamllint", "--strict", "."])


def ansible_lint(job: Job) -> Result:
    surroundings = ansible_variables("tools")
    # Its own cache would otherwise be a folder in the checkout.
    surroundings["ANSIBLE_HOME"] = str(job.folder / "home")
    options = ("--profile", "production", "--offline", "--strict", "--nocolor")
    status, text = job.run(["ansible-lint", *options], surroundings)
    summary = re.search(r"(\d+) files processed|in (\d+) files", text)
    note = f"{summary[1] or summary[2]} files" if summary else ""
    return Result(0, 1, note) if status else Result(1, 0, note)


def docs(job: Job) -> Result:
    options = ("--plugin-docs", "--validate-collection-refs=all", "--disallow-unknown-collection-refs")
    return simple(job, ["antsibull-docs", "lint-collection-docs", *options, "."])


def changelog(job: Job) -> Result:
    return simple(job, ["antsibull-changelog", "lint"])
