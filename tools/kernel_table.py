#!/usr/bin/env -S python3 -B
# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what passed on which kernel, after the last run of the scenario `kernels`; --write puts it into a
document."""

from __future__ import annotations

import argparse
import json
import pathlib
import typing as t

import workshop

MARK = "kernels"
NOT_TRIED = "was not tried"


def folder() -> pathlib.Path:
    return workshop.cache() / "results" / workshop.clone_key() / "kernels"


class Results(t.NamedTuple):
    kernels: list[str]
    cases: list[str]
    releases: dict[str, str]  # by kernel; '' where the guest did not even say that
    words: dict[tuple[str, str], str]  # `passed` or why not, by kernel and case: for each pair of them

    @property
    def passed(self) -> int:
        return sum(word == "passed" for word in self.words.values())


def read() -> Results:
    try:
        expected = json.loads((folder() / "expected.json").read_text())
    except OSError:
        raise workshop.Trouble("there are no results; run: make test-kernels") from None
    releases, words = {}, {}
    for kernel in expected["kernels"]:
        try:
            found = json.loads((folder() / f"{kernel}.json").read_text())
        except (OSError, ValueError):
            found = {"release": "", "results": {}}
        releases[kernel] = found["release"]
        for case in expected["cases"]:
            words[kernel, case] = found["results"].get(case, NOT_TRIED)
    return Results(expected["kernels"], expected["cases"], releases, words)


def table(results: Results) -> str:
    """A table in Markdown, with the reasons of what did not pass below it."""
    reasons: list[str] = []
    rows = [["", *(results.releases[kernel] or f"{kernel} (did not start)" for kernel in results.kernels)]]
    for case in results.cases:
        cells = [case]
        for kernel in results.kernels:
            word = results.words[kernel, case]
            if word != "passed":
                if word not in reasons:
                    reasons.append(word)
                word = f"**no** ({reasons.index(word) + 1})"
            cells.append(word)
        rows.append(cells)
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        lines.append(f"| {' | '.join(cells)} |")
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    if reasons:
        lines.append("")
        lines += [f"{number}. {' '.join(reason.split())[:600]}" for number, reason in enumerate(reasons, 1)]
    return "\n".join(lines) + "\n"


def run() -> int:
    parser = argparse.ArgumentParser(prog="tools/kernel_table.py", description=__doc__)
    parser.add_argument(
        "--write", type=pathlib.Path, metavar="FILE", help=f"replace what is between the marks {MARK}"
    )
    options = parser.parse_args()
    text = table(read())
    print(text, end="")
    if options.write:
        workshop.put_between(options.write, MARK, text)
    return 0


if __name__ == "__main__":
    workshop.main(run)
