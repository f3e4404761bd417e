# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Layouts as a whole and the modules for single objects."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..host import boot as keep
from ..host import bundle
from ..host.earlier import Earlier
from ..host.lifetime import LONGEST, Lifetime
from ..host.pipeline import converge
from ..kernel.names import HostNames
from ..objects.document.numbers import with_numbers
from ..objects.draft import Mode, Policy
from ..objects.operation import Change
from ..values.names import HOST, HOST_WORD
from ..values.problems import InputError, Problem
from .problems import problems_reported
from .results import commit_confirm_of, confirm, earlier_of, finish

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
    'predicted': {'type': 'list', 'elements': 'dict', 'no_log': False},
}
DOOR_SPEC: dict[str, t.Any] = {
    'scope': {'type': 'str', 'default': 'adhoc'},
    'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
    'adopt': POLICY_SPEC['adopt'],
}
OVERLAP_SPEC: dict[str, t.Any] = {'overlap': POLICY_SPEC['overlap']}


def run(module: AnsibleModule, document: dict[str, t.Any], absent: bool) -> t.NoReturn:
    """Converge the host to the *document* of a whole scope, or remove the scope, and end the module."""
    params = module.params
    policy = Policy(
        adopt=params['adopt'],
        overlap=params['overlap'],
        force=params['force'],
        max_delete=params['max_delete'],
    )
    with problems_reported(module, 'the document is invalid; nothing was changed'):
        if params['confirm_token']:
            confirm(module)
        lifetime = _lifetime_of(module, document, absent)
        wanted = params['keep'] and not absent and params['lifetime'] is None
        keeper = DocumentKeeper(document, {key: params[key] for key in POLICY_SPEC}, wanted)

        def keep_all() -> tuple[Change, ...]:
            lifetime.kept()
            return keeper.finish()

        outcome = converge(
            document,
            check=module.check_mode,
            absent=absent,
            policy=policy,
            lifetime=lifetime,
            finish=keep_all,
            commit_confirm=commit_confirm_of(params),
            earlier=earlier_of(module),
        )
        if module.check_mode:
            outcome = outcome._replace(changes=(*outcome.changes, *keeper.predicted()))
        finish(module, outcome, Earlier(document, absent, policy))


def _lifetime_of(module: AnsibleModule, document: dict[str, t.Any], absent: bool) -> Lifetime:
    """The lifetime of the scope, begun if there is one. Raises InputError."""
    seconds = module.params['lifetime']
    if seconds is not None and not 0 < seconds <= LONGEST:
        want = '1 to %d seconds' % LONGEST
        raise InputError(Problem('lifetime', 'is out of range', str(seconds), want))
    lifetime = Lifetime(document, None if absent else seconds)
    if not module.check_mode:
        lifetime.start()
    return lifetime


class DocumentKeeper:
    """What is kept for the next boot, along with a change."""

    def __init__(self, document: dict[str, t.Any], policy: dict[str, t.Any], wanted: bool) -> None:
        self.document, self.policy = with_numbers(document, HostNames()), policy
        self.scope = str(document['name'])
        self.wanted = wanted and keep.available()
        # Made now: the archive that Ansible sent is gone when a change is confirmed later.
        self._engine = bundle.build() if self.wanted and keep.differs(self.document, policy) else b''

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


def run_door(
    module: AnsibleModule,
    namespace: str,
    contents: dict[str, t.Any],
    words: t.Mapping[str, str],
    others: t.Mapping[str, str | None] | None = None,
    tables: bool = False,
) -> t.NoReturn:
    """Add *contents* of one namespace to the scope, or remove them with state absent, and end the module.

    *contents* has the keys that a layout has for a namespace, including ``create`` if the namespace itself is
    meant. *others* are the namespaces that it refers to, by option. *words* maps paths of a layout inside the
    namespace to the options of this module. With *tables*, *contents* has all iptables rules that the scope
    has in the namespace.
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
    tables_in = HOST if namespace == HOST_WORD else namespace
    policy = Policy(
        adopt=bool(params.get('adopt')),
        overlap=bool(params.get('overlap')),
        mode=Mode.REMOVE if absent and not tables else Mode.ADD,
        force=bool(params.get('force')),
        whole_tables_of=tables_in if tables else None,
    )
    if absent and tables:
        document = {'name': params['scope']}
    with problems_reported(
        module, 'nothing was changed', lambda problem: _reworded(problem, inside, spelled)
    ):
        if params['confirm_token']:
            confirm(module)
        outcome = converge(
            document,
            check=module.check_mode,
            policy=policy,
            commit_confirm=commit_confirm_of(params),
            earlier=earlier_of(module),
        )
        finish(module, outcome, Earlier(document, policy=policy))


def _reworded(problem: Problem, inside: str, options: t.Mapping[str, str]) -> Problem:
    """A problem of the document that this module made, placed at the option that it is about."""
    path = problem.path
    for known in sorted(options, key=len, reverse=True):
        if path == known or path.startswith((known + '.', known + '[')):
            return problem.at((options[known] + path[len(known) :]).lstrip('.') or 'name')
    return problem.at(path[len(inside) :]) if path.startswith(inside) else problem
