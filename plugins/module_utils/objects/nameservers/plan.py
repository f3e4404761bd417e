# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of namespaces in /etc/netns. Ours begin with the mark of their scope."""

from __future__ import annotations

from ..draft import Draft
from ..operation import STAGE_NSID, STAGE_RESTORE
from .operation import FileOperation

RESOLV, NSSWITCH = '/etc/resolv.conf', '/etc/nsswitch.conf'


def plan_files(draft: Draft) -> None:
    have, mark = draft.have.files, '# %s\n' % draft.want.mark
    wanted: dict[tuple[str, str], str] = {}
    for one in draft.want.nameservers if not draft.policy.named else ():
        if have.get(RESOLV) is None:
            draft.conflict(
                'file ' + RESOLV,
                'is not there, so that a namespace cannot have one of its own',
                'make it, an empty one will do',
            )
            return
        wanted.update(
            {
                (one.namespace, path): text
                for path, text in one.files(draft.want.scope, have.get(NSSWITCH)).items()
            }
        )
    for key, text in sorted(wanted.items()):
        found = have.get(key[1])
        ours = found is None or found.startswith(mark)
        if not ours and key not in draft.owned.files and not draft.policy.adopt:
            draft.conflict(
                'file ' + key[1],
                'is there already and belongs to nobody that is known',
                'remove it, or set adopt: true to take it over',
            )
            continue
        before = draft.owned.files[key][0] if key in draft.owned.files else None if ours else found
        draft.kept.files[key] = (before, text)
        _write(draft, key, found, text, STAGE_NSID)
    for key, (before, written) in sorted(draft.owned.files.items()):
        if key in wanted or (key[0] not in draft.doomed if draft.policy.named else not draft.policy.prune):
            continue
        draft.kept.files.pop(key, None)
        found = have.get(key[1])
        if found is not None and (found == written or found.startswith(mark)):
            _write(draft, key, found, before, STAGE_RESTORE)


def _write(draft: Draft, key: tuple[str, str], found: str | None, text: str | None, stage: int) -> None:
    if found != text:
        draft.add(FileOperation(key[0], found, text, stage, path=key[1]))
        draft.change('file', '', key[1], (found or '').splitlines(), (text or '').splitlines())
