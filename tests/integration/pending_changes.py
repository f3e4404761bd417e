# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes that wait for their confirmation, for as long as a test wants to look at them."""

from __future__ import annotations

import os
import pathlib
import time
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.host import commit_confirm, watcher
from ansible_collections.multinet.linux.plugins.module_utils.host.commit_confirm import CommitConfirm
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.host.store import Store
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Operation
from ansible_collections.multinet.linux.tests.generator import Document

LONG = 600
_SEEN = '/run/multinet-seen'  # how the change ended was seen


def begin(
    document: Document, timeout: int, step: t.Callable[[Operation], None] | None = None, absent: bool = False
) -> str:
    """What a module does: it leaves a change that waits, and ends. Gives the token."""
    module = os.fork()
    if not module:
        try:
            os.closerange(3, 256)  # whoever waits for the end of this world does not wait for the change
            watcher._SETTLE = 0.0
            commit_confirm.PendingChange.forget_later = _forget_when_seen  # type: ignore[method-assign]
            outcome = converge(
                document, absent=absent, step=step, commit_confirm=CommitConfirm('always', timeout)
            )
            os._exit(0 if outcome.pending else 1)
        finally:
            os._exit(2)
    assert os.waitpid(module, 0)[1] == 0
    [name] = {name.split('.')[0] for name in os.listdir('/run/multinet/pending')}
    return name


def until(token: str, states: t.Collection[str]) -> dict[str, t.Any]:
    """How the change stands, when it has come to one of these states."""
    for _again in range(3000):
        found = commit_confirm.PendingFiles(token).read()
        if found is None or found['state'] in states:
            return found or {'state': 'gone'}
        time.sleep(0.01)
    raise AssertionError('the change is %s' % found)


def _forget_when_seen(change: commit_confirm.PendingChange, store: Store) -> None:
    """In place of ``forget_later``, which may be over before a busy machine has read the state."""
    store.release()
    deadline = time.monotonic() + LONG
    while not os.path.exists(_SEEN) and time.monotonic() < deadline:
        time.sleep(0.01)
    with store.lock():
        change.files.clear()


def over() -> None:
    """All processes of the change have ended, and their files are gone."""
    pathlib.Path(_SEEN).touch(0o600)
    while os.path.exists('/run/multinet/pending'):
        time.sleep(0.01)
    os.unlink(_SEEN)
