# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What layouts did on many hosts: a page for people, and a few values for the next step of a workflow."""

from __future__ import annotations

import typing as t

_SHOWN = 8  # hosts of a group that are named
_LINES = 20  # of the page, in the artifact
_LETTERS = 120  # of such a line
_NOT_REACHED = 'failed, or was not reached; see above'
_PENDING = 'pending: its turn did not come'
_NOTHING = 'declares nothing'
# How it went on a host, each in words.
_STATES = {
    'planned': 'to be changed',
    'changed': 'changed and verified',
    'unchanged': 'as declared',
    'unproven': 'applied but not proven',
    'failed': 'failed',
    'unreached': 'not reached',
    'pending': 'pending',
}
_BAD = ('unproven', 'failed', 'unreached', 'pending')


class HostReport(t.NamedTuple):
    """What a host told. ``lines`` has one for each layout; None if the host told nothing. ``state`` is how
    far it came: `planned`, `applied`, or `done`, which is applied, verified and checked.
    """

    lines: tuple[str, ...] | None
    changed: bool = False
    failed: bool = False
    state: str = 'done'


def report_of(outcome: t.Any) -> HostReport:
    """From what a loop of the module layout has registered, or what the playbooks have noted of it."""
    outcome = outcome or {}
    if 'lines' in outcome:
        lines = tuple(line.replace('\n', '; ') for line in outcome['lines']) or (_NOTHING,)
        return HostReport(lines, bool(outcome['changed']), bool(outcome['failed']), str(outcome['state']))
    results = outcome.get('results')
    if results is None:
        return HostReport(None)
    lines = tuple(map(_line, results)) or (_NOTHING,)
    failed = bool(outcome.get('failed')) or any(result.get('failed') for result in results)
    changed = any(result.get('changed') for result in results)
    return HostReport(lines, changed, failed)


def _line(result: t.Mapping[str, t.Any]) -> str:
    message = str(result.get('msg', '')).replace('\n', '; ')
    return '%s: %s' % (result['item']['name'], message)


def page(outcomes: t.Mapping[str, t.Any], pending: t.Collection[str] = ()) -> list[str]:
    """What happened, or would, on all hosts: those of which the same is told are told of once. Of the hosts
    in *pending* none has told anything, because their turn did not come.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for host, outcome in outcomes.items():
        silent = _PENDING if host in pending else _NOT_REACHED
        lines = report_of(outcome).lines or (silent,)
        groups.setdefault(lines, []).append(host)
    told = []
    for lines, hosts in sorted(groups.items(), key=lambda group: -len(group[1])):
        told.append('%d %s (%s)' % (len(hosts), _hosts(len(hosts)), some_of(hosts)))
        told += ['  ' + line for line in lines]
    return told


def _hosts(count: int) -> str:
    return 'host' if count == 1 else 'hosts'


def some_of(hosts: t.Sequence[str]) -> str:
    """The first of many hosts, and how many more there are."""
    more = ' and %d more' % (len(hosts) - _SHOWN) if len(hosts) > _SHOWN else ''
    return ', '.join(hosts[:_SHOWN]) + more


def artifact(outcomes: t.Mapping[str, t.Any], pending: t.Collection[str]) -> dict[str, t.Any]:
    """A few values, at most 4 kB of JSON. For each state of a host: how many there are, and the first
    names."""
    states: dict[str, list[str]] = {state: [] for state in _STATES}
    for host, outcome in outcomes.items():
        states[_state(report_of(outcome), host in pending)].append(host)
    parts = ['%d %s' % (len(hosts), _STATES[state]) for state, hosts in states.items() if hosts]
    lines = page(outcomes, pending)
    told = [line if len(line) <= _LETTERS else line[: _LETTERS - 3] + '...' for line in lines[:_LINES]]
    if len(lines) > _LINES:
        told.append('and %d lines more, in the output of the job' % (len(lines) - _LINES))
    named = {state: {'count': len(hosts), 'hosts': _named(hosts)} for state, hosts in states.items()}
    bad = [state for state in _BAD if states[state]]
    return {'ok': not bad, 'summary': ', '.join(parts) or 'no hosts', **named, 'page': told}


def _named(names: t.Sequence[str]) -> list[str]:
    return [name[:_LETTERS] for name in names[:_SHOWN]]


def _state(told: HostReport, pending: bool) -> str:
    if told.lines is None:
        return 'pending' if pending else 'unreached'
    if told.failed:
        return 'failed'
    if told.state == 'applied':
        return 'unproven'
    if told.changed:
        return 'planned' if told.state == 'planned' else 'changed'
    return 'unchanged'


__all__ = ['artifact', 'page', 'some_of', 'report_of']
