# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small files: what is read is written again as it was, whole or not at all, and with its own mode."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import files


@pytest.fixture
def umask() -> t.Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def _mode(path: pathlib.Path) -> int:
    return path.stat().st_mode & 0o7777


def _file(path: pathlib.Path, data: bytes, mode: int) -> None:
    path.write_bytes(data)
    path.chmod(mode)


def test_an_entry_is_written_again_as_it_was(tmp_path: pathlib.Path, umask: None) -> None:
    path = tmp_path / 'resolv.conf'
    makers: list[t.Callable[[], object]] = [
        lambda: _file(path, b'nameserver 10.0.0.1\n', 0o644),
        lambda: _file(path, b'', 0o644),
        lambda: _file(path, b'a\r\nb\xff', 0o600),
        lambda: path.symlink_to('/etc/resolv.conf'),
        lambda: path.symlink_to('nowhere'),
    ]
    for make in makers:
        make()
        entry = files.read_entry(str(path))
        status = path.lstat()
        assert entry is not None
        for other in ('text\n', '\0symlink /elsewhere', '\0mode 0700\nmore\n'):
            files.write(str(path), other)
            assert files.read_entry(str(path)) == other
            files.write(str(path), entry)
            assert files.read_entry(str(path)) == entry
            assert path.lstat().st_mode == status.st_mode
        path.unlink()
    assert files.read_entry(str(path)) is None
    assert files.read_entry(str(tmp_path / 'none' / 'of' / 'it')) is None


def test_an_entry_says_what_it_is(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'resolv.conf'
    _file(path, b'one\ntwo\n', 0o600)
    entry = files.read_entry(str(path)) or ''
    assert files.entry_text(entry) == 'one\ntwo\n'
    assert files.entry_lines(entry) == ['mode 0600', 'one', 'two']
    path.unlink()
    path.symlink_to('/etc/resolv.conf')
    entry = files.read_entry(str(path)) or ''
    assert files.entry_text(entry) == ''
    assert files.entry_lines(entry) == ['symlink /etc/resolv.conf']
    assert files.entry_lines(None) == [] and files.entry_lines('one\n') == ['one']


def test_a_text_is_written_in_place_and_not_through_a_link(tmp_path: pathlib.Path, umask: None) -> None:
    target, path = tmp_path / 'target', tmp_path / 'netns' / 'red' / 'resolv.conf'
    target.write_text('untouched\n')
    files.write(str(path), 'one\n')
    inode = path.stat().st_ino
    files.write(str(path), 'two\n')
    assert (path.stat().st_ino, path.read_text(), _mode(path)) == (inode, 'two\n', 0o644)
    assert [_mode(folder) for folder in (path.parent, path.parent.parent)] == [0o755, 0o755]
    path.unlink()
    path.symlink_to(target)
    files.write(str(path), 'three\n')
    assert (path.is_symlink(), path.read_text(), target.read_text()) == (False, 'three\n', 'untouched\n')


def test_a_file_is_replaced_whole(tmp_path: pathlib.Path, umask: None) -> None:
    path = tmp_path / 'unit'
    files.replace(str(path), b'one')
    assert (path.read_bytes(), _mode(path)) == (b'one', 0o644)
    inode = path.stat().st_ino
    (tmp_path / '.unit.multinet').symlink_to(path)  # a run that was killed leaves it
    files.replace(str(path), b'two', 0o600)
    assert (path.read_bytes(), _mode(path)) == (b'two', 0o600) and path.stat().st_ino != inode
    assert [entry.name for entry in tmp_path.iterdir()] == ['unit']


def test_a_failure_names_the_file_and_leaves_nothing(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / 'unit'
    path.write_text('one')

    def full(_fd: int) -> None:
        raise OSError(28, 'No space left on device')

    with monkeypatch.context() as patch:
        patch.setattr(os, 'fsync', full)
        with pytest.raises(OSError) as caught:
            files.replace(str(path), b'two')
    assert caught.value.filename == str(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ['unit'] and path.read_text() == 'one'
    folder = tmp_path / 'folder'
    folder.mkdir()
    for write in (lambda: files.replace(str(folder), b''), lambda: files.write(str(folder), '')):
        with pytest.raises(OSError) as caught:
            write()
        assert caught.value.filename == str(folder)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ['folder', 'unit']


def test_nothing_but_a_regular_file_is_read(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A FIFO would be waited for."""
    fifo, link, file = tmp_path / 'fifo', tmp_path / 'link', tmp_path / 'file'
    os.mkfifo(fifo)
    file.write_text('text')
    link.symlink_to(file)
    assert files.read(str(fifo)) is None and files.read(str(tmp_path)) is None
    assert files.read(str(link)) == files.read(str(file)) == files.read_trusted(str(file)) == 'text'
    assert files.read_entry(str(fifo)) == '\0special prw-r--r--'
    assert files.read_trusted(str(link)) is None and files.read_trusted(str(fifo)) is None
    os.link(file, tmp_path / 'second name')
    assert files.read_trusted(str(file)) is None
    monkeypatch.setattr(files, 'MOST_BYTES', 3)
    with pytest.raises(OSError, match='File too large'):
        files.read(str(file))


def test_the_folder_may_be_a_link_of_root(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / 'folder'
    folder.mkdir()
    (tmp_path / 'absolute').symlink_to(folder)
    (tmp_path / 'relative').symlink_to('absolute/../folder')
    (tmp_path / 'loop').symlink_to('loop')
    for name in ('absolute', 'relative', 'folder/.', 'folder/../folder'):
        path = '%s/%s/file' % (tmp_path, name)
        files.replace(path, name.encode())
        assert files.read_trusted(path) == (folder / 'file').read_text() == name
        files.delete(path)
        assert not (folder / 'file').exists()
        files.delete(path)
    with pytest.raises(OSError, match='symbolic links'):
        files.replace(str(tmp_path / 'loop' / 'file'), b'')
