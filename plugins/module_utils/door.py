# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the engine: the only file here that knows AnsibleModule."""
from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.respawn import has_respawned, probe_interpreters_for_module, respawn_module

from .engine.ops import Change
from .engine.planner import Policy
from .engine.state import EngineError
from .host import bundle, guard, keep, listener_audit, listeners, reachability
from .host.guard import Guard
from .host.path import connection
from .host.pipeline import Outcome, converge, describe
from .kernel.encode import MissingLibrary, OldLibrary
from .model.names import HOST_WORD
from .model.reading import InputError

POLICY_SPEC: dict[str, t.Any] = {
    'adopt': {'type': 'bool', 'default': False},
    'overlap': {'type': 'bool', 'default': False},
}
REMOVAL_SPEC: dict[str, t.Any] = {'force': {'type': 'bool', 'default': False}, 'max_delete': {'type': 'int'}}
CONFIRM_SPEC: dict[str, t.Any] = {
    'confirm': {'type': 'str', 'choices': ['auto', 'always', 'never'], 'default': 'auto'},
    'confirm_timeout': {'type': 'int', 'default': 60},
    'confirm_token': {'type': 'str', 'no_log': False},
    'confirm_ask': {'type': 'bool', 'default': False},
}
DOOR_SPEC: dict[str, t.Any] = {
    'scope': {'type': 'str', 'default': 'adhoc'},
    'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
    'adopt': POLICY_SPEC['adopt'],
}
LISTENERS_SPEC: dict[str, t.Any] = {
    'scope': {'type': 'str', 'default': 'listeners'},
    'listeners': {'type': 'list', 'elements': 'dict'},
    'internal': {'type': 'list', 'elements': 'str'},
    'external': {'type': 'list', 'elements': 'str'},
    'firewall': {'type': 'bool', 'default': True},
    'external_address': {'type': 'str'},
    'external_port': {'type': 'int'},
    'external_tls_port': {'type': 'int'},
    'default_outbound': {'type': 'dict'},
    'properties': {'type': 'dict'},
    'destinations': {'type': 'list', 'elements': 'str'},
    'wait_dad': {'type': 'int', 'default': 5},
}
REACHABILITY_SPEC: dict[str, t.Any] = {
    'probes': {'type': 'list', 'elements': 'dict'},
    'timeout': {'type': 'float', 'default': 2},
    'tries': {'type': 'int', 'default': 2},
    'separate': {'type': 'list', 'elements': 'str'},
    'overlap': {'type': 'bool', 'default': True},
    'crossings': {'type': 'dict'},
}
OVERLAP_SPEC: dict[str, t.Any] = {'overlap': POLICY_SPEC['overlap']}
END_SPEC: dict[str, t.Any] = {
    'addresses': {'type': 'list', 'elements': 'raw'},
    'mtu': {'type': 'int'},
    'mac': {'type': 'str'},
    'master': {'type': 'str'},
    'port': {'type': 'dict', 'options': {
        **{key: {'type': 'bool'} for key in ('isolated', 'hairpin', 'learning')},
        **{key: {'type': 'int'} for key in ('cost', 'priority')},
    }},
    'link_local': {'type': 'bool', 'default': False},
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
    if kind == 'nftables':
        return 'nftables table' if count == 1 else 'nftables tables'
    return kind if count == 1 else kind + ('es' if kind.endswith('s') else 's')


def result_of(outcome: Outcome, check: bool) -> dict[str, t.Any]:
    changes = outcome.changes
    summary: dict[str, int] = dict.fromkeys(_DONE.values(), 0)
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


def run(module: AnsibleModule, document: dict[str, t.Any], absent: bool) -> t.NoReturn:
    """Converge the host to the *document* of a whole scope, or remove the scope, and end the module."""
    params = module.params
    policy = Policy(adopt=params['adopt'], overlap=params['overlap'], force=params['force'], max_delete=params['max_delete'])
    with _faults_told(module, 'the document is wrong, nothing was changed'):
        if params['confirm_token']:
            _confirm(module)
        keeper = _Keeper(document, {key: params[key] for key in POLICY_SPEC}, params['keep'] and not absent)
        outcome = converge(document, check=module.check_mode, absent=absent, policy=policy, finish=keeper.finish, guard=_guard(params))
        if module.check_mode:
            outcome = dataclasses.replace(outcome, changes=(*outcome.changes, *keeper.predicted()))
        _finish(module, outcome)


class _Keeper:
    """What is kept for the next boot, along with a change."""

    def __init__(self, document: dict[str, t.Any], policy: dict[str, t.Any], wanted: bool) -> None:
        self.document, self.policy = document, policy
        self.scope = str(document['name'])
        self.wanted = wanted and keep.available()
        # Made now: the archive that Ansible sent is gone when a change is confirmed later.
        self._engine = bundle.build() if self.wanted and keep.differs(document, policy) else b''

    def predicted(self) -> tuple[Change, ...]:
        before = keep.summary(self.scope)
        after = keep.summary_of(self.document, self.policy) if self.wanted else ()
        return () if before == after else (Change('document', '', self.scope, before, after),)

    def finish(self) -> tuple[Change, ...]:
        changes = self.predicted()
        if self.wanted:
            keep.save(self.document, self.policy, lambda: self._engine)
        else:
            keep.forget(self.scope)
        return changes


def _guard(params: t.Mapping[str, t.Any]) -> Guard:
    return Guard(params['confirm'], params['confirm_timeout'], connection())


def _confirm(module: AnsibleModule) -> t.NoReturn:
    """Confirm a change that waits, or tell how it stands."""
    token = module.params['confirm_token']
    way = connection()
    found = guard.standing(token)
    if found['state'] != 'gone' and way is not None and found['way'] == list(way):
        module.exit_json(changed=False, state='old connection')
    if module.params['confirm_ask']:
        module.exit_json(changed=False, state=found['state'], problems=found.get('problems', []))
    changes = tuple(Change(kind, namespace, name, tuple(before), tuple(after))
                    for kind, namespace, name, before, after in guard.confirm(token)['changes'])
    result = result_of(Outcome(changes), False)
    module.exit_json(**{**result, 'msg': result['msg'] + ', confirmed', 'confirmed': True})


def run_door(module: AnsibleModule, namespace: str, contents: dict[str, t.Any], words: t.Mapping[str, str],
             others: t.Mapping[str, str | None] | None = None, tables: bool = False) -> t.NoReturn:
    """Add *contents* of one namespace to the scope, or with state absent take them from it, and end the module.

    *contents* has the keys that a layout has for a namespace, among them ``create`` where the namespace itself is meant;
    *others* are the namespaces that it speaks of, by option. *words* are paths of a layout inside the namespace and what
    they are called here. With *tables* all of the scope's iptables rules in the namespace are in *contents*.
    """
    params = module.params
    absent = params['state'] == 'absent'
    document: dict[str, t.Any] = {'name': params['scope'], 'namespaces': []}
    spelled = {'name': 'scope'}
    inside = ''
    if namespace == HOST_WORD and 'create' not in contents:
        document.update(contents)
    else:
        inside = 'namespaces[0].'
        spelled['namespaces[0].name'] = 'namespace'
        document['namespaces'].append({'name': namespace, 'create': False, **contents})
    known = {namespace, HOST_WORD, None}
    for option, other in (others or {}).items():
        if other not in known:
            spelled['namespaces[%d].name' % len(document['namespaces'])] = option
            document['namespaces'].append({'name': other, 'create': False})
            known.add(other)
    spelled.update({inside + path: word for path, word in words.items()})
    policy = Policy(adopt=bool(params.get('adopt')), overlap=bool(params.get('overlap')), prune=False, named=absent and not tables,
                    force=bool(params.get('force')), tables=('' if namespace == HOST_WORD else namespace) if tables else None)
    if absent and tables:
        document = {'name': params['scope']}
    with _faults_told(module, 'nothing was changed', lambda problem: _in_words(problem, inside, spelled)):
        if params['confirm_token']:
            _confirm(module)
        _finish(module, converge(document, check=module.check_mode, policy=policy, guard=_guard(params)))


def run_info(module: AnsibleModule) -> t.NoReturn:
    """Tell what is there as a document, and end the module."""
    params = module.params
    with _faults_told(module, 'nothing was looked at'):
        layout, left_out = describe(params['namespaces'], params['scope'] or '', params['iptables'], params['nftables'])
        module.exit_json(changed=False, layout=layout, left_out=left_out)


def run_listeners(module: AnsibleModule) -> t.NoReturn:
    """Bring the host to what a set of listeners asks of it, and end the module."""
    params = module.params
    data = {key: params[key] for key in LISTENERS_SPEC}
    with _faults_told(module, 'the set cannot be as it is declared, nothing was changed'):
        if params['confirm_token']:
            _confirm(module)
        found = listeners.bind(data, check=module.check_mode, absent=params['state'] == 'absent', adopt=params['adopt'],
                               units=params['units'], file=params['file'] or '', guard=_guard(params), keeper=lambda layout: _Keeper(
                                   layout, {'adopt': params['adopt'], 'overlap': False}, params['keep'] and len(layout) > 1))
        for warning in found.warnings:
            module.warn(warning)
        _finish(module, found.outcome, **listeners.lists(found), default_outbound=found.outbound, sources=found.sources,
                restart_required=bool(found.restart), restart=found.restart, units=found.units)


def run_listener_info(module: AnsibleModule) -> t.NoReturn:
    """Tell what waits where, held against what is declared, and end the module."""
    params = module.params
    data = {key: params[key] for key in LISTENERS_SPEC} if params['listeners'] is not None else None
    with _faults_told(module, 'nothing was looked at'):
        found = listener_audit.audit(params['namespaces'], data)
        module.exit_json(changed=False, listeners=found.listeners, summary=found.summary(), findings=found.findings)


def run_reachability(module: AnsibleModule) -> t.NoReturn:
    """Probe what is reached and what leaks, and end the module."""
    with _faults_told(module, 'nothing was sent'):
        found = reachability.check({key: module.params[key] for key in REACHABILITY_SPEC})
        facts = {'probes': [result.data() for result in found.results], 'leaks': [leak._asdict() for leak in found.leaks]}
        if found.problems:
            fail(module, found.problems, found.sentence(), **facts)
        module.exit_json(changed=False, msg='all is as wanted', **facts)


def _in_words(problem: str, inside: str, words: t.Mapping[str, str]) -> str:
    """A fault of a document that was put together here, with its path in the words of the module's options."""
    path, separator, rest = problem.partition(': ')
    for known in sorted(words, key=len, reverse=True):
        if path == known or path.startswith((known + '.', known + '[')):
            return ((words[known] + path[len(known):]).lstrip('.') or 'name') + separator + rest
    return (path[len(inside):] if path.startswith(inside) else path) + separator + rest


def _finish(module: AnsibleModule, outcome: Outcome, **more: t.Any) -> t.NoReturn:
    if outcome.pending is not None:
        module.exit_json(changed=True, pending=outcome.pending, **more,
                         msg='on its way, and taken back unless it is confirmed within %d s' % module.params['confirm_timeout'])
    module.exit_json(**result_of(outcome, module.check_mode), **more)


@contextlib.contextmanager
def _faults_told(module: AnsibleModule, first: str, words: t.Callable[[str], str] = str) -> t.Iterator[None]:
    """Whatever the engine raises ends the module with all faults; those of the document as *words* puts them."""
    try:
        yield
    except InputError as exc:
        fail(module, list(dict.fromkeys(words(problem) for problem in exc.problems)), first)
    except EngineError as exc:
        fail(module, exc.problems)
    except MissingLibrary as exc:
        _respawn(module)
        if isinstance(exc, OldLibrary):
            fail(module, [str(exc)])
        module.fail_json(msg=missing_required_lib('pyroute2 (0.7.2 or newer)', url='https://pyroute2.org/')
                         + ' The role multinet.linux.prepare brings it, as does the package python3-pyroute2 of Debian and Ubuntu.', exception=exc.trace)


def fail(module: AnsibleModule, problems: t.Sequence[str], first: str = '', **facts: t.Any) -> t.NoReturn:
    """End the module with all problems, one a line, and *facts* beside them."""
    lines = ([first] if first else []) + list(problems)
    module.fail_json(msg='\n'.join(lines), problems=list(problems), **facts)


def _respawn(module: AnsibleModule) -> None:
    """Run the module again under an interpreter of the host that has pyroute2, if there is one."""
    if has_respawned():
        return
    interpreter = probe_interpreters_for_module(list(_SYSTEM_PYTHONS), 'pyroute2')
    if interpreter:
        respawn_module(interpreter)
