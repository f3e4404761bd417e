# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs of iptables and ip6tables, as files."""

from __future__ import annotations

from ...kernel.programs import file_identity, find_program

PROGRAM = {'ipv4': 'iptables', 'ipv6': 'ip6tables'}
_ADVICE = 'install the package iptables (Debian, Ubuntu, SUSE) or iptables-nft (RHEL, Fedora)'


def programs_of(family: str) -> list[str]:
    """The paths of the programs that save and restore tables. Raises MissingTool."""
    return [find_program(PROGRAM[family] + tail, _ADVICE) for tail in ('-save', '-restore')]


def files_of(family: str) -> tuple[tuple[str, int, int, int], ...]:
    """What tells the programs of *family* from others, without running them. Raises MissingTool."""
    return tuple(map(file_identity, programs_of(family)))
