# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of a safe change: come back over a new connection and confirm, or tell what happened.

The module arms a timer on the host before it changes anything that the connection needs, and says that it waits. Nothing
here is needed for the host to get back: when no confirmation comes, it takes the change back by itself.
"""
from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

display = Display()

_PAUSE = 1.0
_GRACE = 45.0  # how long to look for a host that has taken the change back


class ActionModule(ActionBase):  # type: ignore[misc] # ansible-core has no types
    """Runs the module of the task, and confirms what it leaves waiting."""

    _requires_connection = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        answer: dict[str, t.Any] = self._execute_module(task_vars=task_vars)
        waiting = answer.pop('pending', None)
        if not waiting:
            return answer
        display.vvv('the change may cut this connection (%s); confirming over a new one' % '; '.join(waiting['reasons']),
                    host=(task_vars or {}).get('inventory_hostname'))
        return self._confirmed(waiting, task_vars)

    def _again(self, waiting: dict[str, t.Any], task_vars: dict[str, t.Any] | None, ask: bool) -> dict[str, t.Any] | None:
        """Run the module once more over a new connection; None when there is no way to the host."""
        if waiting['way']:
            self._connection.reset()
        try:
            answer: dict[str, t.Any] = self._execute_module(
                module_args={**self._task.args, 'confirm_token': waiting['token'], 'confirm_ask': ask}, task_vars=task_vars)
        except AnsibleConnectionFailure as exc:
            display.vvv('no way to the host yet: %s' % exc)
            return None
        return None if answer.get('unreachable') else answer

    def _confirmed(self, waiting: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        deadline = time.monotonic() + waiting['left']
        while time.monotonic() < deadline:
            answer = self._again(waiting, task_vars, ask=False)
            if answer is not None and not answer.get('old_connection'):
                return answer
            time.sleep(_PAUSE)
        # Too late: the host goes back by itself. See whether it did, for the task is failed and not unreachable.
        last: dict[str, t.Any] = {}
        while time.monotonic() < deadline + _GRACE:
            answer = self._again(waiting, task_vars, ask=True)
            last = answer or last
            if answer is not None and answer.get('state') != 'waiting':
                break
            time.sleep(_PAUSE)
        return {
            'failed': True, 'changed': False, 'reasons': waiting['reasons'], 'state': last.get('state', 'unknown'),
            'msg': '\n'.join([
                'the change cut the way to the host, which did not answer over a new connection for %d s' % waiting['timeout'],
                *({'undone': ['the host took everything back and is as it was before'],
                   'gone': ['the host took everything back, or was restarted with its last confirmed layout']}.get(
                       last.get('state', ''), ['how the host is could not be seen: it did not answer afterwards either'])),
                *last.get('problems', []),
                'what may have cut it:', *('  ' + reason for reason in waiting['reasons']),
            ])}
