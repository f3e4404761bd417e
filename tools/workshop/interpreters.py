# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Pythons of this machine."""

from __future__ import annotations

import functools
import glob
import json
import os
import re
import subprocess
import typing as t

from workshop.places import SYSTEM_PATH, Trouble

OLDEST_PYTHON = (3, 9)

_PROBE = """
import json, sys
import ensurepip, venv
v = sys.version_info
json.dump({"version": list(v[:3]), "final": v[3] == "final", "own": sys.prefix == sys.base_prefix,
           "executable": sys.executable}, sys.stdout)
"""


class Interpreter(t.NamedTuple):
    version: tuple[int, ...]
    executable: str

    @property
    def minor(self) -> tuple[int, ...]:
        return self.version[:2]


def _folders() -> list[str]:
    """The folders that may hold interpreters: those of PATH, of pyenv, and of images with Pythons in /opt."""
    folders = os.environ.get("PATH", "").split(os.pathsep) + SYSTEM_PATH.split(os.pathsep)
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    folders += glob.glob(os.path.join(pyenv, "versions", "*", "bin"))
    return folders + glob.glob("/opt/python*/bin")


def _candidates() -> t.Iterator[str]:
    """The programs that are named as a Python we may use, each file once."""
    seen: set[str] = set()
    for folder in _folders():
        for candidate in glob.glob(os.path.join(folder or os.curdir, "python3.*")):
            name = re.fullmatch(r"python3\.(\d+)", os.path.basename(candidate))
            real = os.path.realpath(candidate)
            if name and (3, int(name[1])) >= OLDEST_PYTHON and real not in seen:
                seen.add(real)
                yield candidate


def _probe(candidate: str) -> Interpreter | None:
    """What a program says it is; None unless it is a released Python outside virtual environments."""
    # A shim of a version manager has the right name, but may answer only with an error: ask it.
    try:
        asked = subprocess.run(
            [candidate, "-I", "-c", _PROBE], capture_output=True, text=True, timeout=30, check=True
        )
        answer = json.loads(asked.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    python = Interpreter(tuple(answer["version"]), answer["executable"])
    same_file = os.path.realpath(python.executable) == os.path.realpath(candidate)
    return python if answer["final"] and answer["own"] and same_file else None


@functools.cache
def interpreters() -> tuple[Interpreter, ...]:
    """The CPythons of this machine that can make virtual environments: one per minor version, oldest
    first."""
    newest: dict[tuple[int, ...], Interpreter] = {}
    for candidate in _candidates():
        python = _probe(candidate)
        if python and (python.minor not in newest or python.version > newest[python.minor].version):
            newest[python.minor] = python
    return tuple(newest[minor] for minor in sorted(newest))


def dotted(version: t.Iterable[int]) -> str:
    return ".".join(map(str, version))


def interpreter(wanted: str) -> Interpreter:
    """WANTED is `oldest`, `newest` or minor versions in order of preference, such as `3.11 3.12`."""
    available = interpreters()
    if not available:
        raise Trouble("no Python >= 3.9 with the venv module was found; install python3-venv")
    if wanted == "oldest":
        return available[0]
    if wanted == "newest":
        return available[-1]
    by_minor = {dotted(python.minor): python for python in available}
    for minor in wanted.split():
        if minor in by_minor:
            return by_minor[minor]
    raise Trouble(f"none of Python {wanted} was found (there is {', '.join(by_minor)}); install one of them")
