# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules of Python from one file of compiled code, and how a module of Ansible is run from them.

The file has the code of this one first, then that of all modules, and is a zip archive of their sources, too:
another interpreter can import from it, and tracebacks show lines.
"""

from __future__ import annotations

import marshal
import sys
import typing as t
from importlib.machinery import ModuleSpec

if t.TYPE_CHECKING:
    import types
    import zipfile

# Of a module: whether it is a package, where its code is, and how long that is.
Index = dict[str, tuple[bool, int, int]]


class Kept:
    """Finds and loads modules from *data*, which lies in the file *path*. The code begins after its index, at
    *start*."""

    def __init__(self, data: bytes, start: int, path: str) -> None:
        size = int.from_bytes(data[start : start + 8], 'big')
        self._start = start + 8 + size
        self._index: Index = marshal.loads(data[start + 8 : self._start])
        self._data, self._path = data, path
        self._archive: zipfile.ZipFile | None = None

    def find_spec(
        self, name: str, _path: t.Sequence[str] | None = None, _target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self._index:
            return None
        origin, is_package = self.get_filename(name), self.is_package(name)
        # A loader by its methods: importlib.abc is not loaded for the name of its class.
        spec = ModuleSpec(name, self, origin=origin, is_package=is_package)  # type: ignore[arg-type]
        spec.has_location = True
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append('%s/%s' % (self._path, name.replace('.', '/')))
        return spec

    def create_module(self, _spec: ModuleSpec) -> None:
        """An ordinary module."""

    def exec_module(self, module: types.ModuleType) -> None:
        exec(self.get_code(module.__name__), vars(module))

    def get_code(self, name: str) -> types.CodeType:
        _package, offset, size = self._entry(name)
        begin = self._start + offset
        return t.cast('types.CodeType', marshal.loads(memoryview(self._data)[begin : begin + size]))

    def _entry(self, name: str) -> tuple[bool, int, int]:
        try:
            return self._index[name]
        except KeyError:
            raise ImportError('no module named %r' % name, name=name) from None

    def is_package(self, name: str) -> bool:
        return self._entry(name)[0]

    def _member(self, name: str) -> str:
        return name.replace('.', '/') + ('/__init__.py' if self.is_package(name) else '.py')

    def get_filename(self, name: str) -> str:
        return '%s/%s' % (self._path, self._member(name))

    def get_source(self, name: str) -> str:
        """What the boot bundle is made from, and tracebacks show."""
        if self._archive is None:
            import io
            import zipfile

            self._archive = zipfile.ZipFile(io.BytesIO(self._data))
        return self._archive.read(self._member(name)).decode('utf-8')

    def __contains__(self, name: str) -> bool:
        return name in self._index


_LOADER = 'ansible.module_utils._internal._ansiballz._loader'


def run(data: bytes, start: int, path: str, module: str, arguments: bytes) -> None:
    """Run a module as the program does that Ansible sends around it."""
    kept = Kept(data, start, path)
    sys.meta_path.insert(0, kept)
    if _LOADER in kept:  # since ansible-core 2.19
        from importlib import import_module

        run_module = import_module(_LOADER).run_module
        options = {
            'json_params': arguments,
            'profile': 'legacy',
            'module_fqn': module,
            'modlib_path': path,
            'extensions': {},
        }
        known = run_module.__code__.co_varnames
        run_module(**{name: value for name, value in options.items() if name in known})
        return
    import runpy

    from ansible.module_utils import basic

    basic._ANSIBLE_ARGS = arguments
    runpy.run_module(
        module, {'_module_fqn': module, '_modlib_path': path}, run_name='__main__', alter_sys=True
    )
    sys.stdout.write('{"msg": "New-style module did not handle its own exit", "failed": true}\n')
    raise SystemExit(1)
