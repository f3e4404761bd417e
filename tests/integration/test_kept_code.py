# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Code that a host keeps compiled: when it is run, when it is made, and when neither."""

from __future__ import annotations

import os
import pathlib
import struct
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.kept_code_world import (
    CODE,
    NOBODY,
    answer_of,
    call,
    kept,
    small_sources,
    start,
    words_of,
)

A, B, C = 'a' * 24, 'b' * 24, 'c' * 24
TAG = str(sys.implementation.cache_tag)
FILE = CODE / ('%s-%s' % (A, TAG))


def _made(filling: int = 0) -> None:
    assert call(A).state == 'lacking'
    call(A, small_sources(filling=filling), word='ours')
    call(A, word='ours')


def _is_made_once_and_run() -> None:
    _made()
    before = FILE.stat()
    assert call(A, word='ours').result['path'] == str(FILE)
    assert FILE.stat() == before
    assert kept() == [FILE.name]
    folders = (CODE, CODE.parent, FILE)
    assert [oct(path.stat().st_mode & 0o7777) for path in folders] == ['0o700', '0o755', '0o600']


def _umask_does_not_count() -> None:
    os.umask(0)
    _is_made_once_and_run()
    os.umask(0o777)
    call(B, small_sources(), word='ours')
    call(B, word='ours')


def _other_users_keep_none() -> None:
    _made()
    for sources in ('', small_sources()):
        answer = call(A, sources, python='/usr/bin/python3', user=NOBODY)
        assert answer.state == 'unable' and 'only root' in str(answer.result)
    assert kept() == [FILE.name]


def _read_only() -> None:
    world.run('mount -o remount,ro /var/cache')
    assert call(A).state == 'unable'
    assert call(A, small_sources()).state == 'unable'
    world.run('mount -o remount,rw /var/cache')
    _made()
    world.run('mount -o remount,ro,noexec /var/cache')
    call(A, word='ours')
    assert call(B).state == 'unable'
    assert call(B, small_sources()).state == 'unable'


def _full_disk() -> None:
    world.run('mount -o remount,size=256k /var/cache')
    answer = call(A, small_sources(filling=400_000))
    assert answer.state == 'unable' and 'No space left' in str(answer.result), answer
    assert kept() == []
    assert call(A).state == 'lacking'
    _made()


def _a_damaged_file_is_never_used() -> None:
    _made()
    whole = FILE.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for part in (b'', whole[:40], whole[:-1], whole + b'\0', bytes(len(whole)), flipped):
        FILE.write_bytes(part)
        assert call(A).state == 'lacking'
    call(A, small_sources(), word='ours')
    call(A, word='ours')


def _another_interpreter_has_its_own() -> None:
    _made()
    other = '/usr/bin/python3'
    assert call(A, python=other).state == 'lacking'
    call(A, small_sources('other'), python=other, word='other')
    call(A, python=other, word='other')
    call(A, word='ours')
    assert len(kept()) == 2
    # One of the same name, as two that are built in other ways may have.
    theirs = next(CODE / name for name in kept() if name != FILE.name)
    theirs.replace(FILE)
    assert call(A).state == 'lacking'


def _two_versions_stay() -> None:
    sources = {digest: small_sources(digest) for digest in (A, B, C)}
    for number, digest in enumerate((A, B)):
        call(digest, sources[digest], word=digest)
        os.utime(CODE / ('%s-%s' % (digest, TAG)), (1000 + number, 1000 + number))
    for digest in (A, B, A):
        call(digest, word=digest)
    left = CODE / '.made.0123456789abcdef'
    left.write_text('of a run that was killed')
    call(C, sources[C], word=C)
    assert kept() == [left.name, *('%s-%s' % (digest, TAG) for digest in (B, C))]
    os.utime(left, (1000, 1000))
    call(A, sources[A], word=A)
    assert kept() == ['%s-%s' % (digest, TAG) for digest in (A, C)]


def _two_controllers_at_once() -> None:
    programs = [words_of('layout', {}, A, small_sources(word)) for word in ('one', 'two', 'three')]
    running = [start(program) for program in programs for _time in range(2)]
    words = [answer_of(process).result.get('ran') for process in running]
    assert set(words) <= {'one', 'two', 'three'} and None not in words
    assert kept() == [FILE.name]


@pytest.mark.parametrize(
    'body',
    [
        _is_made_once_and_run,
        _umask_does_not_count,
        _other_users_keep_none,
        _read_only,
        _full_disk,
        _a_damaged_file_is_never_used,
        _another_interpreter_has_its_own,
        _two_versions_stay,
        _two_controllers_at_once,
    ],
    ids=lambda body: body.__name__.strip('_'),
)
def test_code(body: t.Callable[[], None]) -> None:
    world.in_world(body)


# What another user could have done, or somebody by mistake. Nothing of it is run, nor written over where it
# may lead elsewhere.
EVIL = 'evil'


def _evil_file(path: pathlib.Path, like: pathlib.Path) -> None:
    path.write_bytes(like.read_bytes().replace(b'ours', EVIL.encode()))
    path.chmod(0o600)


def _link_in_place_of_the_file() -> None:
    elsewhere = pathlib.Path('/run/elsewhere')
    _evil_file(elsewhere, FILE)
    before = elsewhere.read_bytes()
    FILE.unlink()
    FILE.symlink_to(elsewhere)
    assert call(A).state == 'lacking'
    call(A, small_sources(), word='ours')
    assert not FILE.is_symlink() and elsewhere.read_bytes() == before


def _another_name_of_the_file() -> None:
    os.link(FILE, CODE / 'second')
    _mended()


def _mended() -> None:
    assert call(A).state == 'lacking'
    call(A, small_sources(), word='ours')
    call(A, word='ours')


def _file_that_others_read() -> None:
    FILE.chmod(0o644)
    _mended()


def _file_of_another_user() -> None:
    _evil_file(FILE, FILE)
    os.chown(FILE, NOBODY, NOBODY)
    _mended()


def _pipe_in_place_of_the_file() -> None:
    FILE.unlink()
    os.mkfifo(FILE, 0o600)
    _mended()


def _folder_in_place_of_the_file() -> None:
    FILE.unlink()
    FILE.mkdir(0o600)
    assert call(A).state == 'lacking'
    assert call(A, small_sources()).state == 'unable'


def _unusable() -> None:
    _evil_file(FILE, FILE)
    before = FILE.read_bytes()
    for sources in ('', small_sources()):
        answer = call(A, sources)
        assert answer.state == 'unable', answer
    assert FILE.read_bytes() == before


def _folder_that_others_write(path: pathlib.Path, mode: int) -> t.Callable[[], None]:
    def body() -> None:
        path.chmod(mode)
        _unusable()

    return body


def _folder_of_another_user(path: pathlib.Path) -> t.Callable[[], None]:
    def body() -> None:
        os.chown(path, NOBODY, 0)
        _unusable()

    return body


def _link_in_place_of_a_folder(path: pathlib.Path) -> t.Callable[[], None]:
    def body() -> None:
        elsewhere = pathlib.Path('/run/elsewhere')
        path.rename(CODE.parents[1] / 'moved')
        world.run('cp -a %s %s' % (CODE.parents[1] / 'moved', elsewhere))
        path.symlink_to(elsewhere)
        _unusable()

    return body


def _access_list() -> bytes:
    """acl(5), as the kernel has it: the owner, another user, group, mask and others."""
    owner, user, group, mask, others, nobody = 1, 2, 4, 16, 32, 2**32 - 1
    entries = [
        (owner, 7, nobody),
        (user, 7, NOBODY),
        (group, 5, nobody),
        (mask, 7, nobody),
        (others, 5, nobody),
    ]
    return struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *entry) for entry in entries)


def _folder_with_an_access_list() -> None:
    os.setxattr(CODE.parent, 'system.posix_acl_access', _access_list())
    _unusable()


def _folder_that_hands_on_an_access_list() -> None:
    world.run('rm -r %s' % CODE.parent)
    os.setxattr(CODE.parents[1], 'system.posix_acl_default', _access_list())
    _made()
    for path in (CODE.parent, CODE, FILE):
        done = subprocess.run(
            ['test', '-w', path], user=NOBODY, group=NOBODY, extra_groups=[], check=False, cwd='/'
        )
        assert done.returncode == 1, path


@pytest.mark.parametrize(
    'body',
    [
        pytest.param(_link_in_place_of_the_file, id='link'),
        pytest.param(_another_name_of_the_file, id='two names'),
        pytest.param(_file_that_others_read, id='mode of the file'),
        pytest.param(_file_of_another_user, id='owner of the file'),
        pytest.param(_pipe_in_place_of_the_file, id='pipe'),
        pytest.param(_folder_in_place_of_the_file, id='folder'),
        pytest.param(_folder_that_others_write(CODE, 0o777), id='mode of the folder'),
        pytest.param(_folder_that_others_write(CODE, 0o755), id='others read the folder'),
        pytest.param(_folder_that_others_write(CODE.parent, 0o775), id='group of the folder above'),
        pytest.param(_folder_that_others_write(CODE.parents[1], 0o1777), id='sticky folder above'),
        pytest.param(_folder_of_another_user(CODE), id='owner of the folder'),
        pytest.param(_folder_of_another_user(CODE.parent), id='owner of the folder above'),
        pytest.param(_link_in_place_of_a_folder(CODE), id='link to the folder'),
        pytest.param(_link_in_place_of_a_folder(CODE.parent), id='link to the folder above'),
        pytest.param(_folder_with_an_access_list, id='access list'),
        pytest.param(_folder_that_hands_on_an_access_list, id='access list handed on'),
    ],
)
def test_what_others_could_have_written_is_not_run(body: t.Callable[[], None]) -> None:
    def in_there() -> None:
        _made()
        body()

    world.in_world(in_there)
