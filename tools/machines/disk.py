# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks for guests."""

from __future__ import annotations

import pathlib

from machines.log import Log


def _disk(source: pathlib.Path, image: pathlib.Path, free: int, log: Log) -> None:
    """An ext4 disk with all that is in SOURCE and FREE megabytes more."""
    sizes = [(path.lstat().st_size + 4095) // 4096 * 4 for path in source.rglob("*") if not path.is_dir()]
    size = sum(sizes) // 1024 * 115 // 100 + len(sizes) // 100 + free
    inodes = len(list(source.rglob("*"))) + 4000
    log.run(
        "mke2fs",
        "-q",
        "-F",
        "-t",
        "ext4",
        "-O",
        "^has_journal",
        "-m",
        "0",
        "-N",
        str(inodes),
        "-d",
        source,
        image,
        f"{size}M",
    )
