# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces: which are made, taken over and removed."""

from __future__ import annotations

import typing as t

from ...values.names import HOST
from ..draft import Draft, owner
from ..layout import Namespace
from ..link.tunnels import FALLBACKS
from ..link.value import new_lo
from ..operation import STAGE_CONTENTS, STAGE_NAME, STAGE_NAMESPACE, STAGE_NSID, STAGE_UNNAME
from ..state import Seen
from .operations import NameOperation, NewNamespace, NsidOperation


def _lines(mark: str, nsid: int | None) -> list[str]:
    return ['owner %s' % mark] + (['nsid %d' % nsid] if nsid is not None else [])


def refuse_aliases(draft: Draft) -> None:
    """Two names for one namespace, or one for the host's own network: what is done to one is done to both."""
    names: dict[str, list[str]] = {}
    for name, seen in sorted(draft.have.seen.items()):
        names.setdefault(seen.identity, []).append(name)
    concerned = {*draft.wanted_namespaces, *draft.owned.namespaces} - {HOST}
    for same in names.values():
        if len(same) == 1 or not concerned & set(same):
            continue
        if same[0] == HOST:
            draft.conflict(
                'namespace %s' % same[1],
                "is the host's own network under another name",
                do='remove the name with "ip netns delete %s", or choose another one' % same[1],
            )
        else:
            draft.conflict(
                'namespace %s' % same[1],
                'is the same one as %s' % same[0],
                do='remove one of the names: "umount /run/netns/%s; rm /run/netns/%s"' % (same[1], same[1]),
            )


def plan_namespaces(draft: Draft) -> None:
    for namespace in draft.want.namespaces:
        if namespace.name == HOST:
            continue
        seen = draft.now.get(namespace.name)
        if seen is None:
            _missing(draft, namespace)
        elif namespace.create:
            _present(draft, namespace, seen)
        if namespace.create:
            draft.owned_after.namespaces[namespace.name] = seen.identity if seen else ''
    if draft.policy.prune:
        _surplus(draft)


def _missing(draft: Draft, namespace: Namespace) -> None:
    name, mark = namespace.name, draft.want.mark
    draft.owned.forget(name)
    taken_by = draft.have.stale.get(name)
    if taken_by:
        what = 'cannot have its name: /run/netns/%s is %s' % (name, taken_by)
        draft.conflict('namespace %s' % name, what, do='remove that, or choose another name')
        draft.now[name] = Seen('')
        return
    if not namespace.create:
        draft.conflict('namespace %s' % name, 'does not exist', do='make it first, or let a layout make it')
        draft.now[name] = Seen('')
        return
    draft.new_namespaces.add(name)
    lo = new_lo(name)
    draft.now[name] = Seen('', {'lo': lo}, nsid=namespace.nsid)
    draft.add(NewNamespace(name, None, name, STAGE_NAMESPACE))
    _set_lo(draft, name, {'mark': None, 'up': False}, {'mark': mark, 'up': True})
    draft.add(NameOperation(name, None, name, STAGE_NAME))
    if namespace.nsid is not None:
        draft.add(NsidOperation(name, None, namespace.nsid, STAGE_NSID))
    draft.put(lo._replace(up=True, mark=mark))
    draft.change('namespace', '', name, (), _lines(mark, namespace.nsid))


def _present(draft: Draft, namespace: Namespace, seen: Seen) -> None:
    name, mark, found = namespace.name, draft.want.mark, seen.mark
    nsid = seen.nsid
    before = _lines(found or 'none', nsid if namespace.nsid is not None else None)
    if found != mark:
        claimed = found is None and _is_known(draft, name, seen)
        if not claimed and not draft.policy.adopt:
            draft.conflict(
                'namespace %s' % name,
                'already exists and belongs to %s' % owner(found),
                do='choose another name, or set adopt: true to take it over,'
                ' or create: false to use it as it is',
            )
            return
        _set_lo(draft, name, {'mark': found}, {'mark': mark})
    if namespace.nsid is not None and nsid != namespace.nsid:
        if nsid is not None:
            draft.conflict(
                'namespace %s' % name,
                'has the nsid %d already (want %d), and the kernel never changes one'
                % (nsid, namespace.nsid),
                do='remove the namespace first, or declare the number that it has',
            )
            return
        draft.add(NsidOperation(name, None, namespace.nsid, STAGE_NSID))
        seen.nsid = nsid = namespace.nsid
    lo = seen.links['lo']
    if not lo.up:
        _set_lo(draft, name, {'up': False}, {'up': True})
        before.append('lo down')
    after = _lines(mark, nsid if namespace.nsid is not None else None)
    if before != after:
        draft.change('namespace', '', name, before, after)
    draft.put(lo._replace(up=True, mark=mark))


def _set_lo(draft: Draft, namespace: str, before: dict[str, t.Any], after: dict[str, t.Any]) -> None:
    from ..link.operations import SetLink  # not loaded where nothing differs

    draft.add(SetLink(namespace, before, after, STAGE_CONTENTS, name='lo'))


def _is_known(draft: Draft, name: str, seen: Seen) -> bool:
    """Whether a namespace without a mark is ours: the one that we made, or an empty one that somebody made
    in its place."""
    if name not in draft.owned.namespaces:
        return False
    links = [link for link in seen.links.values() if link.name != 'lo' and link.name not in FALLBACKS]
    is_same = draft.owned.namespaces[name] in ('', seen.identity)
    return is_same or all(link.mark == draft.want.mark for link in links)


def _surplus(draft: Draft) -> None:
    """Namespaces of ours that the document does not have: by what was kept, and where that was lost by their
    mark.
    """
    for name, seen in draft.live():
        if name == HOST or name in draft.wanted_namespaces or seen.mark != draft.want.mark:
            continue
        draft.removed_namespaces.add(name)
        draft.add(NameOperation(name, name, None, STAGE_UNNAME))
        draft.change('namespace', '', name, what_goes(seen), ())


def what_goes(seen: Seen) -> list[str]:
    """All that goes with a namespace, as text."""
    lines = _lines(seen.mark or 'none', None)
    lines += sorted('link %s' % link.name for link in seen.links.values() if link.name != 'lo')
    lines += sorted(
        'address %s on %s' % (address.address, address.link)
        for address in seen.addresses
        if address.link != 'lo'
    )
    lines += sorted('route %s' % route.text() for route in seen.routes)
    lines += sorted('rule %s' % rule.name for rule in seen.rules)
    return lines
