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


def try_it(module: AnsibleModule, case: dict[str, t.Any]) -> None:
    document = {'name': 'kernels', **case['layout']}

    def run(command: str) -> str:
        code, out, err = module.run_command([*SHELL, command])
        if code:
            raise Wrong(
                '%s (%s)'
                % (err.strip().splitlines()[-1] if err.strip() else 'status %d' % code, out.strip()[-300:])
            )
        return out

    def step(name: str, **options: t.Any) -> Outcome:
        try:
            return converge(document, **options)
        except (InputError, EngineError) as error:
            raise Wrong('%s: %s' % (name, '; '.join(map(str, error.problems)))) from error

    def look() -> list[str]:
        return module.run_command(['/bin/sh', '-c', module.params['what_is_there']])[1].splitlines()

    before = look()
    try:
        planned = step('plan', check=True)
        if look() != before:
            raise Wrong('plan: changed something')
        applied = step('apply')
        if not applied.changes:
            raise Wrong('apply: changed nothing')
        if planned.changes != applied.changes:
            raise Wrong(
                'apply: did not do what was planned: %s' % told(set(planned.changes) ^ set(applied.changes))
            )
        again = step('apply again')
        if again.changes:
            raise Wrong('apply again: %s' % told(again.changes))
        for command in case['use']:
            run(command)
        again = step('apply after use')
        if again.changes:
            raise Wrong('apply after use: %s' % told(again.changes))
        step('remove', absent=True)
        if step('remove again', absent=True).changes:
            raise Wrong('remove again: changed something')
        after = look()
        if after != before:
            raise Wrong(
                'remove: left %s'
                % '; '.join(sorted(set(after) - set(before)) or ['less: ', *sorted(set(before) - set(after))])
            )
    except BaseException:
        with contextlib.suppress(Exception):
            converge(document, absent=True)
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
        except Exception:
            results[case['name']] = traceback.format_exc().strip().replace('\n', ' | ')[-800:]
    module.exit_json(changed=True, results=results)


if __name__ == '__main__':
    main()
