# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world of its own for a benchmark: network, mounts and /run are private and go with the last process."""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t

import workshop

ENVIRONMENT = "bench"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What every benchmark takes."""
    parser.add_argument(
        "--json", type=pathlib.Path, metavar="FILE", help="where the figures go (default: the cache folder)"
    )
    parser.add_argument(
        "--python",
        metavar="FILE",
        help="an interpreter with ansible-core and pyroute2 (default: tools/setup makes one)",
    )
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)


def enter(script: str, options: argparse.Namespace) -> None:
    """Start SCRIPT again inside, with the interpreter and the variables of the environment; inside already:
    make it private."""
    if options.inside:
        signal.signal(signal.SIGTERM, _end)
        _furnish()
        return
    if os.geteuid() != 0:
        raise workshop.Trouble("needs root: it makes network namespaces")
    if not shutil.which("unshare"):
        workshop.install_packages()
    python = options.python
    if not python:
        workshop.install_packages()
        python = str(workshop.make_environment(ENVIRONMENT) / "bin/python")
    surroundings = workshop.variables(ENVIRONMENT)
    folder = workshop.cache() / "bench"
    folder.mkdir(exist_ok=True)
    surroundings["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")  # not in the checkout
    surroundings["PATH"] = os.pathsep.join(
        [os.path.dirname(os.path.abspath(python)), *workshop.SYSTEM_PATH.split(os.pathsep)]
    )
    path = options.json or folder / f"{time.strftime('%Y-%m-%d-%H%M%S')}-{os.path.basename(script)}.json"
    os.execvpe(
        "unshare",
        [
            "unshare",
            "--net",
            "--mount",
            "--propagation",
            "private",
            os.path.abspath(python),
            script,
            *sys.argv[1:],
            "--inside",
            "--json",
            str(path.absolute()),
        ],
        surroundings,
    )


def _furnish() -> None:
    """A private /run and /var/cache, so that no name, record or code of this machine is seen or touched."""
    for words in (
        ["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"],
        ["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/var/cache"],
        ["mkdir", "/run/netns", "/run/multinet", "/run/lock"],
        ["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run/netns"],
        ["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run/multinet"],
        ["mount", "-t", "sysfs", "sysfs", "/sys"],
        ["ip", "link", "set", "lo", "up"],
    ):
        subprocess.run(words, check=True)


def _end(_number: int, _frame: object) -> t.NoReturn:
    """Leave in order; a second signal must not break into the tidying up."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)


@contextlib.contextmanager
def workplace() -> t.Iterator[pathlib.Path]:
    """A folder that goes, even if a worker of Ansible that was cut off still writes to it for a moment."""
    folder = tempfile.mkdtemp(prefix="multinet-bench-")
    try:
        yield pathlib.Path(folder)
    finally:
        for _try in range(20):
            shutil.rmtree(folder, ignore_errors=True)
            if not os.path.exists(folder):
                break
            time.sleep(0.25)


def collection(folder: pathlib.Path, source: pathlib.Path = workshop.CLONE) -> dict[str, str]:
    """A copy of the collection, so that all rounds measure the same even if somebody works in the checkout;
    the variables that lead there."""
    tree = folder / "tree"
    for name in ("plugins", "meta"):
        shutil.copytree(source / name, tree / "ansible_collections/multinet/linux" / name)
    return {
        **os.environ,
        "PYTHONPATH": str(tree),
        "ANSIBLE_COLLECTIONS_PATH": str(tree),
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }


def machine() -> dict[str, t.Any]:
    def first_line(*words: str) -> str:
        said = subprocess.run(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        ).stdout
        return said.splitlines()[0].split("[")[0].strip() if said else "?"

    return {
        "cpus": os.cpu_count(),
        "kernel": platform.release().split("-")[0],
        "python": platform.python_version(),
        "iproute2": first_line("ip", "-V"),
        "iptables": first_line("iptables", "-V"),
        "ansible-core": importlib.metadata.version("ansible-core"),
        "pyroute2": importlib.metadata.version("pyroute2"),
    }


def spread(values: t.Sequence[float]) -> dict[str, float]:
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def dictionaries(values: t.Iterable[t.Any]) -> list[dict[str, t.Any]]:
    """Named tuples for a JSON file."""
    return [value._asdict() for value in values]


def keep(path: pathlib.Path, figures: dict[str, t.Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": machine(), **figures}, indent=1) + "\n")
    print(f"\nall figures: {path}")
