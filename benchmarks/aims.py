# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine is to reach, and whether it does, by the figures of the other benchmarks."""

from __future__ import annotations

import statistics
import typing as t

import limits

WALL, CPU = 0, 1


class Figures:
    """The JSON files of the parts."""

    def __init__(self, parts: t.Mapping[str, t.Any]) -> None:
        self.parts = parts

    def all(self, part: str, name: str) -> list[list[float]]:
        """Wall and CPU seconds of each round that it took part in; these are always the first ones."""
        return t.cast("list[list[float]]", self.parts[part]["figures"][name]["all"])

    def median(self, part: str, name: str, kind: int = WALL) -> float:
        return statistics.median(one[kind] for one in self.all(part, name))

    def medians(self, part: str, name: str) -> list[float]:
        """Wall and CPU seconds."""
        return [self.median(part, name, kind) for kind in (WALL, CPU)]

    def times(self, part: str, name: str, base: str, kind: int = WALL) -> float:
        """By how much it is more than the base, in the same round."""
        return statistics.median(
            one[kind] / other[kind] for one, other in zip(self.all(part, name), self.all(part, base))
        )

    def times_both(self, part: str, name: str, base: str) -> list[float]:
        """By wall and by CPU seconds."""
        return [self.times(part, name, base, kind) for kind in (WALL, CPU)]

    def more(self, part: str, name: str, base: str, kind: int = WALL) -> float:
        return statistics.median(
            one[kind] - other[kind] for one, other in zip(self.all(part, name), self.all(part, base))
        )

    def part_of(self, part: str, what: str, name: str) -> list[float]:
        return [float(self.parts[part]["parts"][what][name][kind]["median"]) for kind in ("wall", "cpu")]

    def detail(self, part: str, what: str, key: str) -> int:
        return int(self.parts[part]["details"][what][key])


class Found(t.NamedTuple):
    text: str
    reached: bool | None  # None: not measured by these benchmarks


class Goal(t.NamedTuple):
    name: str
    title: str
    aim: str
    judge: t.Callable[[Figures], Found]
    parts: tuple[str, ...]  # whose figures it needs


def both(wall: float, cpu: float) -> str:
    return f"{wall:.2f} by the clock, {cpu:.2f} by CPU seconds"


def workers(figures: Figures) -> Found:
    wall, cpu = figures.times_both("work", "batch-8", "process")
    best = figures.times_both("work", "batch-8-nsenter", "process")
    return Found(
        f"{both(wall, cpu)}; `nsenter` in place of `ip netns exec`: {both(*best)}", min(wall, cpu) >= 1.8
    )


def serial(figures: Figures) -> Found:
    ratios = {
        back: figures.times(part, "batch", "process")
        for back, part in (("nf_tables", "work"), ("legacy", "legacy"))
    }
    return Found(
        ", ".join(f"{back} {ratio:.1f}" for back, ratio in ratios.items()) + " by the clock",
        ratios["nf_tables"] >= 7 and ratios["legacy"] >= 2,
    )


def single(figures: Figures) -> Found:
    processes = figures.times("peers", "single", "process")
    tasks = figures.times("peers", "tasks-ip_netns", "process")
    return Found(
        f"processes {processes:.1f}, tasks {tasks:.0f} ({figures.parts['peers']['count']}"
        " namespaces; the tasks of "
        f"{figures.parts['peers']['task_count']}, scaled; against a play with one `layout` task "
        f"{figures.times('peers', 'tasks-ip_netns', 'playbook'):.0f})",
        processes >= 40 and tasks >= 500,
    )


def unchanged(figures: Figures) -> Found:
    wall, cpu = figures.times_both("work", "engine", "no change: engine")
    return Found(
        f"1/{wall:.1f} by the clock, 1/{cpu:.1f} by CPU seconds;"
        f" {figures.median('work', 'no change: engine'):.2f} s",
        wall >= 8,
    )


def observation(figures: Figures) -> Found:
    wall, cpu = figures.times_both("work", "no change: ip-j", "no change: process")
    return Found(both(wall, cpu), wall >= 40)


def one_object(figures: Figures) -> Found:
    def more(what: str) -> list[float]:
        return [
            1000 * figures.more("work", f"{what}: engine", "no change: engine", kind) for kind in (WALL, CPU)
        ]

    route, rule = more("change a route"), more("change an iptables rule")
    return Found(
        f"a route {route[WALL]:+.0f} ms ({route[CPU]:+.0f} of CPU), an iptables rule"
        f" {rule[WALL]:+.0f} ms ({rule[CPU]:+.0f} of CPU)",
        max(route[WALL], rule[WALL]) <= 60,
    )


def removal(figures: Figures) -> Found:
    links = figures.times("work", "remove until gone: ip -batch link delete", "remove until gone: process")
    names = figures.times("work", "remove until gone: ip -batch netns delete", "remove until gone: process")
    return Found(
        f"{links:.1f} ({figures.median('work', 'remove until gone: process'):.2f} s); against `ip"
        f" netns delete` alone {names:.2f}",
        links >= 20,
    )


_SMALLER = Found("not measured: benchmarks/curve had fewer namespaces", None)


def growth(figures: Figures) -> Found:
    growths = {one["name"]: one for one in figures.parts["curve"]["growths"] if one["low"] == 512}
    if not growths:
        return _SMALLER
    told = [f"{name.removeprefix('engine: ')} {one['cpu']:.2f}" for name, one in growths.items()]
    return Found(
        ", ".join(told) + " by CPU seconds",
        all(one["cpu"] <= 1.5 for one in growths.values()),
    )


def processes(figures: Figures) -> Found:
    count = figures.parts["work"]["count"]
    build, idle = (figures.detail("work", what, "processes") for what in ("build", "no change"))
    return Found(
        f"{idle} without a change, {build} for {count} namespaces built", idle <= 2 and build <= count + 2
    )


def writing(figures: Figures) -> Found:
    wall, cpu = (
        1e6 * seconds / figures.detail("work", "build", "ops")
        for seconds in figures.part_of("work", "build", "of apply: netlink and journal")
    )
    return Found(f"{cpu:.0f} us of CPU, {wall:.0f} us by the clock, the journal among it", cpu <= 30)


def canonical(figures: Figures) -> Found:
    work = figures.parts["work"]
    wall, cpu = (
        1e6 * one / (work["count"] * work["workload"]["rules of iptables"])
        for one in figures.part_of("work", "build", "canonical rules")
    )
    return Found(f"{wall:.0f} us by the clock, {cpu:.0f} us of CPU", wall <= 60)


def start(figures: Figures) -> Found:
    process = figures.parts["controller"]["module"]["process"]

    def more(name: str, kind: str) -> float:
        return 1000 * (process[name][kind]["median"] - process["python"][kind]["median"])

    wall, cpu = (more("layout, nothing to look at", kind) for kind in ("wall", "cpu"))
    whole = more("layout, nothing to look at, sent as a whole", "cpu")
    return Found(
        f"{wall:.0f} ms by the clock, {cpu:.0f} ms of CPU, by code that the host keeps; {whole:.0f} from"
        f" source; the module `ping` {more('ping', 'cpu'):.0f} ms of CPU",
        wall <= 120,
    )


def memory(figures: Figures) -> Found:
    peaks = {
        what.removeprefix("engine: "): by_count["4096"] / 1024
        for what, by_count in figures.parts["curve"]["peaks"].items()
        if "4096" in by_count
    }
    if not peaks:
        return _SMALLER
    return Found(
        ", ".join(f"{what} {peak:.0f} MB" for what, peak in peaks.items()), max(peaks.values()) <= 150
    )


def milliseconds(by_name: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.1f} ms" for name, value in by_name.items())


def lock(figures: Figures) -> Found:
    rows = figures.parts["locks"]["figures"]
    engine = {name.split(":")[0]: row["max"] for name, row in rows.items() if name.endswith(": engine")}
    others = {
        name: row["max"] for name, row in rows.items() if name.split(": ")[-1] not in ("engine", "nobody")
    }
    told = [milliseconds(engine), milliseconds(others), f"with nobody at work {rows['nobody']['max']:.1f} ms"]
    return Found(
        "; ".join(told),
        # Where others on the machine hold it about as long, it cannot be told.
        None if 2 < max(engine.values()) < 5 * rows["nobody"]["max"] else max(engine.values()) <= 2,
    )


def crashes(_figures: Figures) -> Found:
    return Found("`tests/integration/test_crash.py`, `test_commit_confirm.py`: `kill -9` at every step", None)


def fleet(figures: Figures) -> Found:
    found = figures.parts["controller"]["fleet"]
    ratio = found["ratio_at_once"]["controller"]["median"]
    return Found(
        f"{ratio:.2f} with {found['hosts']} hosts that answer at once;"
        f" {found['ratio']['controller']['median']:.2f} with as many pretended "
        "ones, which compute on the same processors while the controller polls",
        ratio <= 1.3,
    )


GOALS = (
    Goal("G1", "build, `ip -batch` with 8 workers over the engine", "1.8 in both", workers, ("work",)),
    Goal(
        "G2",
        "build, the same one by one over the engine",
        "nf_tables 7, legacy 2",
        serial,
        ("work", "legacy"),
    ),
    Goal(
        "G3",
        "build, a process or an Ansible task for each object, over the engine",
        "40 and 500",
        single,
        ("peers",),
    ),
    Goal("G4", "a run without a change, of a build", "1/8", unchanged, ("work",)),
    Goal("G5", "`ip -j` and `iptables-save` over a run without a change", "40", observation, ("work",)),
    Goal("G6", "one object changed, more than no change", "60 ms", one_object, ("work",)),
    Goal("G7", "until really gone, each link deleted over the engine", "20", removal, ("work",)),
    Goal("G8", "a namespace of 4096 over one of 512", "1.5", growth, ("curve",)),
    Goal(
        "G9",
        "processes started",
        "2 without a change, 1 for each namespace built, 2 for the spelling of all",
        processes,
        ("work",),
    ),
    Goal("G10", "netlink, for each operation", "30 us of CPU", writing, ("work",)),
    Goal("G11", "iptables' own spelling, for each rule", "60 us", canonical, ("work",)),
    Goal("G12", "start of the module, more than Python's own", "120 ms", start, ("controller",)),
    Goal("G13", "most memory with 4096 namespaces", "150 MB", memory, ("curve",)),
    Goal("G14", "longest wait of others for rtnl", "2 ms", lock, ("locks",)),
    Goal("G15", "killed at any operation: nothing left, the next run ends it", "0 leaks", crashes, ()),
    Goal(
        "G16",
        "many hosts without a change, the controller's CPU over that of `ping`",
        "1.3",
        fleet,
        ("controller",),
    ),
)


class Judged(t.NamedTuple):
    name: str
    title: str
    aim: str
    text: str
    reached: bool | None
    why: str


def judged(figures: Figures) -> list[Judged]:
    found = []
    for goal in GOALS:
        missing = [part for part in goal.parts if part not in figures.parts]
        one = Found(f"not measured: {', '.join(missing)}", None) if missing else goal.judge(figures)
        found.append(
            Judged(
                goal.name,
                goal.title,
                goal.aim,
                *one,
                "" if one.reached in (True, None) else limits.WHY.get(goal.name, "not looked into yet"),
            )
        )
    return found


# Ratios to each opponent.

# part, name, what it is set against
OPPONENTS = (
    ("work", "batch-8", "process"),
    ("work", "batch-8-nsenter", "process"),
    ("work", "batch", "process"),
    ("legacy", "batch", "process"),
    ("peers", "single", "process"),
    ("peers", "tasks-ip_netns", "playbook"),
    ("tasks", "tasks", "engine"),
    ("peers", "without iptables: pyroute2", "without iptables: process"),
    ("peers", "without iptables: ifstate", "without iptables: process"),
    ("peers", "no change without iptables: ifstate", "no change without iptables: process"),
    ("work", "no change: ip-j", "no change: process"),
    ("work", "change a route: by hand", "change a route: engine"),
    ("work", "change an iptables rule: by hand", "change an iptables rule: engine"),
    ("work", "rebuild a namespace: by hand", "rebuild a namespace: engine"),
    ("work", "remove until gone: ip -batch netns delete", "remove until gone: process"),
    ("work", "remove until gone: ip -batch link delete", "remove until gone: process"),
)


class Against(t.NamedTuple):
    part: str
    count: int
    name: str
    base: str
    rounds: int
    other: list[float]  # median wall and CPU seconds
    own: list[float]
    ratio: list[float]


def against(figures: Figures) -> list[Against]:
    found = []
    for part, name, base in OPPONENTS:
        if part in figures.parts and name in figures.parts[part]["figures"]:
            found.append(
                Against(
                    part,
                    figures.parts[part]["count"],
                    name,
                    base,
                    len(figures.all(part, name)),
                    figures.medians(part, name),
                    figures.medians(part, base),
                    figures.times_both(part, name, base),
                )
            )
    return found
