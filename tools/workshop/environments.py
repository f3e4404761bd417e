# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments: one for each set of requirements, made when it is missing."""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import time
import typing as t

from workshop.interpreters import dotted, interpreter, interpreters
from workshop.packages import servers
from workshop.places import CLONE, SYSTEM_PATH, Trouble, cache, clone_key, locked, tail, tree

KEPT_UNUSED = 7 * 24 * 3600  # seconds
_UNIT = ("pytest", "-r tests/unit/requirements.txt")


class Environment(t.NamedTuple):
    python: str
    requirements: tuple[str, ...]


ENVIRONMENTS: dict[str, Environment] = {
    "tools": Environment(
        "newest",
        (
            "ansible-core",
            "ansible-lint",
            "ansible-runner",
            "antsibull-changelog",
            "antsibull-docs",
            "molecule",
            "pytest",
            "pytest-xdist",
            "ruff",
            "yamllint",
            "-r tests/unit/requirements.txt",
            "-r tests/integration/requirements.txt",
        ),
    ),
    # The oldest release that meta/runtime.yml promises, and the newest there is.
    "core-old": Environment(
        "3.11 3.12 3.10", ("ansible-core>=2.16,<2.17", "-r tests/integration/requirements.txt")
    ),
    "core-new": Environment("newest", ("ansible-core", "-r tests/integration/requirements.txt")),
    # The last release whose collections include awx.awx.
    "awx": Environment("newest", ("ansible>=13,<14", "pytest")),
    "bench": Environment("newest", ("ansible-core", "pygal", "-r tests/integration/requirements.txt")),
    # The nearest other tool that takes a document, to measure beside.
    "bench-ifstate": Environment("newest", ("ifstate",)),
    # The ends of what runs on managed hosts.
    "unit-oldest": Environment("oldest", _UNIT),
    "unit-newest": Environment("newest", _UNIT),
    # The library's generations: 0.7.2 is Debian 12's.
    "pyroute2-0.7.2": Environment("3.11 3.12 3.10", (*_UNIT, "pyroute2==0.7.2")),
    "pyroute2-0.7.7": Environment("3.11 3.12 3.10", (*_UNIT, "pyroute2==0.7.7")),
    "pyroute2-0.8.1": Environment("3.11 3.12 3.10", (*_UNIT, "pyroute2==0.8.1")),
    "pyroute2-newest": Environment("3.11 3.12 3.10", (*_UNIT, "pyroute2")),
}


def environment_folder(name: str) -> pathlib.Path:
    """Where the environment NAME is or will be; another path as soon as its requirements differ."""
    spec = ENVIRONMENTS[name]
    python = interpreter(spec.python)
    digest = hashlib.sha256(f"{python.executable} {python.version}".encode())
    for line in spec.requirements:
        text = (CLONE / line.split()[1]).read_text() if line.startswith("-r ") else line
        digest.update(b"\0" + text.encode())
    return cache() / "envs" / f"{name}-{digest.hexdigest()[:10]}"


def environment_ready(name: str) -> bool:
    return (environment_folder(name) / "ready").exists()


def make_environment(name: str, report: t.Callable[[str], None] = print) -> pathlib.Path:
    """The folder of the environment NAME, which is made if it is missing. Raises Trouble with the end of the
    log."""
    folder = environment_folder(name)
    with locked(f"env-{name}"):
        if (folder / "ready").exists():
            os.utime(folder / "ready")
        else:
            python = interpreter(ENVIRONMENTS[name].python)
            report(f"setup: {name} on Python {dotted(python.version)}")
            _install(name, python.executable, folder)
            (folder / "ready").touch()
            _remove_older(name, folder)
    return folder


def _install(name: str, python: str, folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    log = cache() / "logs" / f"setup-{name}.log"
    log.parent.mkdir(exist_ok=True)
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for requirement in ENVIRONMENTS[name].requirements:
        pip += requirement.split(maxsplit=1)
    with open(log, "w") as output:
        for command in ([python, "-m", "venv", str(folder)], pip):
            done = subprocess.run(
                command, cwd=CLONE, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
            )
            if done.returncode:
                raise Trouble(f"environment {name} could not be made (log: {log})\n{tail(log)}")


def _remove_older(name: str, folder: pathlib.Path) -> None:
    """Remove earlier generations of an environment that no checkout has used for a week."""
    for old in folder.parent.glob(f"{name}-*"):
        if not re.fullmatch(re.escape(name) + r"-[0-9a-f]{10}", old.name) or old == folder:
            continue
        ready = old / "ready"
        if not ready.exists() or time.time() - ready.stat().st_mtime > KEPT_UNUSED:
            shutil.rmtree(old, ignore_errors=True)


def variables(name: str) -> dict[str, str]:
    """The process environment for a command that runs in the environment NAME."""
    folder = environment_folder(name)
    foreign = ("ANSIBLE_", "MOLECULE_", "PYTHON", "PYTEST_", "VIRTUAL_ENV")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    system = SYSTEM_PATH.split(os.pathsep)
    folders = [os.path.dirname(python.executable) for python in interpreters()]
    pythons = [path for path in dict.fromkeys(folders) if path not in system]
    home = cache() / "home"
    return {
        **inherited,
        "PATH": os.pathsep.join([str(folder / "bin"), *pythons, *system]),
        "VIRTUAL_ENV": str(folder),
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
        # Compiled code is kept, but beside the sources it would change the clone.
        "PYTHONPYCACHEPREFIX": str(cache() / "pycache"),
        "PYTHONPATH": str(tree()),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(cache() / "hypothesis" / clone_key()),
        "RUFF_CACHE_DIR": str(cache() / "ruff"),
        "ANSIBLE_COLLECTIONS_PATH": str(tree()),
        "ANSIBLE_HOME": str(home / "ansible"),
        "ANSIBLE_LOCAL_TEMP": str(home / "ansible" / "tmp"),
        "ANSIBLE_REMOTE_TMP": str(home / "ansible" / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_FORCE_COLOR": "0",
        "NO_COLOR": "1",
        "MOLECULE_EPHEMERAL_DIRECTORY": str(cache() / "molecule" / clone_key()),
        "MOLECULE_GLOB": "molecule/*/molecule.yml",
        "MULTINET_CACHE": str(cache()),
        "MULTINET_HOSTS": str(cache() / "hosts" / clone_key()),
        "MULTINET_RESULTS": str(cache() / "results" / clone_key()),
        "MULTINET_SERVERS": str(servers()),
        "MULTINET_TREE": str(tree()),
    }
