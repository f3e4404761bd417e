# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tasks in check mode predicted for a host. Later tasks are planned on it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import typing as t

from ansible import context
from ansible_collections.multinet.linux.plugins.plugin_utils.run_folder import run_folder


class Predicted:
    """The record of one host."""

    def __init__(self, folder: str, host: str) -> None:
        self._path = os.path.join(folder, hashlib.sha256(host.encode()).hexdigest())

    @classmethod
    def of(cls, task: t.Any, task_vars: t.Mapping[str, t.Any]) -> Predicted | None:
        """That of the host of a task. None unless all of the run is in check mode: a task that is so by
        itself, in a run that is not, finds what the tasks before it have done."""
        if not (task.check_mode and context.CLIARGS.get('check')):
            return None
        return cls(run_folder('predicted'), str(task.delegate_to or task_vars.get('inventory_hostname', '')))

    def entries(self) -> list[dict[str, t.Any]]:
        """In the order in which tasks have added them."""
        try:
            with open(self._path, encoding='utf-8') as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                return [json.loads(line) for line in file]
        except FileNotFoundError:
            return []

    def add(self, entry: t.Mapping[str, t.Any]) -> None:
        with open(self._path, 'a', encoding='utf-8') as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(json.dumps(entry) + '\n')
