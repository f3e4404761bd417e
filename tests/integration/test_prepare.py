# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wheel that the role prepare brings; on hosts with systemd: the scenario fleet."""

from __future__ import annotations

import hashlib
import pathlib
import zipfile

from ansible_collections.multinet.linux.tests.integration.pretend_host import play

PLAY = """
- hosts: fleet
  gather_facts: false
  tasks:
    - setup: {gather_subset: ["!all", "!min", python]}
    - include_role: {name: multinet.linux.prepare, tasks_from: wheel.yml}
      vars:
        prepare_place: %(folder)s/place
        prepare_wheel_folder: %(folder)s/cache
        prepare_wheel_requirement: pyroute2==0.9.7
        prepare_wheel_sha256: %(sha256)s
    - slurp: {src: "%(folder)s/place/python/pyroute2/__init__.py"}
      register: unpacked
    - debug: {msg: "unpacked {{ unpacked.content | b64decode }}"}
"""


def _wheel(folder: pathlib.Path, content: str) -> str:
    """Make a wheel of this content. Returns its SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / 'pyroute2-0.9.7-py3-none-any.whl'
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('pyroute2/__init__.py', content)
        archive.writestr(
            'pyroute2-0.9.7.dist-info/METADATA', 'Metadata-Version: 2.1\nName: pyroute2\nVersion: 0.9.7\n'
        )
        archive.writestr(
            'pyroute2-0.9.7.dist-info/WHEEL', 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'
        )
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _prepare(folder: pathlib.Path, sha256: str) -> tuple[int, str]:
    book = folder / 'play.yml'
    book.write_text(PLAY % {'folder': folder, 'sha256': sha256})
    index = str(folder / 'index')
    return play(
        folder,
        book,
        PIP_NO_INDEX='1',
        PIP_FIND_LINKS=index,
        PIP_CONFIG_FILE='/dev/null',
        ANSIBLE_STDOUT_CALLBACK='minimal',
    )


def test_a_wheel_is_known_by_its_hash(tmp_path: pathlib.Path) -> None:
    """Neither one that lies in the cache nor one of another index is used in its place."""
    wanted = _wheel(tmp_path / 'index', 'wanted')
    _wheel(tmp_path / 'cache' / wanted[:16], 'planted')
    status, output = _prepare(tmp_path, wanted)
    assert status == 0 and 'unpacked wanted' in output, output


def test_a_wheel_with_another_hash_is_refused(tmp_path: pathlib.Path) -> None:
    _wheel(tmp_path / 'index', 'of another index')
    status, output = _prepare(tmp_path, '0' * 64)
    assert status == 2 and 'the controller cannot fetch a wheel of pyroute2' in output, output
    assert not (tmp_path / 'place').exists()
