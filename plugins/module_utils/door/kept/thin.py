# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent for a task in place of the module: runs the module from code that the host keeps compiled, or
tells that it cannot.

This file is a program of its own, that the controller fills in (plugin_utils/kept_code.py). It imports
nothing of ours but from the kept code, and that only when nobody but root can have written it:

* each folder on the way is opened below the one before, never by a path and never over a symbolic link, and
  belongs to root, and only root can write to it. The bits of the group are also the mask of an access control
  list, so that none of its entries allows more;
* the file is opened below the last of these folders, and has owner, mode and number of names that it was made
  with. What was checked is read by the same descriptor, at once.
"""

from __future__ import annotations

import os
import stat
import sys

# The arguments, as JSON. That never has three quotes in a row, and a raw text keeps its backslashes.
GIVEN = r"""<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>"""
CALL = 'multinet_code'
PLACE = '/var/cache/multinet/code'
FOLDER_MODE, FILE_MODE = 0o700, 0o600
LACKING, UNABLE = 'lacking', 'unable'
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


if sys.version_info < (3, 9) and __name__ == '__main__':
    # What Ansible sends tells it in its own words. This file is read by such an interpreter.
    sys.stdout.write('{"changed": false, "%s": ["%s", "its Python is older than 3.9"]}' % (CALL, UNABLE))
    raise SystemExit(0)


class NotKept(Exception):
    """Why there is no code to run: LACKING if it may be made, UNABLE if this host cannot keep any."""

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.state = state


def _see_that_only_root_writes(fd: int, path: str) -> None:
    status = os.fstat(fd)
    if status.st_uid or status.st_mode & 0o022:
        raise NotKept(UNABLE, '%s: another user than root can write to it' % path)


def _make(parent: int, name: str, mode: int) -> None:
    try:
        os.mkdir(name, mode, dir_fd=parent)
    except FileExistsError:
        return
    fd = os.open(name, _FOLDER, dir_fd=parent)
    try:
        os.fchmod(fd, mode)  # the umask has changed what mkdir() was given
    finally:
        os.close(fd)


def _read_only(folder: int) -> bool:
    return bool(os.fstatvfs(folder).f_flag & os.ST_RDONLY)


def open_folder(make: bool = False) -> int:
    """A descriptor of the folder that has the code; with *make* it is made where it lacks. Raises NotKept."""
    if os.geteuid() or os.getuid():
        raise NotKept(UNABLE, 'only root keeps code')
    names = PLACE.strip('/').split('/')
    folder, path = os.open('/', _FOLDER), '/'
    try:
        _see_that_only_root_writes(folder, path)
        for name in names:
            path = os.path.join(path, name)
            if make:
                _make(folder, name, FOLDER_MODE if path == PLACE else 0o755)
            below = os.open(name, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = below
            _see_that_only_root_writes(folder, path)
        mode = stat.S_IMODE(os.fstat(folder).st_mode)
        if mode != FOLDER_MODE:
            raise NotKept(UNABLE, '%s: has mode %04o in place of %04o' % (path, mode, FOLDER_MODE))
    except FileNotFoundError as error:
        state = UNABLE if _read_only(folder) else LACKING
        os.close(folder)
        raise NotKept(state, '%s: does not exist' % path) from error
    except OSError as error:
        os.close(folder)
        raise NotKept(UNABLE, '%s: %s' % (path, error.strerror)) from error
    except NotKept:
        os.close(folder)
        raise
    return folder


def open_file(folder: int, name: str) -> int:
    """A descriptor of a file of code that only root can have made. Raises NotKept."""
    try:
        fd = os.open(name, _FILE, dir_fd=folder)
    except OSError as error:
        state = UNABLE if _read_only(folder) else LACKING
        raise NotKept(state, '%s: %s' % (name, error.strerror)) from error
    status = os.fstat(fd)
    regular = stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == FILE_MODE
    if not regular or status.st_uid or status.st_nlink != 1:
        os.close(fd)
        raise NotKept(LACKING, '%s: is not as it was made' % name)
    return fd


def signature() -> bytes:
    """The first line of a file of code: what else than this interpreter cannot read it."""
    from importlib.util import MAGIC_NUMBER

    facts = (sys.implementation.cache_tag, MAGIC_NUMBER.hex(), sys.flags.optimize)
    return ('code kept by multinet.linux for %s %s -O%d\n' % facts).encode()


def read(fd: int, name: str) -> bytes:
    """All of a file of code. Raises NotKept if it is damaged or for another interpreter."""
    from zlib import crc32

    first = signature()
    with open(fd, 'rb', closefd=False) as file:
        data = file.read()
    start = len(first)
    checksum = int.from_bytes(data[start : start + 8], 'big')
    if data[:start] != first or checksum != crc32(memoryview(data)[start + 8 :]):
        raise NotKept(LACKING, '%s: is not as it was made' % name)
    return data


def _kept(call: dict[str, str]) -> tuple[bytes, str]:
    """The code for a call and where it lies. If the call brings the sources, it is made."""
    name = '%s-%s' % (call['digest'], sys.implementation.cache_tag)
    sources = call.get('sources', '')
    folder = open_folder(make=bool(sources))
    try:
        if sources:
            _keep(folder, name, sources)
        fd = open_file(folder, name)
        try:
            return read(fd, name), os.path.join(PLACE, name)
        finally:
            os.close(fd)
    finally:
        os.close(folder)


def _keep(folder: int, name: str, sources: str) -> None:
    import base64
    import io
    import zipfile

    data = base64.b64decode(sources)
    maker: dict[str, object] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        exec(archive.read('MAKE'), maker)
    maker['keep'](folder, name, os.path.join(PLACE, name), signature(), data)  # type: ignore[operator] # by exec


def _leave_surroundings() -> None:
    """As the program that Ansible sends around a module: no import finds a file that happens to lie near."""
    try:
        os.getcwd()
    except OSError:
        try:
            os.chdir(os.path.expanduser('~'))
        except OSError:
            os.chdir('/')
    near = {'', '.'}
    if '__file__' in globals():  # else it came by standard input
        near.add(os.path.dirname(os.path.realpath(__file__)))
    sys.path[:] = [path for path in sys.path if path not in near]


def main() -> None:
    _leave_surroundings()
    import json
    import marshal

    # The call is the last of the arguments. The others are left to the module, as they are.
    arguments, _key, text = GIVEN.rpartition(', "%s": ' % CALL)
    try:
        call = json.loads(text[:-1])
        data, path = _kept(call)
    except Exception as error:  # whatever it is, it is told, and the module itself is sent then
        state = getattr(error, 'state', UNABLE)
        sys.stdout.write(json.dumps({'changed': False, CALL: [state, str(error)]}))
        return
    start = len(signature()) + 8
    size = int.from_bytes(data[start : start + 8], 'big')
    runner: dict[str, object] = {'__name__': 'multinet_kept'}
    exec(marshal.loads(data[start + 8 : start + 8 + size]), runner)
    given = ('{"ANSIBLE_MODULE_ARGS": %s}}' % arguments).encode()
    runner['run'](data, start + 8 + size, path, call['module'], given)  # type: ignore[operator] # by exec


if __name__ == '__main__':
    main()
