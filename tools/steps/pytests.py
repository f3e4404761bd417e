# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that run pytest. Their own report counts; a skipped test is one that failed."""

from __future__ import annotations

import re
import typing as t
import xml.etree.ElementTree as ElementTree

import workshop

from steps.job import MINUTES, Failed, Job, Result, need_root, python_of, version_of

# How much of a failed test's message is shown; the log has all of it.
MESSAGE_LINES = 12


def pytest(
    job: Job,
    environment: str,
    folder: str,
    *options: str,
    note: str = "",
    timeout: float = 15 * MINUTES,
    settings: t.Mapping[str, str] | None = None,
) -> Result:
    """FOLDER may be one file. SETTINGS are environment variables for the tests."""
    place = workshop.CLONE / folder
    if not place.is_file() and not any(place.rglob("test_*.py")):
        raise Failed(f"there is no test in {folder}")
    report = job.folder / "report.xml"
    command = ["pytest", folder, f"--junit-xml={report}", f"--basetemp={job.folder / 'tmp'}", "-q", "-rsxX"]
    surroundings = {**workshop.variables(environment), **(settings or {})}
    status, _text = job.run([*command, *options], surroundings, timeout=timeout)
    try:
        cases = list(ElementTree.parse(report).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        raise Failed(f"pytest ended with status {status} and left no report") from None
    if not cases:
        raise Failed(f"pytest ran no test (status {status})")
    failed = [case for case in cases if failure_of(case) is not None]
    skipped = [case for case in cases if case not in failed and case.find("skipped") is not None]
    for case in failed:
        job.note("\n".join([f"FAILED {name_of(case)}", *message_of(case)]))
    for case in skipped:
        job.note(f"skipped, which counts as failed: {name_of(case)}")
    bad = len(failed) + len(skipped)
    if status and not bad:
        raise Failed(f"pytest ended with status {status} although its report shows no failure")
    notes = [note] if note else []
    if skipped:
        notes.append(f"{len(skipped)} skipped")
    return Result(len(cases) - bad, bad, ", ".join(notes))


def failure_of(case: ElementTree.Element) -> ElementTree.Element | None:
    failure = case.find("failure")
    return case.find("error") if failure is None else failure


def name_of(case: ElementTree.Element) -> str:
    return f"{case.get('classname')}::{case.get('name')}"


def message_of(case: ElementTree.Element) -> list[str]:
    """The last lines that say what was wrong, and where."""
    failure = failure_of(case)
    text = (failure.text if failure is not None else "") or ""
    lines = [line for line in text.splitlines() if re.match("E |[^ ]+:[0-9]+: ", line)]
    return lines[-MESSAGE_LINES:]


def unit(environment: str, *options: str) -> t.Callable[[Job], Result]:
    return lambda job: pytest(
        job, environment, "tests/unit", *options, note=f"Python {python_of(environment)}"
    )


def conformance(environment: str) -> t.Callable[[Job], Result]:
    def body(job: Job) -> Result:
        need_root()
        return pytest(
            job, environment, "tests/conformance", note=f"pyroute2 {version_of(environment, 'pyroute2')}"
        )

    return body


def integration(job: Job) -> Result:
    need_root()
    if job.quick:
        return pytest(job, "tools", "tests/integration", "-m", "quick", note="marked quick")
    # Two more than processors, since many tests wait. Which process runs what is in
    # tests/integration/conftest.py.
    return pytest(job, "tools", "tests/integration", "-n", "4", timeout=45 * MINUTES)


def awx(job: Job) -> Result:
    return pytest(job, "awx", "tests/awx", note=f"ansible {version_of('awx', 'ansible')}")


def leftovers(job: Job) -> Result:
    need_root()
    return pytest(job, "tools", "tests/fleet", timeout=30 * MINUTES)


def documents(job: Job) -> Result:
    """The random documents of the integration tests, many more of them."""
    need_root()
    count, drifts = "600", "120"
    return pytest(
        job,
        "tools",
        "tests/integration",
        *("-n", "4", "-k", "test_documents or test_quick_and_thorough_runs_agree"),
        note=f"{count} documents, {drifts} with drifts",
        timeout=90 * MINUTES,
        settings={"MULTINET_SEEDS": count, "MULTINET_DRIFTS": drifts},
    )


def mutations(job: Job) -> Result:
    """The spoilt documents of the integration tests, very many of them."""
    need_root()
    count = "100000"
    return pytest(
        job,
        "tools",
        "tests/integration/test_mutations.py",
        *("-n", "3"),
        note=f"{count} documents",
        timeout=90 * MINUTES,
        settings={"MULTINET_MUTATIONS": count},
    )
