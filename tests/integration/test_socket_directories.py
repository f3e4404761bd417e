# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role socket_directories on a pretend host. What it says of wrong variables: test_role_variables."""

from __future__ import annotations

import pathlib

from ansible_collections.multinet.linux.tests.integration.pretend_host import play

PLAY = """
- hosts: fleet
  gather_facts: false
  vars:
    folders: %(folders)s
  tasks:
    - shell: %(before)s
      changed_when: false

    - block:
        - include_role: {name: multinet.linux.socket_directories}
          vars: {socket_directories_state: %(state)s, socket_directories_folders: "{{ folders }}"}
      rescue:
        - debug: {msg: "refused: {{ ansible_failed_result.msg }}"}

    - shell: >-
        cd /run; find a b c d /etc/victim -printf '%%p %%m %%u %%g,' 2>/dev/null;
        cat /etc/tmpfiles.d/socket-directories-crossing.conf 2>/dev/null | tr '\\n' ','
      register: seen
      changed_when: false
      failed_when: false

    - debug: {msg: "seen: {{ seen.stdout }}"}
"""


def _lines(folder: pathlib.Path, *steps: tuple[str, str, str]) -> list[str]:
    """What is seen or refused after each step of ``(shell command, state, folders)``, all on one pretend
    host."""
    book = folder / 'play.yml'
    book.write_text(
        ''.join(
            PLAY % {'before': before, 'state': state, 'folders': folders} for before, state, folders in steps
        )
    )
    status, output = play(folder, book, ANSIBLE_STDOUT_CALLBACK='minimal')
    assert status == 0, output
    return [
        line.partition('"msg": ')[2].strip('"')
        for line in output.splitlines()
        if '"msg": "' in line and ('seen: ' in line or 'refused: ' in line)
    ]


MADE = '[{path: /run/a/b, owner: nobody, group: daemon, mode: "2750"}, {path: /run/c, group: daemon}]'
RECORD = (
    '# Written by multinet.linux.socket_directories,# above: /run/a,d /run/a/b 2750 nobody daemon -,d'
    ' /run/c 0750 root daemon -,'
)
SEEN = 'seen: a 755 root root,a/b 2750 nobody daemon,c 750 root daemon,'


def test_removes_what_it_has_made_and_nothing_else(tmp_path: pathlib.Path) -> None:
    assert _lines(
        tmp_path,
        ('"true"', 'present', MADE),
        ('touch /run/a/b/socket /run/c/x', 'present', MADE.replace('/run/c,', '/run/d,')),
        ('mkdir -p /run/c; touch /run/c/mine', 'absent', MADE),
        # Nothing is recorded now, and a folder on the list is not enough.
        ('mkdir -p /run/c /etc/victim', 'absent', MADE),
    ) == [
        SEEN + RECORD,
        SEEN.replace('c 750', 'a/b/socket 644 root daemon,d 750') + RECORD.replace('/run/c', '/run/d'),
        'seen: c 755 root root,c/mine 644 root root,',
        'seen: c 755 root root,c/mine 644 root root,/etc/victim 755 root root,',
    ]


def test_leaves_folders_of_others_alone(tmp_path: pathlib.Path) -> None:
    refused = (
        'refused: folder /run/c: is somebody else\'s (found no line for it in'
        ' /etc/tmpfiles.d/socket-directories-crossing.conf); remove it, or choose another one'
    )
    link = 'refused: folder /run/c: is not a folder (found a symbolic link); remove it'
    above = (
        'refused: folder /run/a: belongs to others than root (found user 65534 and mode 0755), who'
        ' could lead what is below it elsewhere; choose another place'
    )
    assert _lines(
        tmp_path,
        ('mkdir -p /run/c', 'present', MADE),
        ('rmdir /run/c', 'present', MADE),
        ('rmdir /run/c; mkdir /etc/victim; ln -s /etc/victim /run/c', 'present', MADE),
        ('rm /run/c; chown nobody /run/a', 'present', MADE),
    ) == [
        refused,
        'seen: c 755 root root,',
        SEEN + RECORD,
        link,
        SEEN.replace('c 750 root daemon', 'c 777 root root,/etc/victim 755 root root') + RECORD,
        above,
        SEEN.replace('a 755 root', 'a 755 nobody').replace('c 750 root daemon,', '/etc/victim 755 root root,')
        + RECORD,
    ]
