# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module that changes something tells, and how it is confirmed."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..host import commit_confirm
from ..host.commit_confirm import CommitConfirm
from ..host.earlier import Earlier
from ..host.pipeline import Outcome
from ..host.ssh_connection import connection
from ..objects.operation import Change
from .problems import warn_of_missing_library

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
    if count == 1:
        return kind
    return kind + ('es' if kind.endswith('s') else 's')


def result_of(outcome: Outcome, check: bool, scope: str, diff: bool) -> dict[str, t.Any]:
    """What the module returns. With *diff*, differences too, the same in check mode and in a real run."""
    changes = outcome.changes
    summary: dict[str, int] = dict.fromkeys(_DONE.values(), 0)
    for change in changes:
        summary[_DONE[change.action]] += 1
    message = sentence(changes, check)
    if outcome.recovered:
        message += '; completed an earlier run that was interrupted'
    result: dict[str, t.Any] = {'changed': bool(changes), 'msg': message, 'summary': summary, 'changes': []}
    if diff:
        result['diff'] = []
    if changes:
        from .changes import fitting_changes  # not loaded for a run without changes

        all_told = fitting_changes(changes, sentence(changes, False), scope, diff)
        result['changes'] = all_told.entries
        if diff:
            result['diff'] = all_told.differences
        if all_told.rest:
            result['changes_file'] = all_told.rest
    return result


def _scope(module: AnsibleModule) -> str:
    return str(module.params.get('scope') or module.params.get('name') or 'changes')


def earlier_of(module: AnsibleModule) -> tuple[Earlier, ...]:
    """The tasks of the play that have been predicted. They are no part of the invocation that is shown."""
    return tuple(map(Earlier.from_data, module.params.get('predicted') or ()))


def commit_confirm_of(params: t.Mapping[str, t.Any]) -> CommitConfirm:
    return CommitConfirm(params['confirm'], params['confirm_timeout'], connection())


def confirm(module: AnsibleModule) -> t.NoReturn:
    """Confirm a change that waits, or tell how it stands."""
    token = module.params['confirm_token']
    current = connection()
    found = commit_confirm.status(token)
    if found['state'] != 'gone' and current is not None and found['connection'] == list(current):
        module.exit_json(changed=False, state='old connection')
    if module.params['confirm_ask']:
        module.exit_json(changed=False, state=found['state'], problems=found.get('problems', []))
    changes = tuple(
        Change(kind, namespace, name, tuple(before), tuple(after))
        for kind, namespace, name, before, after in commit_confirm.confirm(token)['changes']
    )
    result = result_of(Outcome(changes), False, _scope(module), module._diff)
    module.exit_json(**{**result, 'msg': result['msg'] + ', confirmed', 'confirmed': True})


def finish(module: AnsibleModule, outcome: Outcome, run: Earlier | None, **more: t.Any) -> t.NoReturn:
    """End the module. *run* is what later tasks of the play need to know of it in check mode."""
    for warning in outcome.warnings:
        module.warn(warning)
    if outcome.pending is not None:
        module.exit_json(
            changed=True,
            pending=outcome.pending,
            **more,
            msg='in progress, and undone unless it is confirmed within %d s'
            % module.params['confirm_timeout'],
        )
    for failure in outcome.not_restored:
        module.warn('not restored: %s' % failure)
    if outcome.lacking is not None:
        warn_of_missing_library(module, outcome.lacking)
    for name in outcome.predicted:
        module.warn('%s does not exist yet: earlier tasks of this play would create it' % name)
    if module.params.pop('predicted', None) is not None and outcome.changes and run is not None:
        more['predicted'] = run.as_data()
    result = result_of(outcome, module.check_mode, _scope(module), module._diff)
    module.exit_json(**result, **more)
