#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Try layouts, each from nothing to nothing, all in one module run: a task in an emulated guest is slow.

Each layout is planned, applied, applied again, used and removed. ``results`` has ``passed`` for each by its
name, or what went wrong; either way the previous state is restored, if the engine can.

cases: a list of dictionaries with name, layout, and use, the commands that must succeed while the layout is
applied. what_is_there: a command that prints everything that a layout could change.
"""

from __future__ import annotations

import contextlib
import traceback
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import Outcome, converge
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError, InputError

SHELL = ['/bin/bash', '-exo', 'pipefail', '-c']


class Wrong(Exception):
    """What went wrong."""


def told(changes: t.Iterable[t.Any]) -> str:
    return '; '.join(
        '%s %s %s' % (change.action, change.title, sorted(set(change.before) ^ set(change.after)))
        for change in changes
    )


class Trial:
    """One case on this kernel."""

    def __init__(self, module: AnsibleModule, case: dict[str, t.Any]) -> None:
        self.module = module
        self.document = {'name': 'kernels', **case['layout']}
        self.use = case['use']

    def step(self, name: str, **options: t.Any) -> Outcome:
        try:
            return converge(self.document, **options)
        except (InputError, EngineError) as error:
            raise Wrong('%s: %s' % (name, '; '.join(map(str, error.problems)))) from error

    def look(self) -> list[str]:
        command = self.module.params['what_is_there']
        return self.module.run_command(['/bin/sh', '-c', command])[1].splitlines()

    def plan_and_apply(self, before: list[str]) -> None:
        planned = self.step('plan', check=True)
        if self.look() != before:
            raise Wrong('plan: changed something')
        applied = self.step('apply')
        if not applied.changes:
            raise Wrong('apply: changed nothing')
        if planned.changes != applied.changes:
            difference = set(planned.changes) ^ set(applied.changes)
            raise Wrong('apply: did not do what was planned: %s' % told(difference))

    def apply_again(self, name: str) -> None:
        again = self.step(name)
        if again.changes:
            raise Wrong('%s: %s' % (name, told(again.changes)))

    def run(self, command: str) -> None:
        code, out, err = self.module.run_command([*SHELL, command])
        if code:
            lines = err.strip().splitlines() or ['status %d' % code]
            raise Wrong('%s (%s)' % (lines[-1], out.strip()[-300:]))

    def remove(self, before: list[str]) -> None:
        self.step('remove', absent=True)
        if self.step('remove again', absent=True).changes:
            raise Wrong('remove again: changed something')
        after = self.look()
        if after != before:
            missing, more = sorted(set(before) - set(after)), sorted(set(after) - set(before))
            raise Wrong('remove: left %s' % '; '.join(more or ['less: ', *missing]))


def try_it(module: AnsibleModule, case: dict[str, t.Any]) -> None:
    trial = Trial(module, case)
    before = trial.look()
    try:
        trial.plan_and_apply(before)
        trial.apply_again('apply again')
        for command in trial.use:
            trial.run(command)
        trial.apply_again('apply after use')
        trial.remove(before)
    except BaseException:
        with contextlib.suppress(Exception):
            converge(trial.document, absent=True)
        raise


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            'cases': {'type': 'list', 'elements': 'dict', 'required': True},
            'what_is_there': {'type': 'str', 'required': True},
        }
    )
    results = {}
    for case in module.params['cases']:
        try:
            try_it(module, case)
            results[case['name']] = 'passed'
        except Wrong as wrong:
            results[case['name']] = str(wrong)
        except Exception:  # the other cases go on, and verify.yml shows it
            results[case['name']] = traceback.format_exc().strip().replace('\n', ' | ')[-800:]
    module.exit_json(changed=True, results=results)


if __name__ == '__main__':
    main()
