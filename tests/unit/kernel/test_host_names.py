# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of numbers in files of iproute2: which files count, and which of several names."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import names
from ansible_collections.multinet.linux.plugins.module_utils.kernel.names import HostNames
from ansible_collections.multinet.linux.plugins.module_utils.values.named_numbers import USUAL
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    own, usual = tmp_path / 'etc', tmp_path / 'usr'
    for folder in (own, usual):
        (folder / 'rt_tables.d').mkdir(parents=True)
    monkeypatch.setattr(names, 'FOLDERS', (str(own), str(tmp_path / 'none'), str(usual)))
    return own, usual


def told(file: str) -> dict[str, int]:
    """The names that no host has to begin with."""
    return {name: number for name, number in HostNames()(file).items() if name not in USUAL[file]}


def test_no_files() -> None:
    assert HostNames()('rt_tables')['main'] == 254


def test_the_first_folder_with_the_file(folders: tuple[pathlib.Path, pathlib.Path]) -> None:
    own, usual = folders
    (usual / 'rt_tables').write_text('# names\n\n100 isp # the first\n0x65\tbackup\n')
    assert told('rt_tables') == {'isp': 100, 'backup': 101}
    (own / 'rt_tables').write_text('200 isp\n300 large\n')
    assert told('rt_tables') == {'isp': 200, 'large': 300}


def test_folders_of_files(folders: tuple[pathlib.Path, pathlib.Path]) -> None:
    own, usual = folders
    (own / 'rt_tables').write_text('1 one\n')
    (own / 'rt_tables.d/a.conf').write_text('2 two\n')
    (usual / 'rt_tables.d/a.conf').write_text('3 hidden\n')
    (usual / 'rt_tables.d/b.conf').write_text('4 four\n')
    (own / 'rt_tables.d/README').write_text('5 five\n')
    assert told('rt_tables') == {'one': 1, 'two': 2, 'four': 4}


def test_several_names_and_numbers(folders: tuple[pathlib.Path, pathlib.Path]) -> None:
    own, _usual = folders
    lines = '9 twice\n8 twice\n7 a\n7 b\n256 high\n1 high\n254 another\n100 main\n'
    (own / 'rt_tables').write_text(lines)
    assert told('rt_tables') == {'twice': 8, 'a': 7, 'b': 7, 'high': 256, 'another': 254}
    assert HostNames()('rt_tables')['main'] == 254
    (own / 'rt_realms').write_text('7 a\n7 b\n')
    assert told('rt_realms') == {'b': 7}


def test_nothing_after_a_line_that_is_broken(folders: tuple[pathlib.Path, pathlib.Path]) -> None:
    (folders[0] / 'rt_tables').write_text('1 one\n-1 below\ntwo 2\n3 three\n')
    assert told('rt_tables') == {'one': 1}


def test_what_counts_as_a_number(folders: tuple[pathlib.Path, pathlib.Path]) -> None:
    """As sscanf(3), which ip(8) reads lines with."""
    file = folders[0] / 'rt_tables'
    file.write_text('010 ten\n0x1F more\n+5 plus\n12abc\n7\x0bseven\n8 \u2028eight\n')
    assert told('rt_tables') == {'ten': 10, 'more': 31, 'plus': 5, 'abc': 12, 'seven': 7, '\u2028eight': 8}
    for line in ('1_00 isp', '\u0661 isp', '100', 'x10 isp'):
        file.write_text('1 one\n%s\n2 two\n' % line)
        assert 'two' not in told('rt_tables') or line == '1_00 isp'
        assert 'isp' not in told('rt_tables')


def test_a_file_that_is_too_large(folders: tuple[pathlib.Path, pathlib.Path]) -> None:
    file = folders[0] / 'rt_tables'
    file.write_text('#' * (1 << 22) + '\n1 one\n')
    with pytest.raises(EngineError, match='%s: cannot be read' % file):
        HostNames()('rt_tables')
