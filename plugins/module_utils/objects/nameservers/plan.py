# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of namespaces in /etc/netns. Ours start with the mark of their scope."""

from __future__ import annotations

from ...kernel.files import entry_lines, entry_text
from ..draft import Draft
from ..operation import STAGE_NSID, STAGE_RESTORE
from .operation import FileOperation

RESOLV, NSSWITCH = '/etc/resolv.conf', '/etc/nsswitch.conf'

Key = tuple[str, str]
"""Namespace and path."""


def plan_files(draft: Draft) -> None:
    """Writes the files that are declared, and restores those that no longer are."""
    want = _declared(draft)
    if want is None:
        draft.conflict(
            'file ' + RESOLV,
            'does not exist, so that a namespace cannot have one of its own',
            do='make it, an empty one will do',
        )
        return
    for key, text in sorted(want.items()):
        _declare(draft, key, text)
    for key, (before, written) in sorted(draft.owned.files.items()):
        if key not in want and _to_restore(draft, key):
            _restore(draft, key, before, written)


def _declared(draft: Draft) -> dict[Key, str] | None:
    """The text of each file that is declared; None if namespaces cannot have files of their own."""
    want: dict[Key, str] = {}
    if draft.policy.removes:
        return want
    for nameservers in draft.want.nameservers:
        if draft.files.get(RESOLV) is None:
            return None
        texts = nameservers.files(draft.want.scope, draft.files.get(NSSWITCH))
        for path, text in texts.items():
            want[nameservers.namespace, path] = text
    return want


def _declare(draft: Draft, key: Key, text: str) -> None:
    entry = draft.files.get(key[1])
    ours = entry is None or _has_mark(draft, entry)
    known = draft.owned.files.get(key)
    if not ours and known is None and not draft.policy.adopt:
        draft.conflict(
            'file ' + key[1],
            'already exists and belongs to no known scope',
            do='remove it, or set adopt: true to take it over',
        )
        return
    before = None if ours else entry
    draft.owned_after.files[key] = (before if known is None else known[0], text)
    _write(draft, key, text, STAGE_NSID)


def _to_restore(draft: Draft, key: Key) -> bool:
    """Whether a file that we wrote and that is not declared has to go."""
    if draft.policy.removes:
        return key[0] in draft.removed_namespaces
    return draft.policy.prune


def _restore(draft: Draft, key: Key, before: str | None, written: str) -> None:
    """Puts back what was there before us, unless others have written the file since."""
    draft.owned_after.files.pop(key, None)
    entry = draft.files.get(key[1])
    if entry is not None and (entry == written or _has_mark(draft, entry)):
        _write(draft, key, before, STAGE_RESTORE)


def _has_mark(draft: Draft, entry: str) -> bool:
    return entry_text(entry).startswith('# %s\n' % draft.want.mark)


def _write(draft: Draft, key: Key, after: str | None, stage: int) -> None:
    namespace, path = key
    before = draft.files.get(path)
    if before != after:
        draft.add(FileOperation(namespace, before, after, stage, path=path))
        draft.change('file', '', path, entry_lines(before), entry_lines(after))
        draft.files[path] = after
