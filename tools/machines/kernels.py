# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernels that guests may have."""

from __future__ import annotations

import typing as t

import workshop

PROGRAMS = {
    **{name: workshop.PROGRAMS[name] for name in ("ip", "mmdebstrap", "nsenter", "ssh", "unshare")},
    "busybox": "busybox-static",
    "cpio": "cpio",
    "depmod": "kmod",
    "mke2fs": "e2fsprogs",
    "qemu-img": "qemu-utils",
    "qemu-system-x86_64": "qemu-system-x86",
    "zstd": "zstd",
}


class Kernel(t.NamedTuple):
    package: str  # a metapackage, asked for what it depends on when the image is made
    suites: tuple[str, ...]
    userland: str  # the release that a guest with this kernel runs


KERNELS = {
    "linux-5.10": Kernel("linux-image-cloud-amd64", ("bullseye", "bullseye-security"), "bookworm"),
    "linux-6.1": Kernel("linux-image-cloud-amd64", ("bookworm", "bookworm-security"), "bookworm"),
    "linux-6.12": Kernel("linux-image-cloud-amd64", ("trixie", "trixie-security"), "trixie"),
    "linux-newest": Kernel("linux-image-cloud-amd64", ("trixie-backports",), "trixie"),
}
