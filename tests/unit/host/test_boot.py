# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host keeps for its next boot."""

from __future__ import annotations

import errno
import os
import pathlib
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host import boot
from ansible_collections.multinet.linux.plugins.module_utils.kernel import files

POLICY = {'adopt': False, 'overlap': False}


@pytest.fixture(name='host')
def _host(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    places = {
        'LAYOUTS': 'layouts',
        'LIBRARY': 'lib',
        'ENGINE': 'lib/multinet.pyz',
        'COMMAND': 'sbin/multinet',
        'UNITS': 'units',
        '_WANTS': 'units/sysinit.target.wants/multinet.service',
    }
    for name, place in places.items():
        monkeypatch.setattr(boot, name, str(tmp_path / place))
    monkeypatch.setattr(boot, '_systemctl', lambda *words: None)
    return tmp_path


def _document(number: int) -> dict[str, t.Any]:
    return {'name': 'lab', 'sysctls': {'net.ipv4.ip_default_ttl': number}}


def _save(number: int) -> bool:
    return boot.save(_document(number), POLICY, lambda: b'engine %d' % number)


def _kept(host: pathlib.Path) -> dict[str, bytes]:
    folders = [host / name for name in ('layouts', 'lib', 'sbin')]
    return {path.name: path.read_bytes() for folder in folders for path in folder.iterdir()}


@pytest.mark.parametrize('number', range(1, 4))
def test_a_disk_that_is_full_leaves_the_documents_from_before(
    host: pathlib.Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    _save(1)
    _save(2)
    before = _kept(host)
    replace = files.replace
    written: list[str] = []

    def full(path: str, data: bytes, mode: int = 0o644) -> None:
        written.append(path)
        if len(written) == number:
            raise OSError(errno.ENOSPC, 'No space left on device', path)
        replace(path, data, mode)

    monkeypatch.setattr(files, 'replace', full)
    with pytest.raises(OSError, match='No space left'):
        _save(3)
    assert len(written) == number
    assert _kept(host) == before


def test_the_document_before_is_kept_too(host: pathlib.Path) -> None:
    _save(1)
    _save(2)
    assert not _save(2)
    assert boot.document('lab') == {'version': 1, 'document': _document(2), 'policy': POLICY}
    assert boot.document('lab', previous=True) == {'version': 1, 'document': _document(1), 'policy': POLICY}
    assert sorted(os.listdir(host / 'layouts')) == ['lab.json', 'lab.json.previous']


def test_units_of_other_scopes_do_not_fail_with_a_scope() -> None:
    """Requires= would keep down what waits for the namespace of one scope when another scope has failed."""
    lines = boot._NAMESPACE.split('\n')
    assert 'After=multinet.service' in lines
    assert 'Wants=multinet.service' in lines
    assert not any(line.startswith(('Requires=', 'BindsTo=')) for line in lines)
