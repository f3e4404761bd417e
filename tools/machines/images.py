# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What guests are made of: kernels and userlands, made from Debian's packages.

Everything is kept in the cache under a name that follows from the recipe and the code that makes it, so
another text makes another image. It takes neither mounts nor loop devices that outlive the process.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import inspect
import json
import pathlib
import re
import shutil
import time
import typing as t

import workshop

from machines.debian import Archive
from machines.disk import _disk
from machines.kernel_image import INITRAMFS, _initramfs, _make_kernel, unpacked_kernel
from machines.kernels import KERNELS
from machines.log import Log
from machines.userland_image import BOOT, INITTAB, MODPROBE, PACKAGES, SSHD, _make_userland


def _folder(kind: str, name: str, *made_of: t.Any) -> pathlib.Path:
    texts = [
        inspect.getsource(one) if callable(one) and not isinstance(one, tuple) else json.dumps(one)
        for one in made_of
    ]
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    return workshop.cache() / kind / f"{name}-{digest[:10]}"


def kernel_folder(name: str) -> pathlib.Path:
    return _folder(
        "kernels", name, KERNELS[name], INITRAMFS, Archive, unpacked_kernel, _initramfs, _make_kernel, _disk
    )


def userland_folder(release: str) -> pathlib.Path:
    return _folder("userlands", release, PACKAGES, INITTAB, BOOT, MODPROBE, SSHD, _make_userland, _disk)


@contextlib.contextmanager
def held(folder: pathlib.Path, alone: bool = False) -> t.Iterator[bool]:
    """Hold an image so that nobody removes it; ALONE: only if nobody else holds it."""
    with open(folder.with_name(folder.name + ".lock"), "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
        except BlockingIOError:
            yield False
            return
        yield True


def _made(
    folder: pathlib.Path, make: t.Callable[[pathlib.Path, Log], None], report: t.Callable[[str], None]
) -> pathlib.Path:
    """The image in FOLDER, made now if it does not exist; older ones of that name go."""
    name = folder.name.rsplit("-", 1)[0]
    with workshop.locked(f"image-{name}"):
        if folder.exists():
            return folder
        started = time.monotonic()
        report(f"guests: making {name}")
        fresh = folder.with_name(folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        try:
            make(fresh, Log(name))
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        report(f"guests: made {name} in {time.monotonic() - started:.0f} s")
        for old in folder.parent.glob(f"{name}-*"):
            if old != folder and re.fullmatch(re.escape(name) + r"-[0-9a-f]{10}", old.name):
                with held(old, alone=True) as free:
                    if free:
                        shutil.rmtree(old, ignore_errors=True)
                        old.with_name(old.name + ".lock").unlink()
    return folder


def kernel(name: str, report: t.Callable[[str], None]) -> pathlib.Path:
    return _made(kernel_folder(name), lambda folder, log: _make_kernel(KERNELS[name], folder, log), report)


def userland(release: str, report: t.Callable[[str], None]) -> pathlib.Path:
    return _made(userland_folder(release), lambda folder, log: _make_userland(release, folder, log), report)
