# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are: the checkout, the cache folder, a collections path; and locks."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import typing as t

NAMESPACE, NAME = "multinet", "linux"
CLONE = pathlib.Path(__file__).resolve().parent.parent.parent
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Trouble(Exception):
    """Something a person has to put right; shown without a traceback."""


@functools.cache
def cache() -> pathlib.Path:
    """The folder for everything that is made; MULTINET_CACHE names another one. Raises Trouble inside the
    checkout."""
    given = os.environ.get("MULTINET_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = pathlib.Path(given).absolute() if given else pathlib.Path(base, "multinet-linux")
    resolved = folder.resolve()
    if resolved == CLONE or CLONE in resolved.parents:
        raise Trouble(f"MULTINET_CACHE is {folder}, which is inside the checkout; choose a folder outside")
    folder.mkdir(parents=True, exist_ok=True)
    tag = folder / "CACHEDIR.TAG"
    if not tag.exists():
        tag.write_text(
            "Signature: 8a477f597d28d172789f06886806bc55\n# Made by tools/setup of multinet.linux\n"
        )
    return folder


def clone_key() -> str:
    """A short name for this checkout, so that several can share one cache."""
    return hashlib.sha256(str(CLONE).encode()).hexdigest()[:10]


def tree() -> pathlib.Path:
    """A collections path whose multinet.linux is a link to this checkout."""
    top = cache() / "trees" / clone_key()
    link = top / "ansible_collections" / NAMESPACE / NAME
    link.parent.mkdir(parents=True, exist_ok=True)
    if not (link.is_symlink() and os.readlink(link) == str(CLONE)):
        fresh = link.with_name(f"{NAME}.{os.getpid()}")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        fresh.symlink_to(CLONE)
        fresh.replace(link)
    return top


@contextlib.contextmanager
def locked(name: str, wait: bool = True) -> t.Iterator[bool]:
    """Hold the lock NAME; yields False when it is taken and we may not wait."""
    folder = cache() / "locks"
    folder.mkdir(exist_ok=True)
    with open(folder / name, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def tracked() -> list[str]:
    """The files of this checkout that git has or would add, sorted."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CLONE,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted({path for path in listing.stdout.split("\0") if path and (CLONE / path).is_file()})


def tracked_scripts(language: bytes) -> list[str]:
    """The tracked files whose first line names an interpreter that matches the pattern LANGUAGE."""
    scripts = []
    for path in tracked():
        with contextlib.suppress(OSError), open(CLONE / path, "rb") as script:
            if re.match(rb"#!.*\b" + language + rb"\b", script.readline()):
                scripts.append(path)
    return scripts


def tail(log: pathlib.Path) -> str:
    """The last lines of a log, for a message."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def put_between(path: pathlib.Path, name: str, text: str) -> None:
    """Replace the text between the marks NAME in a Markdown document."""
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    before = path.read_text()
    if before.count(begin) != 1 or before.count(end) != 1:
        raise Trouble(f"{path} needs the marks {begin} and {end}, each once")
    after = re.sub(
        f"{re.escape(begin)}.*{re.escape(end)}", lambda _: f"{begin}\n{text}{end}", before, flags=re.DOTALL
    )
    if after != before:
        path.write_text(after)


def main(run: t.Callable[[], int]) -> t.NoReturn:
    """Run a script's body; turn what a person has to put right into one message."""
    try:
        sys.exit(run())
    except Trouble as trouble:
        print(f"{os.path.basename(sys.argv[0])}: {trouble}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
