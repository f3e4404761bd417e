# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the engine: the only file here that knows AnsibleModule."""
from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.respawn import has_respawned, probe_interpreters_for_module, respawn_module

from .engine.ops import Change
from .engine.planner import Policy
from .engine.state import EngineError
from .host.pipeline import Outcome, converge
from .kernel.encode import MissingLibrary
from .model.reading import InputError

POLICY_SPEC: dict[str, t.Any] = {
    'adopt': {'type': 'bool', 'default': False},
    'overlap': {'type': 'bool', 'default': False},
}
DOOR_SPEC: dict[str, t.Any] = {
    'scope': {'type': 'str', 'default': 'adhoc'},
    'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
    **POLICY_SPEC,
}
_SYSTEM_PYTHONS = ('/usr/bin/python3', '/usr/libexec/platform-python', '/usr/bin/python3.12', '/usr/bin/python3.11', '/usr/bin/python3.9')


def diff_of(changes: t.Iterable[Change]) -> list[dict[str, str]]:
    """One small text difference per object."""
    return [{
        'before_header': change.title, 'after_header': change.title,
        'before': ''.join(line + '\n' for line in change.before), 'after': ''.join(line + '\n' for line in change.after),
    } for change in changes]


_DONE = {'create': 'created', 'change': 'changed', 'delete': 'removed'}


def sentence(changes: t.Sequence[Change], check: bool) -> str:
    """What was done, in words: ``2 namespaces and 4 links created, 1 route changed``."""
    if not changes:
        return 'nothing to do, the host is as declared'
    groups = []
    for action, word in _DONE.items():
        counts: dict[str, int] = {}
        for change in changes:
            if change.action == action:
                counts[change.kind] = counts.get(change.kind, 0) + 1
        if counts:
            parts = ['%d %s' % (count, _plural(kind, count)) for kind, count in counts.items()]
            listed = ', '.join(parts[:-1]) + ' and ' + parts[-1] if len(parts) > 1 else parts[0]
            groups.append('%s %s%s' % (listed, 'would be ' if check else '', word))
    return ', '.join(groups)


def _plural(kind: str, count: int) -> str:
    if kind == 'iptables':
        return 'iptables chain' if count == 1 else 'iptables chains'
    return kind if count == 1 else kind + ('es' if kind.endswith('s') else 's')


def result_of(outcome: Outcome, check: bool) -> dict[str, t.Any]:
    changes = outcome.changes
    summary: dict[str, int] = {word: 0 for word in _DONE.values()}
    for change in changes:
        summary[_DONE[change.action]] += 1
    message = sentence(changes, check)
    if outcome.recovered:
        message += '; an earlier run had not ended, its work was finished'
    return {
        'changed': bool(changes), 'msg': message, 'summary': summary, 'diff': diff_of(changes),
        'changes': [{'action': change.action, 'kind': change.kind, 'name': change.title, 'before': list(change.before),
                     'after': list(change.after)} for change in changes],
    }


def run(module: AnsibleModule, document: dict[str, t.Any], **options: t.Any) -> t.NoReturn:
    """Converge the host to *document* and end the module. *options* are those of converge."""
    policy = Policy(adopt=bool(module.params.get('adopt')), overlap=bool(module.params.get('overlap')),
                    prune=options.pop('prune', True), named=options.pop('named', False))
    try:
        outcome = converge(document, check=module.check_mode, policy=policy, **options)
    except InputError as exc:
        fail(module, exc.problems, 'the document is wrong, nothing was changed')
    except EngineError as exc:
        fail(module, exc.problems)
    except MissingLibrary as exc:
        _respawn(module)
        module.fail_json(msg=missing_required_lib('pyroute2 (0.7.2 or newer)', url='https://pyroute2.org/')
                         + ' On Debian and Ubuntu the package python3-pyroute2 brings it.', exception=exc.trace)
    module.exit_json(**result_of(outcome, module.check_mode))


def fail(module: AnsibleModule, problems: t.Sequence[str], first: str = '') -> t.NoReturn:
    """End the module with all problems, one a line."""
    lines = ([first] if first else []) + list(problems)
    module.fail_json(msg='\n'.join(lines), problems=list(problems))


def _respawn(module: AnsibleModule) -> None:
    """Run the module again under an interpreter of the host that has pyroute2, if there is one."""
    if has_respawned():
        return
    interpreter = probe_interpreters_for_module(list(_SYSTEM_PYTHONS), 'pyroute2')
    if interpreter:
        respawn_module(interpreter)
