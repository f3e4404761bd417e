# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The export of listener_bind in a folder that belongs to the user of the application, who may be hostile."""

from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest

from .listener_world import bind, furnish, listener
from .world import in_world

USER = 65534
FOLDER = pathlib.Path('/run/app')
EXPORT = FOLDER / 'listeners.json'
SECRET = 'root:SECRET-HASH\n'


def _secret() -> pathlib.Path:
    path = pathlib.Path('/run/shadow')
    path.write_text(SECRET)
    path.chmod(0o600)
    return path


def _folder_of_user() -> None:
    FOLDER.mkdir()
    os.chown(FOLDER, USER, USER)


def _link(path: pathlib.Path, target: pathlib.Path) -> None:
    path.symlink_to(target)
    os.chown(path, USER, USER, follow_symlinks=False)


def _export(
    check: bool = False, fine: bool = True, file: pathlib.Path = EXPORT, **more: t.Any
) -> dict[str, t.Any]:
    return bind(listener('sip'), file=str(file), firewall=False, check=check, fine=fine, **more)


def _untouched(secret: pathlib.Path) -> bool:
    return secret.read_text() == SECRET and secret.stat().st_mode & 0o777 == 0o600


def _of_links() -> None:
    """Neither the export nor the temporary file is written through a link."""
    furnish()
    secret = _secret()
    _folder_of_user()
    for name in ('listeners.json', 'listeners.json.new', '.listeners.json.multinet'):
        _link(FOLDER / name, secret)
    result = _export(check=True)
    assert 'SECRET' not in json.dumps(result)
    result = _export()
    assert 'SECRET' not in json.dumps(result)
    assert _untouched(secret)
    status = EXPORT.lstat()
    assert (status.st_mode & 0o777, status.st_uid) == (0o644, 0) and not EXPORT.is_symlink()
    assert [row['name'] for row in json.loads(EXPORT.read_text())['external']] == ['sip']
    assert not _export()['changed']


def _of_other_names() -> None:
    """A second name of a file elsewhere, and a file of the user, are not shown; what takes their place is
    ours.
    """
    furnish()
    secret = _secret()
    _folder_of_user()
    os.link(secret, EXPORT)
    assert 'SECRET' not in json.dumps(_export(check=True))
    assert 'SECRET' not in json.dumps(_export()) and _untouched(secret)
    EXPORT.unlink()
    EXPORT.write_text(SECRET)
    os.chown(EXPORT, USER, USER)
    assert 'SECRET' not in json.dumps(_export())
    assert 'default_outbound' in json.loads(EXPORT.read_text())


def _of_folders() -> None:
    """A folder of the user that leads elsewhere is refused, one of root is not."""
    furnish()
    elsewhere = pathlib.Path('/run/elsewhere')
    elsewhere.mkdir()
    _folder_of_user()
    _link(FOLDER / 'sub', elsewhere)
    failed = _export(fine=False, file=FOLDER / 'sub' / 'listeners.json')
    assert 'it leads over a symbolic link of user %d' % USER in failed['msg'], failed['msg']
    assert str(FOLDER / 'sub' / 'listeners.json') in failed['msg']
    assert not list(elsewhere.iterdir())
    os.symlink(elsewhere, '/run/of-root')
    _export(file=pathlib.Path('/run/of-root/listeners.json'))
    assert [path.name for path in elsewhere.iterdir()] == ['listeners.json']


def _of_a_fifo() -> None:
    """A FIFO in place of the export, or of the file with a process number, holds no run."""
    furnish()
    _folder_of_user()
    os.mkfifo(EXPORT)
    os.mkfifo(FOLDER / 'app.pid')
    result = bind(listener('sip', owner=str(FOLDER / 'app.pid')), file=str(EXPORT), firewall=False)
    assert result['changed'] and EXPORT.is_file()


def _removed() -> None:
    """``absent`` removes our export, and leaves a file that has taken its name."""
    furnish()
    secret = _secret()
    _folder_of_user()
    _export()
    bind(state='absent', file=str(EXPORT))
    assert not EXPORT.exists()
    _export()
    EXPORT.unlink()
    _link(EXPORT, secret)
    bind(state='absent', file=str(EXPORT))
    assert EXPORT.is_symlink() and _untouched(secret)


@pytest.mark.parametrize('scene', [_of_links, _of_other_names, _of_folders, _of_a_fifo, _removed])
def test_export_in_a_folder_of_a_user(scene: t.Callable[[], None]) -> None:
    in_world(scene)


def _umask() -> None:
    furnish()
    FOLDER.mkdir()
    os.umask(0o077)
    bind(listener('sip', service='sip.service', activation=True), file=str(EXPORT), firewall=False)
    assert EXPORT.stat().st_mode & 0o777 == 0o644
    modes = {path.stat().st_mode & 0o777 for path in pathlib.Path('/run/units').rglob('*') if path.is_file()}
    assert modes == {0o644}


def test_modes_do_not_depend_on_the_umask() -> None:
    in_world(_umask)
