# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of code that hosts keep compiled: sends a few lines in place of a module with all
that it imports, where the host has the code already.

1. The thin module (module_utils/door/kept/thin.py) is sent with the arguments of the task. If the host has
   the code of this version, it runs the module.
2. If not, the thin module is sent again with the sources of all modules. It compiles and keeps them, and
   runs the module from there.
3. If the host cannot keep them, the module is sent as Ansible sends any other. The rest of the run knows.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import typing as t
import zipfile

from ansible import constants as C
from ansible import module_utils
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.release import __author__, __version__
from ansible.utils.display import Display
from ansible_collections.multinet.linux.plugins.module_utils.door.kept import thin
from ansible_collections.multinet.linux.plugins.plugin_utils.run_folder import run_folder

display = Display()

SWITCH = 'multinet_keep_code'
_PACKAGE = 'ansible_collections/multinet/linux/plugins/'
_PLUGINS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_EPOCH = (2020, 1, 1, 0, 0, 0)  # the same sources give the same bytes
# As ansible-core sends it: it finds what else of ansible the host may have.
_OPEN_PACKAGE = 'from pkgutil import extend_path\n__path__=extend_path(__path__,__name__)\n'
_ROOTS = {
    'ansible/__init__.py': '%s__version__=%r\n__author__=%r\n' % (_OPEN_PACKAGE, __version__, __author__),
    'ansible/module_utils/__init__.py': _OPEN_PACKAGE,
    'ansible_collections/__init__.py': '',
    'ansible_collections/multinet/__init__.py': '',
    'ansible_collections/multinet/linux/__init__.py': '',
    _PACKAGE + '__init__.py': '',
    _PACKAGE + 'module_utils/__init__.py': '',
    _PACKAGE + 'modules/__init__.py': '',
}


def _sources_below(folder: str, package: str, without: str = '') -> t.Iterator[tuple[str, bytes]]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {'__pycache__', without})
        for name in sorted(names):
            if name.endswith('.py'):
                path = os.path.join(place, name)
                with open(path, 'rb') as file:
                    yield package + os.path.relpath(path, folder), file.read()


def sources() -> dict[str, bytes]:
    """All that a module may import but what its interpreter has: the rooms and modules of this collection,
    and the module_utils of this ansible-core."""
    members = {path: text.encode() for path, text in _ROOTS.items()}
    for room in ('module_utils', 'modules'):
        for path, source in _sources_below(os.path.join(_PLUGINS, room), _PACKAGE + room + '/'):
            members.setdefault(path, source)
    core = os.path.dirname(module_utils.__file__)
    for path, source in _sources_below(core, 'ansible/module_utils/', without='facts'):
        members.setdefault(path, source)
    return members


def digest_of(members: t.Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for path in sorted(members):
        total.update(b'%s %d\n' % (path.encode(), len(members[path])))
        total.update(members[path])
    return total.hexdigest()[:24]


DIGEST = digest_of(sources())
"""Made when the action plugin is loaded, which the process of the run does before it forks for tasks."""


def packed(members: t.Mapping[str, bytes]) -> bytes:
    """The archive that is sent, with the programs that make the code and run it."""
    kept = _PACKAGE + 'module_utils/door/kept/'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as archive:
        programs = {'MAKE': members[kept + 'make.py'], 'RUN': members[kept + 'run.py']}
        for path, source in {**programs, **members}.items():
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), source, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _made_once(name: str, make: t.Callable[[], bytes]) -> str:
    """A file of this run of ansible-playbook. The first task that needs it makes it."""
    path = os.path.join(run_folder('code'), name)
    if not os.path.exists(path):
        temporary = '%s.%d' % (path, os.getpid())
        with open(temporary, 'wb') as file:
            file.write(make())
        os.replace(temporary, path)
    return path


def thin_program() -> bytes:
    """The thin module, which Ansible fills in."""
    with open(thin.__file__, 'rb') as file:
        source = file.read()
    # An interpreter that is too old for the collection shall read so far that it can tell.
    return b'#!/usr/bin/python\n' + source.replace(b'from __future__ import annotations\n', b'')


def sources_to_send() -> bytes:
    """What goes with the thin module to a host that lacks the code. Empty if somebody changes the collection
    at this moment."""
    members = sources()
    if digest_of(members) != DIGEST:
        return b''
    return base64.b64encode(packed(members))


class _Found(t.NamedTuple):
    plugin_resolved_path: str
    resolved: bool = True
    redirect_list: tuple[str, ...] = ()


class _Loaders:
    """In place of Ansible's loaders of plugins while it prepares a module. Every module is the thin one."""

    def __init__(self, loaders: t.Any, path: str) -> None:
        self._loaders, self._found = loaders, _Found(path)
        self.module_loader = self

    def find_plugin_with_context(self, *_words: t.Any, **_options: t.Any) -> _Found:
        return self._found

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._loaders, name)


class KeptCode(ActionBase):  # type: ignore[misc] # ansible-core has no types
    """An action plugin that runs its module from code that the host keeps."""

    _call: dict[str, str] | None = None

    def _execute_module(
        self,
        module_name: str | None = None,
        module_args: dict[str, t.Any] | None = None,
        task_vars: dict[str, t.Any] | None = None,
        **options: t.Any,
    ) -> dict[str, t.Any]:
        if module_name is None and not any(options.values()) and self._wanted(task_vars or {}):
            answer = self._by_kept_code(module_args, task_vars or {})
            if answer is not None:
                return answer
        whole: dict[str, t.Any] = super()._execute_module(
            module_name=module_name, module_args=module_args, task_vars=task_vars, **options
        )
        return whole

    def _configure_module(
        self, module_name: str, module_args: dict[str, t.Any], task_vars: dict[str, t.Any]
    ) -> t.Any:
        if self._call is None:
            return super()._configure_module(module_name, module_args, task_vars)
        loaders = self._shared_loader_obj
        self._shared_loader_obj = _Loaders(loaders, _made_once('thin.py', thin_program))
        try:
            # It has to be the last of the arguments, see thin.py.
            return super()._configure_module(module_name, {**module_args, thin.CALL: self._call}, task_vars)
        finally:
            self._shared_loader_obj = loaders

    def _wanted(self, task_vars: t.Mapping[str, t.Any]) -> bool:
        if C.DEFAULT_KEEP_REMOTE_FILES or self._task.async_val:  # for whoever looks at the archive
            return False
        # The program that Ansible sends around a module sets it.
        if str(C.config.get_config_value('PYTHON_MODULE_RLIMIT_NOFILE', variables=task_vars)) != '0':
            return False
        return boolean(self._templar.template(task_vars.get(SWITCH, True)), strict=False)

    def _by_kept_code(
        self, module_args: dict[str, t.Any] | None, task_vars: dict[str, t.Any]
    ) -> dict[str, t.Any] | None:
        """The answer of the module, None if it has to be sent as a whole."""
        note = os.path.join(run_folder('code'), self._who(task_vars))
        if os.path.exists(note):
            return None
        module = self._task.action.rpartition('.')[2]
        call = {
            'digest': DIGEST,
            'module': (_PACKAGE + 'modules/').replace('/', '.') + module,
        }
        answer = self._call_thin(call, module_args, task_vars)
        state, reason = answer.get(thin.CALL, ('', ''))
        if state == thin.LACKING and not self._task.check_mode:
            display.vv('%s: sends the code to keep (%s)' % (task_vars.get('inventory_hostname'), reason))
            with open(_made_once(DIGEST, sources_to_send), encoding='ascii') as file:
                call['sources'] = file.read()
            if call['sources']:
                answer = self._call_thin(call, module_args, task_vars)
                state, reason = answer.get(thin.CALL, ('', ''))
        if not state:
            return answer
        display.vv('%s: keeps no code (%s)' % (task_vars.get('inventory_hostname'), reason))
        with open(note, 'ab'):
            return None

    def _call_thin(
        self, call: dict[str, str], module_args: dict[str, t.Any] | None, task_vars: dict[str, t.Any]
    ) -> dict[str, t.Any]:
        self._call = call
        try:
            answer: dict[str, t.Any] = super()._execute_module(module_args=module_args, task_vars=task_vars)
            return answer
        finally:
            self._call = None

    def _who(self, task_vars: t.Mapping[str, t.Any]) -> str:
        """Name of the note about a host, for a user and an interpreter of it. Check mode makes no code, so it
        has notes of its own."""
        become = self._connection.become
        facts = (
            str(self._task.delegate_to or task_vars.get('inventory_hostname', '')),
            become and str(become.get_option('become_user', playcontext=self._play_context)),
            str(task_vars.get('ansible_python_interpreter')),
            bool(self._task.check_mode),
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()
