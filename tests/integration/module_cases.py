# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every module for a single object: predicted, done, and not done again; or refused by
name."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.multinet.linux.tests.integration.module_calls import CLEAN, call_all
from ansible_collections.multinet.linux.tests.integration.return_docs import differences

# A command for the shell, or a module and its arguments.
Action = t.Union[str, tuple[str, dict[str, t.Any]]]
# Names and steps: see module_calls.py for the latter.
Steps = list[tuple[str, t.Any]]

BLUE = ('netns', {'name': 'blue'})
RED = ('netns', {'name': 'red'})
WIRE = (
    'veth',
    {
        'namespace': 'blue',
        'name': 'eth0',
        'addresses': ['10.0.0.2/24', 'fd00::2/64'],
        'peer': {'name': 'blue0', 'addresses': ['10.0.0.1/24', 'fd00::1/64']},
    },
)
ROUTES = 'ip -n blue route show table all proto 117'
ROUTES6 = 'ip -6 -n blue route show table all proto 117'
NO_BLUE = 'namespace blue: does not exist; make it first, or let a layout make it'
FILES = 'find /run/multinet -type f -printf "%p %T@ %s\\n" 2>&-; true'
# Without what the kernel changes by itself a moment later: carriers, and link-local addresses.
LOOK = (
    "ip -o link | sed 's/,LOWER_UP//; s/NO-CARRIER,//; s/,M-DOWN//; s/ state [A-Z]*//';"
    " ip -o addr | grep -v ' fe80:' | sed 's/ tentative//'; ip rule;"
    " ip route show table all | grep -v 'fe80:\\|ff00:' | sed 's/ linkdown//'; ip netns;"
    ' iptables-save | grep -v ^#; nft list ruleset'
)


class Case(t.NamedTuple):
    """An object that is made and removed by one module.

    ``before`` comes first. ``look`` is a command that shows the object and ``present`` texts that it has to
    print then; ``absent`` are texts that it prints no more afterwards (by default those of ``present``).
    ``gone`` are arguments for the removal.
    """

    id: str
    module: str
    args: dict[str, t.Any]
    look: str
    present: tuple[str, ...]
    gone: dict[str, t.Any] | None
    before: tuple[Action, ...] = ()
    absent: tuple[str, ...] = ()
    summary: dict[str, int] | None = None

    def runs(self) -> list[tuple[str, dict[str, t.Any]]]:
        """What its results are named by, and arguments, of the runs that make it and remove it."""
        removal = [] if self.gone is None else [('gone ', {**self.gone, 'state': 'absent'})]
        return [('', self.args), *removal]


class Wrong(t.NamedTuple):
    """Arguments that a module refuses with each of some messages, having changed nothing.

    Without *check_mode* only the kernel can tell, and so check mode cannot.
    """

    id: str
    module: str
    args: dict[str, t.Any]
    messages: tuple[str, ...]
    before: tuple[Action, ...] = ()
    check_mode: bool = True


def ids(member: Case | Wrong) -> str:
    return member.id


def step(action: Action, check: bool = False) -> t.Any:
    return action if isinstance(action, str) else [*action, check]


def before_steps(name: str, actions: t.Iterable[Action]) -> Steps:
    return [('%s: before %d' % (name, number), step(action)) for number, action in enumerate(actions)]


def steps_of(case: Case) -> Steps:
    steps = before_steps(case.id, case.before)
    for word, args in case.runs():
        action = (case.module, args)
        for beat, what in (
            ('check', step(action, True)),
            ('do', step(action)),
            ('look', case.look + '; true'),
            ('state', FILES),
            ('check again', step(action, True)),
            ('again', step(action)),
            ('state again', FILES),
        ):
            steps.append(('%s: %s%s' % (case.id, word, beat), what))
    return [*steps, ('clean', CLEAN)]


def steps_of_wrong(wrong: Wrong) -> Steps:
    name, action = 'wrong ' + wrong.id, (wrong.module, wrong.args)
    steps = before_steps(name, wrong.before)
    for beat, what in (
        ('state', LOOK),
        ('check', step(action, True)),
        ('do', step(action)),
        ('state again', LOOK),
    ):
        steps.append(('%s: %s' % (name, beat), what))
    return [*steps, ('clean', CLEAN)]


class Results:
    """The results of steps by their names. All are carried out in one world, when the first of them is asked
    for."""

    def __init__(
        self, cases: t.Iterable[Case] = (), wrong: t.Iterable[Wrong] = (), steps: Steps = ()
    ) -> None:
        self.steps = list(steps)
        for case in cases:
            self.steps += steps_of(case)
        for member in wrong:
            self.steps += steps_of_wrong(member)
        self._results: dict[str, dict[str, t.Any]] = {}

    def __getitem__(self, name: str) -> dict[str, t.Any]:
        if not self._results:
            answers = call_all([action for _name, action in self.steps])
            self._results = {name: answer for (name, _action), answer in zip(self.steps, answers)}
        return self._results[name]

    def check_before(self, name: str, actions: t.Iterable[Action]) -> None:
        for number, action in enumerate(actions):
            result = self['%s: before %d' % (name, number)]
            assert not result.get('failed'), (action, result)


def check_case(case: Case, results: Results) -> None:
    results.check_before(case.id, case.before)
    for word, _args in case.runs():
        start = '%s: %s' % (case.id, word)
        runs = [results[start + beat] for beat in ('check', 'do', 'check again', 'again')]
        _check_runs(word, *runs)
        for run in runs:
            assert differences(case.module, run) == [], run
        states = [results[start + beat]['stdout'] for beat in ('state', 'state again')]
        assert states[0] == states[1], 'a file was written again'
    if case.summary is not None:
        assert results['%s: do' % case.id]['summary'] == case.summary
    shown = ' '.join(results['%s: look' % case.id]['stdout'].replace('\\', ' ').split())
    for text in case.present:
        assert ' '.join(text.split()) in shown, (text, shown)
    if case.gone is not None:
        shown = results['%s: gone look' % case.id]['stdout']
        for text in case.absent or case.present:
            assert text not in shown, (text, shown)


def _check_runs(word: str, check: t.Any, done: t.Any, check_again: t.Any, again: t.Any) -> None:
    runs = (check, done, check_again, again)
    for result in runs:
        assert not result.get('failed'), (word, result)
    assert [result['changed'] for result in runs] == [True, True, False, False], (word, done, again)
    assert check['diff'] == done['diff'] and done['diff'], word
    assert check['changes'] == done['changes'] and check['summary'] == done['summary']
    assert again['msg'] == 'nothing to do, the host is as declared'
    assert again['diff'] == [] and again['changes'] == []


def check_wrong(wrong: Wrong, results: Results) -> None:
    name = 'wrong ' + wrong.id
    results.check_before(name, wrong.before)
    for beat in ('check', 'do') if wrong.check_mode else ('do',):
        result = results['%s: %s' % (name, beat)]
        assert result.get('failed') and not result.get('changed'), result
        assert 'Traceback' not in json.dumps(result), result
        for message in wrong.messages:
            assert message in result['msg'], (message, result['msg'])
        text = '|'.join(wrong.messages)
        if ' are missing: ' not in text and 'must be one of' not in text:
            assert len(result['problems']) >= len(wrong.messages), result
            assert differences(wrong.module, result) == [], result
    assert results[name + ': state']['stdout'] == results[name + ': state again']['stdout']
