# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which network a name in /run/netns stands for. A name is trusted only if it is a mount of one namespace,
and its only name.
"""

from __future__ import annotations

import os

FOLDER = '/run/netns/'
COVERED = '/etc/netns/'
"""Files in ``/etc/netns/NAME/`` are mounted over those of ``/etc``."""


def mounted() -> dict[str, int]:
    """The inode number of each namespace that is mounted in /run/netns, by name.

    A mounted namespace has ``net:[NUMBER]`` in the place of its root (nsfs_show_path in fs/nsfs.c).
    """
    numbers: dict[str, int] = {}
    folder = os.fsencode(FOLDER)
    with open('/proc/self/mountinfo', 'rb') as file:
        for line in file:
            words = line.split(b' ', 5)
            if words[4].startswith(folder) and words[3].startswith(b'net:['):
                numbers[os.fsdecode(words[4][len(folder) :])] = int(words[3][5:-1])
    return numbers


def _number(path: str) -> int:
    """The inode number of the namespace that a link in /proc names; 0 if it cannot be read."""
    try:
        return os.stat(path).st_ino
    except OSError:
        return 0


def problem_of(name: str) -> str:
    """Why *name* is not to be entered, or nothing."""
    path = FOLDER + name
    if os.path.islink(path):
        return 'is a symbolic link, which may lead to any network'
    if not os.path.exists(path):
        return 'does not exist'
    numbers = mounted()
    number = numbers.pop(name, 0)
    if not number:
        return 'does not exist (found a file that is not a network namespace)'
    if number == _number('/proc/1/ns/net'):
        return "is the host's own network"
    if number == _number('/proc/self/ns/net'):
        return 'is the network that this runs in already'
    for other in sorted(numbers):
        if numbers[other] == number:
            return 'is another name of namespace %s' % other
    return ''


def problem_of_files(name: str) -> str:
    """A file of the namespace that has none in /etc to cover: "ip netns exec" and systemd skip it with a
    warning at most.
    """
    folder = COVERED + name
    files = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    for file in files:
        if not os.path.exists('/etc/' + file):
            return 'file %s/%s: has no /etc/%s to stand for' % (folder, file, file)
    return ''


def token(name: str) -> str:
    """What tells a namespace from all others that have had its name; empty if there is none.

    The kernel uses inode numbers again, within a second. The inode is made when the namespace is first looked
    at, and lives as long as it is mounted: with its time it is as good as the cookie of the namespace
    (SO_NETNS_COOKIE), for which one would have to enter.
    """
    try:
        status = os.stat(FOLDER + name)
    except OSError:
        return ''
    return '%d:%d' % (status.st_ino, status.st_ctime_ns)
