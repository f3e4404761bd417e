# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of compiled code: made and read by each interpreter that runs modules."""

from __future__ import annotations

import io
import linecache
import marshal
import pathlib
import sys
import typing as t
import zipfile

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.door.kept import make, run, thin

SOURCES = {
    'RUN': pathlib.Path(run.__file__).read_text(encoding='utf-8'),
    'keptpack/__init__.py': 'from . import inner\n',
    'keptpack/inner.py': '"""Documented."""\ndef fail():\n    raise ValueError(__file__)\n',
    'keptpack/of_later_pythons.py': 'match = = 1\n',
    'keptpack/deep/__init__.py': '',
    'keptpack/deep/below.py': 'from ..inner import fail\nclass Thing:\n    text: str = "ü"\n',
}
PATH = '/nowhere/code'


def _content() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for path, source in SOURCES.items():
            archive.writestr(path, source)
    return make.content(PATH, thin.signature(), buffer.getvalue())


@pytest.fixture
def kept() -> t.Iterator[t.Any]:
    data = _content()
    start = len(thin.signature()) + 8
    size = int.from_bytes(data[start : start + 8], 'big')
    runner: dict[str, t.Any] = {'__name__': 'kept'}
    exec(marshal.loads(data[start + 8 : start + 8 + size]), runner)
    finder = runner['Kept'](data, start + 8 + size, PATH)
    sys.meta_path.insert(0, finder)
    yield finder
    sys.meta_path.remove(finder)
    for name in [name for name in sys.modules if name.startswith('keptpack')]:
        del sys.modules[name]


def test_modules_are_imported_from_it(kept: t.Any) -> None:
    from keptpack.deep import below  # type: ignore[import-not-found]

    assert below.Thing.text == 'ü' and below.__spec__.loader is kept
    assert below.__file__ == PATH + '/keptpack/deep/below.py'
    assert sys.modules['keptpack'].__path__ == [PATH + '/keptpack']
    with pytest.raises(ValueError, match='/keptpack/inner.py'):
        below.fail()


def test_sources_are_there(kept: t.Any) -> None:
    import keptpack.inner  # type: ignore[import-not-found]

    assert kept.get_source('keptpack.inner') == SOURCES['keptpack/inner.py']
    file = keptpack.inner.__file__
    linecache.lazycache(file, vars(keptpack.inner))
    assert linecache.getline(file, 3) == '    raise ValueError(__file__)\n'


def test_what_cannot_be_compiled_is_left_to_the_archive(kept: t.Any) -> None:
    assert kept.find_spec('keptpack.of_later_pythons') is None
    assert kept.find_spec('keptpack.missing') is None
    with pytest.raises(ImportError, match='keptpack.missing'):
        kept.get_code('keptpack.missing')


def test_another_interpreter_reads_the_sources(tmp_path: pathlib.Path) -> None:
    file = tmp_path / 'code'
    file.write_bytes(_content())
    with zipfile.ZipFile(file) as archive:
        assert set(archive.namelist()) == set(SOURCES)
