# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-playbook without its start: a process that has loaded it and the plugins of this collection once,
and forks for each playbook.

That process keeps the modules that Ansible has packed, too. Between them that is more than half of what a
short play costs. It ends with the test process, because its socket closes.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import typing as t
import warnings

_CLONE_ANY = 0  # setns(2): a namespace of any kind
_COLLECTION = 'ansible_collections.multinet.linux.plugins.'


def _load_collection() -> None:
    """Load the plugins of this collection. Ansible keeps no compiled code of them, so each run compiles all
    filters, and each task its action plugin with all that it imports."""
    from ansible.plugins.loader import init_plugin_loader  # pylint: disable=import-outside-toplevel

    init_plugin_loader()
    warnings.filterwarnings('ignore', 'AnsibleCollectionFinder has already been configured')
    for kind in ('action', 'become', 'filter', 'inventory'):
        package = importlib.import_module(_COLLECTION + kind)
        [folder] = package.__path__
        for path in sorted(pathlib.Path(folder).glob('[a-z]*.py')):
            importlib.import_module('%s%s.%s' % (_COLLECTION, kind, path.stem))


def _serve(control: socket.socket) -> None:
    from ansible.cli.playbook import PlaybookCLI  # pylint: disable=import-outside-toplevel

    _load_collection()
    gc.freeze()  # or the first collection of each child writes to all of these objects
    while True:
        data, descriptors, _flags, _address = socket.recv_fds(control, 1 << 20, 8)
        if not data:
            return
        request = json.loads(data)
        number = os.fork()
        if not number:
            status = 250
            try:
                _prepare(request['cwd'], *descriptors)
                status = _status(PlaybookCLI.cli_executor, request['words'])
            finally:
                # No exit handlers: they would remove the temporary folder of the process that forked.
                with contextlib.suppress(OSError):
                    sys.stdout.flush()
                    sys.stderr.flush()
                os._exit(status)
        for descriptor in descriptors:
            os.close(descriptor)
        _number, wait_status = os.waitpid(number, 0)
        control.sendall(b'%d\n' % os.waitstatus_to_exitcode(wait_status))


def _prepare(folder: str, output: int, errors: int, *namespaces: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    for namespace in namespaces:
        if libc.setns(namespace, _CLONE_ANY):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), 'setns')
    os.chdir(folder)


def _status(main: t.Callable[[list[str]], None], words: list[str]) -> int:
    sys.argv[:] = words
    try:
        main(words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


class Controller:
    """A loaded ansible-playbook with certain environment variables, which it reads only once."""

    def __init__(self, environment: t.Mapping[str, str]) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # pylint: disable=consider-using-with
                [sys.executable, __file__, str(theirs.fileno())],
                env=dict(environment),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def play(
        self, options: t.Sequence[str], folder: str | os.PathLike[str], namespaces_of: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run ansible-playbook in a folder and in the network and mounts of a process, or here."""
        words = [shutil.which('ansible-playbook') or 'ansible-playbook', *options]
        kinds = ('net', 'mnt') if namespaces_of else ()
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(tempfile.TemporaryFile()) for _name in ('output', 'errors')]
            for kind in kinds:
                path = '/proc/%d/ns/%s' % (namespaces_of, kind)
                files.append(stack.enter_context(open(path, 'rb', buffering=0)))
            request = json.dumps({'cwd': os.fspath(folder), 'words': words}).encode()
            socket.send_fds(self._socket, [request], [file.fileno() for file in files])
            answer = self._socket.recv(100)
            assert answer, 'the controller ended with %s' % self._process.wait()
            output, errors = (_text_of(file) for file in files[:2])
        return subprocess.CompletedProcess(words, int(answer), output, errors)

    def close(self) -> None:
        """End the process, and wait for it: its processor time counts as the test's."""
        self._socket.close()
        self._process.wait()


def _text_of(file: t.Any) -> str:
    file.seek(0)
    return t.cast(str, file.read().decode(errors='replace'))


_controllers: dict[tuple[tuple[str, str], ...], Controller] = {}


def play(
    options: t.Sequence[str],
    folder: str | os.PathLike[str] = pathlib.Path('/'),
    namespaces_of: int = 0,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """Run ansible-playbook as users do: modules get only what Ansible sends along."""
    ours = ('PYTHONPATH', 'PYTEST_CURRENT_TEST')
    inherited = {key: value for key, value in os.environ.items() if key not in ours}
    environment = {**inherited, **variables}
    key = tuple(sorted(environment.items()))
    if key not in _controllers:
        _controllers[key] = Controller(environment)
        atexit.register(_controllers[key].close)
    return _controllers[key].play(options, folder, namespaces_of)


if __name__ == '__main__':
    del sys.path[0]  # this folder, whose files are no modules for Ansible
    _serve(socket.socket(fileno=int(sys.argv[1])))
