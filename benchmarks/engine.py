# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of the engine in a process of its own: engine.py DOCUMENT RESULT [absent] [profile]

RESULT gets wall and CPU seconds of the whole run and of its parts, and the number of operations and changes.
"""

from __future__ import annotations

import time

_STARTED = time.perf_counter()

import cProfile  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import pstats  # noqa: E402
import resource  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import typing as t  # noqa: E402

from ansible_collections.multinet.linux.plugins.module_utils.engine.apply import Executor  # noqa: E402
from ansible_collections.multinet.linux.plugins.module_utils.host import on_demand, pipeline  # noqa: E402
from ansible_collections.multinet.linux.plugins.module_utils.host import run as running  # noqa: E402
from ansible_collections.multinet.linux.plugins.module_utils.host.store import Store  # noqa: E402
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import (  # noqa: E402
    observe as observing,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.operation import (  # noqa: E402
    IptablesOperation,
)


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def own() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Clock:
    """Wall and CPU seconds (self and children) by part. A part within another counts for both."""

    def __init__(self) -> None:
        self.parts: dict[str, list[float]] = {}
        self.processes = 0

    def wrap(
        self, name: str, function: t.Callable[..., t.Any], numbered: bool = False
    ) -> t.Callable[..., t.Any]:
        calls = 0

        def timed(*args: t.Any, **options: t.Any) -> t.Any:
            nonlocal calls
            calls += 1
            part = self.parts.setdefault(f"{name} {calls}" if numbered else name, [0.0, 0.0, 0.0])
            before = time.perf_counter(), cpu(), own()
            try:
                return function(*args, **options)
            finally:
                part[0] += time.perf_counter() - before[0]
                part[1] += cpu() - before[1]
                part[2] += own() - before[2]

        return timed


def counted(clock: Clock) -> None:
    """Count the processes that are started; the engine starts them all this way."""
    started = subprocess.Popen.__init__

    def start(*args: t.Any, **options: t.Any) -> None:
        clock.processes += 1
        started(*args, **options)

    subprocess.Popen.__init__ = start  # type: ignore[method-assign]


def instrument(clock: Clock) -> None:
    counted(clock)
    place = t.cast(t.Any, running)
    place.read_layout = clock.wrap("read", place.read_layout)
    place.canonical_firewalls = clock.wrap("canonical rules", place.canonical_firewalls)
    place.observe = clock.wrap("observe", place.observe, numbered=True)
    place.plan = clock.wrap("plan", place.plan, numbered=True)
    place.preflight = clock.wrap("preflight", place.preflight)
    t.cast(t.Any, observing).read_iptables = clock.wrap(
        "of observe: iptables", t.cast(t.Any, observing).read_iptables
    )
    for name, part in (
        ("run", "apply"),
        ("_flush", "of apply: netlink and journal"),
    ):
        setattr(Executor, name, clock.wrap(part, getattr(Executor, name)))
    IptablesOperation.perform = clock.wrap("of apply: iptables", IptablesOperation.perform)
    for name, part in (("load", "load"), ("begin", "journal head"), ("commit", "keep")):
        setattr(Store, name, clock.wrap(part, getattr(Store, name)))


def profiled(run: t.Callable[[], t.Any]) -> tuple[t.Any, str]:
    """The profile of all threads. Its clock is the CPU's, and a profiled thread is far slower than
    another."""
    profiles = [cProfile.Profile(time.process_time)]
    start = threading.Thread.run

    def body(thread: threading.Thread) -> None:
        profile = cProfile.Profile(time.process_time)
        try:
            profile.runcall(start, thread)
            profiles.append(profile)
        except (
            ValueError
        ):  # from Python 3.12 on only one profile can be active: the thread waits for nobody, so it has ours
            start(thread)

    threading.Thread.run = body  # type: ignore[method-assign]
    result = profiles[0].runcall(run)
    out = io.StringIO()
    statistics = pstats.Stats(*profiles, stream=out)
    statistics.sort_stats("tottime").print_stats(45)
    statistics.sort_stats("cumulative").print_stats(60)
    return result, out.getvalue()


def main() -> None:
    document_path, result_path = sys.argv[1:3]
    with open(document_path, encoding="utf-8") as file:
        document = json.load(file)
    clock = Clock()
    profile = ""

    absent = "absent" in sys.argv[3:]
    if absent:
        document = {"name": document["name"]}  # no more is needed, as README.md shows

    def run() -> t.Any:
        return pipeline.converge(document, absent=absent)

    on_demand.load()  # what is loaded counts for the process, not for the engine
    if "profile" not in sys.argv[3:]:
        instrument(clock)
    started, used = time.perf_counter(), cpu()
    if "profile" in sys.argv[3:]:
        outcome, profile = profiled(run)
    else:
        outcome = run()
    wall, busy = time.perf_counter() - started, cpu() - used
    with open(result_path, "w", encoding="utf-8") as file:
        json.dump(
            {
                "wall": wall,
                "cpu": busy,
                "start": started - _STARTED,
                "ops": outcome.ops,
                "changes": len(outcome.changes),
                "rounds": outcome.rounds,
                "parts": {
                    name: {"wall": part[0], "cpu": part[1], "own": part[2]}
                    for name, part in clock.parts.items()
                },
                "profile": profile,
                "processes": clock.processes,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            },
            file,
        )


if __name__ == "__main__":
    main()
