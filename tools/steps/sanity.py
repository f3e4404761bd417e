# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity, on a copy of the collection."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import typing as t

import workshop
from workshop.interpreters import dotted

from steps.job import Failed, Job, Result, ansible_variables, version_of

# Folders of tools for developers, not part of a collection as ansible-test knows one; ruff checks them.
NOT_FOR_SANITY = (".ci", "benchmarks", "molecule", "tools")
TESTS = re.compile(r"tests/(?!sanity/)[^/]+/")
# Half of the time of a step. What only the older pylint reports (3.0 beside 4.0, with the settings of
# ansible-test) is super() of another class, and what later Pythons deprecate.
ON_THE_NEWEST_CORE = ("pylint", "pep8")
# ansible-test fetches a script that installs pip; this one gets pip from Python itself. It does so in a
# process of its own, because ensurepip hides pip's settings from the process it runs in.
GET_PIP = """\
import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
wanted = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *wanted]))
"""


def home_for_ansible_test(environment: str) -> pathlib.Path:
    """A home folder in the cache with pip's settings and ansible-test's own cache."""
    home = workshop.cache() / "home" / environment
    downloads = home / ".ansible/test/cache"
    downloads.mkdir(parents=True, exist_ok=True)
    person = pathlib.Path(os.path.expanduser("~"))
    for settings in (".pip", ".config/pip"):
        here, there = home / settings, person / settings
        if there.is_dir() and not here.exists():
            here.parent.mkdir(parents=True, exist_ok=True)
            here.symlink_to(there)
    [source] = workshop.environment_folder(environment).glob(
        "lib/python3.*/site-packages/ansible_test/_internal/python_requirements.py"
    )
    for version in set(re.findall(r"""pip=["']([\d.]+)["']""", source.read_text())):
        (downloads / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP)
    return home


def stage(job: Job, with_tests: bool) -> pathlib.Path:
    """A copy of the collection: ansible-test follows links to where they lead, and ignores what git
    ignores."""
    copy = job.folder / "ansible_collections" / workshop.NAMESPACE / workshop.NAME
    for path in workshop.tracked():
        if path.split("/")[0] in NOT_FOR_SANITY or (TESTS.match(path) and not with_tests):
            continue
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(workshop.CLONE / path, copy / path)
    return copy


def python_to_import_on(environment: str) -> str:
    """The Python on which each file is imported by itself, which takes half a minute: the oldest.

    What a language did not have yet fails on the oldest. What it lost since fails in the unit tests on the
    newest. An older ansible-core adds only its own module_utils, which have the same names on each Python.
    """
    if environment == "core-new":
        return dotted(workshop.interpreter("oldest").minor)
    return dotted(workshop.interpreter(workshop.ENVIRONMENTS[environment].python).minor)


def sanity(environment: str) -> t.Callable[[Job], Result]:
    return lambda job: _sanity(job, environment)


def _sanity(job: Job, environment: str) -> Result:
    variables = ansible_variables(environment).items()
    surroundings = {key: value for key, value in variables if not key.startswith("ANSIBLE_")}
    surroundings["HOME"] = str(home_for_ansible_test(environment))
    # Only the newest ansible-core runs our tests, and they are not shipped.
    copy = stage(job, with_tests=environment == "core-new")
    command = ["ansible-test", "sanity", "--color", "no"]
    left_out = ("import",) if environment == "core-new" else ("import", *ON_THE_NEWEST_CORE)
    commands = [[*command, *(word for test in left_out for word in ("--skip-test", test))]]
    commands.append([*command, "--test", "import", "--python", python_to_import_on(environment)])
    runs = [job.run(words, surroundings, cwd=copy) for words in commands]
    status = max(status for status, _text in runs)
    text = "".join(text for _status, text in runs)
    ran = len(re.findall(r"^Running sanity test ", text, re.MULTILINE))
    # The same problem may come once for each Python.
    for line in dict.fromkeys(re.findall(r"^(?:ERROR|FATAL): .*", text, re.MULTILINE)):
        job.note(line)
    skipped = skipped_tests(text)
    for line in skipped:
        job.note(f"skipped, which counts as failed: {line}")
    failed = failed_tests(text) + len(skipped)
    ran += len(skipped)
    note = f"ansible-core {version_of(environment, 'ansible-core')}"
    if not ran:
        raise Failed(f"no sanity test ran ({note})")
    if status and not failed:
        raise Failed(f"ansible-test ended with status {status} ({note})")
    return Result(ran - failed, failed, note)


def failed_tests(text: str) -> int:
    summary = r"^(?:ERROR|FATAL): The (\d+) sanity test\(s\) listed below \(out of \d+\) failed"
    return sum(int(number) for number in re.findall(summary, text, re.MULTILINE))


def skipped_tests(text: str) -> list[str]:
    """What was skipped, but for Pythons that this machine does not have: those at hand are all used."""
    lines = re.findall(r"^WARNING: (Skipping sanity test .*|Required program .*)$", text, re.MULTILINE)
    absent = re.compile(r" on Python [\d.]+ because it could not be found")
    return [line for line in lines if not absent.search(line)]
