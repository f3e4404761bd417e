# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine as one file: what runs inside a module now, for the host to run without Ansible."""

from __future__ import annotations

import importlib
import io
import sys
import typing as t
import zipfile

from . import on_demand

_MAIN = b'''import sys
from multinet.host import command
sys.exit(command.%s())
'''
_EPOCH = (2020, 1, 1, 0, 0, 0)  # the same sources give the same bytes


def _base() -> str:
    """The package that holds the rooms: module_utils of the collection, or multinet inside the bundle."""
    return __name__.rsplit('.', 2)[0]


def _sources(names: t.Iterable[str]) -> t.Iterator[tuple[str, bytes]]:
    """(module, source) of loaded modules, from files or from the archive that Ansible sends."""
    for name in names:
        module = sys.modules[name]
        spec = module.__spec__
        loader: t.Any = spec.loader if spec else None
        source = loader.get_source(name) if loader is not None and hasattr(loader, 'get_source') else None
        yield name, (source or '').encode()


def _path(name: str, is_package: bool) -> str:
    return name.replace('.', '/') + ('/__init__.py' if is_package else '.py')


def build() -> bytes:
    """The archive: the rooms as package multinet, and of pyroute2 the modules with the message classes."""
    base = _base()
    # The command line needs modules that a run of a module may not have loaded. Ansible sends along what it
    # sees imported.
    from . import command

    on_demand.load()
    members: dict[str, bytes] = {
        '__main__.py': _MAIN % command.main.__name__.encode(),
        'multinet/__init__.py': b'',
    }
    codec: t.Any = importlib.import_module(base + '.kernel.codec')
    codec.require()
    rooms = ['%s.%s' % (base, room) for room in ('values', 'kernel', 'objects', 'engine', 'host')]
    parents = tuple(room + '.' for room in rooms)
    ours = [name for name in sys.modules if name in rooms or name.startswith(parents)]
    for name, source in _sources(ours):
        members[_path('multinet' + name[len(base) :], hasattr(sys.modules[name], '__path__'))] = source
    library = [name for name in sys.modules if name.startswith('pyroute2.')]
    members['pyroute2/__init__.py'] = b''
    for name, source in _sources(library):
        members[_path(name, hasattr(sys.modules[name], '__path__'))] = source
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(members):
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), members[path], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
