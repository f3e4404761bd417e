# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures of benchmarks/run, as values and as tables."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import typing as t

import workload
import world
from contestants import Time

Rows = dict[str, "list[Time | None]"]  # by clocked name, one per round
Parts = dict[str, dict[str, list[Time]]]  # by work and by part of it


def summary(rows: Rows, base_of: t.Callable[[str], str]) -> dict[str, t.Any]:
    """Spread of each name, and by how much it is more than its base in the same round."""
    found: dict[str, t.Any] = {}
    for name, row in rows.items():
        base = rows.get(base_of(name), [])
        pairs = [(one, other) for one, other in zip(row, base) if one is not None and other is not None]
        there = [one for one in row if one is not None]
        found[name] = {
            "rounds": len(there),
            **spreads(there),
            "all": [[one.wall, one.cpu] for one in there],
        }
        if pairs:
            found[name]["ratio_wall"] = world.spread([one.wall / other.wall for one, other in pairs])
            found[name]["ratio_cpu"] = world.spread([one.cpu / other.cpu for one, other in pairs])
    return found


def base_of(name: str) -> str:
    group = name.split(": ")[0] + ": " if ": " in name else ""
    return group + "engine"


def table(title: str, rows: dict[str, t.Any], width: int) -> None:
    print(
        f"\n{title:{width}}  {'wall s: min':>11} {'median':>8} {'max':>8}  {'CPU s: min':>10}"
        f" {'median':>8} {'max':>8}  {'x wall':>7} {'x CPU':>7}"
    )
    for name, row in rows.items():
        cells = [f"{row['wall'][key]:{size}.3f}" for key, size in (("min", 11), ("median", 8), ("max", 8))]
        cells += [f" {row['cpu'][key]:{size}.3f}" for key, size in (("min", 10), ("median", 8), ("max", 8))]
        ratios = [
            f"{row[key]['median']:7.2f}" if key in row else " " * 7 for key in ("ratio_wall", "ratio_cpu")
        ]
        print(f"{name.split(': ')[-1]:{width}}  {' '.join(cells)}  {' '.join(ratios)}")


class Circumstances(t.NamedTuple):
    options: argparse.Namespace
    load: list[float]
    loops: bool  # whether contestants take part that are measured over fewer namespaces


def show(circumstances: Circumstances, figures: dict[str, t.Any]) -> None:
    options = circumstances.options
    each = ", ".join(f"{number} {name}" for name, number in workload.counts().items())
    sys.stderr.flush()
    print(f"\n{options.count} namespaces, each with a veth to a bridge of the host, lo, {each}")
    print(f"{options.rounds} rounds in turn; x is the median of the ratios to the engine, round by round")
    loads = ", ".join(f"{load:.1f}" for load in circumstances.load)
    print(f"load of the machine: {loads} on {os.cpu_count()} CPUs")
    if circumstances.loops:
        print(f"tasks: over {options.task_count} namespaces, times {options.count / options.task_count:g}")
    width = max(len(name.split(": ")[-1]) for name in figures)
    groups: dict[str, dict[str, t.Any]] = {}
    for name, row in figures.items():
        groups.setdefault(name.rpartition(": ")[0] or "build", {})[name] = row
    for title, rows in groups.items():
        table(title, rows, width)


def show_parts(parts: Parts, details: dict[str, t.Any]) -> None:
    for what, times_of in parts.items():
        told = ", ".join(f"{value} {key}" for key, value in details[what].items() if key != "peak")
        print(
            f"\nengine by part, {what}: median wall and CPU ms ({told},"
            f" {details[what]['peak'] / 1024:.0f} MB at most)"
        )
        for name, times in times_of.items():
            wall = statistics.median(one.wall for one in times)
            cpu = statistics.median(one.cpu for one in times)
            print(f"  {name:32} {1000 * wall:9.1f} {1000 * cpu:9.1f}")


def spreads(times: list[Time]) -> dict[str, dict[str, float]]:
    walls, busy = zip(*times)
    return {"wall": world.spread(walls), "cpu": world.spread(busy)}


def spreads_of_parts(parts: Parts) -> dict[str, t.Any]:
    found = {}
    for what, times_of in parts.items():
        found[what] = {name: spreads(times) for name, times in times_of.items()}
    return found
