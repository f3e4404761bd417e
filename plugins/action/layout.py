# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of a safe change: come back over a new connection and confirm, or tell what happened.

The module only starts the change: a process on the host carries it out when the module has answered. Nothing
here is needed for the host to get back: when no confirmation comes, it undoes the change by itself.
"""

from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.utils.display import Display
from ansible_collections.multinet.linux.plugins.plugin_utils.kept_code import KeptCode
from ansible_collections.multinet.linux.plugins.plugin_utils.predicted import Predicted

display = Display()

_PAUSE = 0.5
_GRACE = 60.0  # how long to look for a host that has taken the change back
# First on the command line of ssh, where the first of a kind counts: a connection of its own, which notices
# that it is dead.
_SSH = (
    '-o ControlMaster=no -o ControlPath=none -o ConnectTimeout=4'
    ' -o ServerAliveInterval=2 -o ServerAliveCountMax=2 '
)
_ENDS = {
    'undone': 'the host undid everything and is as it was before',
    'lost': (
        'the process that carried it out on the host was killed;'
        ' run the task again, which finishes or undoes what it did'
    ),
    'gone': (
        'the host no longer knows of the change:'
        ' it was rebooted to its last confirmed layout, or it undid everything'
    ),
}


class ActionModule(KeptCode):
    """Runs the module of the task, and confirms what it leaves waiting."""

    _requires_connection = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        answer = self._first_answer(task_vars)
        waiting = answer.pop('pending', None)
        if not waiting:
            return answer
        display.vv(
            '%s: the change may cut this connection; confirming it over a new one'
            % (task_vars or {}).get('inventory_hostname')
        )
        before = self._separate()
        try:
            end = self._confirmed(waiting, task_vars)
            # What the module told beside the change holds once that is confirmed.
            return end if end.get('failed') else {**answer, **end}
        finally:
            if before is not None:
                self._connection.set_option('ssh_args', before)
            self._connection.reset()

    def _first_answer(self, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """What the module answers. In check mode it knows of the tasks before, and the tasks after of it."""
        record = Predicted.of(self._task, task_vars or {})
        answer: dict[str, t.Any]
        if record is None:
            answer = self._execute_module(task_vars=task_vars)
            return answer
        arguments = {**self._task.args, 'predicted': record.entries()}
        answer = self._execute_module(module_args=arguments, task_vars=task_vars)
        entry = answer.pop('predicted', None)
        if entry and not answer.get('failed'):
            record.add(entry)
        return answer

    def _separate(self) -> str | None:
        """Let each module come by an SSH connection of its own. What was set before; None for other ways to
        connect.
        """
        try:
            before = self._connection.get_option('ssh_args') or ''
        except (AnsibleError, KeyError):
            return None
        self._connection.reset()
        self._connection.set_option('ssh_args', _SSH + before)
        return str(before)

    def _again(
        self, waiting: dict[str, t.Any], task_vars: dict[str, t.Any] | None, ask: bool
    ) -> dict[str, t.Any]:
        """Run the module again over a new connection. The answer is empty if the host cannot be reached."""
        try:
            if waiting['connection']:
                self._connection.reset()
            answer: dict[str, t.Any] = self._execute_module(
                module_args={**self._task.args, 'confirm_token': waiting['token'], 'confirm_ask': ask},
                task_vars=task_vars,
            )
        except AnsibleConnectionFailure as exc:
            display.vv('cannot reach the host yet: %s' % exc)
            return {}
        return {} if answer.get('unreachable') else answer

    def _confirmed(self, waiting: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """Confirm. One connection sees that the change is in place, and only another one that begins after
        that confirms.
        """
        deadline = time.monotonic() + waiting['timeout'] + _GRACE
        asked: dict[str, t.Any] = {}
        while time.monotonic() < deadline:
            asked = self._again(waiting, task_vars, ask=True) or asked
            if asked.get('state') in ('waiting', 'confirmed'):
                answer = self._again(waiting, task_vars, ask=False)
                if answer.get('confirmed'):
                    return answer
                asked = {}
            elif asked.get('state') not in ('working', 'old connection', None):
                break
            time.sleep(_PAUSE)
        return self._failed(waiting, asked)

    @staticmethod
    def _failed(waiting: dict[str, t.Any], asked: dict[str, t.Any]) -> dict[str, t.Any]:
        state = asked.get('state', 'unknown')
        problems = list(asked.get('problems', []))
        if state == 'failed':  # it could not be done, as without a confirmation
            return {
                'failed': True,
                'changed': False,
                'state': state,
                'problems': problems,
                'msg': '\n'.join(problems),
            }
        if state == 'undone' and problems:
            end = 'the host undid the change'
        else:
            end = _ENDS.get(
                state,
                asked.get('msg') or 'the state of the host is unknown: it did not answer afterwards either',
            )
        return {
            'failed': True,
            'changed': False,
            'state': state,
            'reasons': waiting['reasons'],
            'problems': problems,
            'msg': '\n'.join(
                [
                    'the change was not confirmed over a new connection within %d s' % waiting['timeout'],
                    end,
                    *problems,
                    'what may have cut the connection:',
                    *('  ' + reason for reason in waiting['reasons']),
                ]
            ),
        }
