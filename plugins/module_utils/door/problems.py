# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module ends that cannot do what it is asked."""

from __future__ import annotations

import contextlib
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.respawn import has_respawned, probe_interpreters_for_module, respawn_module

from ..kernel.codec import MissingLibrary, OldLibrary
from ..values.problems import EngineError, InputError, Problem

_FEW = 10
"""So many problems are told one by one."""
_MOST = 100
"""Of problems that are not alike, so many are told."""
_SYSTEM_PYTHONS = (
    '/usr/bin/python3',
    '/usr/libexec/platform-python',
    '/usr/bin/python3.12',
    '/usr/bin/python3.11',
    '/usr/bin/python3.9',
)


@contextlib.contextmanager
def problems_reported(
    module: AnsibleModule, first: str, reworded: t.Callable[[Problem], Problem] | None = None
) -> t.Iterator[None]:
    """End the module with all problems if the engine raises. *reworded* puts those of the document in the
    module's own words.
    """
    try:
        yield
    except InputError as exc:
        problems = exc.problems if reworded is None else tuple(map(reworded, exc.problems))
        fail(module, list(dict.fromkeys(map(str, problems))), first)
    except EngineError as exc:
        fail(module, exc.texts())
    except MissingLibrary as exc:
        _respawn(module)
        if isinstance(exc, OldLibrary):
            fail(module, [str(exc)])
        module.fail_json(msg=_missing_library(), exception=exc.trace)


def _missing_library() -> str:
    return (
        str(missing_required_lib('pyroute2 (0.7.2 or newer)', url='https://pyroute2.org/'))
        + ' Install it with the role multinet.linux.prepare,'
        ' or with the package python3-pyroute2 of Debian and Ubuntu.'
    )


def warn_of_missing_library(module: AnsibleModule, error: MissingLibrary) -> None:
    """In check mode: an earlier task of the play may bring the library. If another interpreter of the host
    has it, the module runs again under that one.
    """
    _respawn(module)
    module.warn(str(error) if isinstance(error, OldLibrary) else _missing_library())


def fail(module: AnsibleModule, problems: t.Sequence[str], first: str = '', **facts: t.Any) -> t.NoReturn:
    """End the module with all problems, one a line, and *facts* beside them."""
    if len(problems) > _FEW:
        from .folding import folded_texts  # not loaded for a few

        problems = folded_texts(problems)
    more = ['and %d more' % (len(problems) - _MOST)] if len(problems) > _MOST else []
    problems = [*problems[:_MOST], *more]
    lines = [first] if first else []
    module.fail_json(msg='\n'.join([*lines, *problems]), problems=problems, **facts)


def _respawn(module: AnsibleModule) -> None:
    """Run the module again under an interpreter of the host that has pyroute2, if there is one."""
    if has_respawned():
        return
    interpreter = probe_interpreters_for_module(list(_SYSTEM_PYTHONS), 'pyroute2')
    if interpreter:
        respawn_module(interpreter)
