# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls: which are set, and which get back the value that they had."""

from __future__ import annotations

import typing as t

from ...values.names import HOST, place
from ..draft import DECLARE_ONCE, Draft
from ..events import ForwardingBegins, LinkLosesIpv6
from ..operation import STAGE_CONTENTS, STAGE_EARLY_SYSCTL, STAGE_FORWARDING, STAGE_RESTORE
from ..state import Key, Seen
from .operation import ORDER_SET_AGAIN, ORDER_SET_ALONG, ORDER_SYSCTL, SysctlOperation
from .switches import default_of, finer_of, is_switch, set_along, switch_of, value_along
from .value import Sysctl


def plan_sysctls(draft: Draft) -> None:
    """Plan which sysctls are set and restored. Adds operations, changes and conflicts to *draft*."""
    declared: dict[str, list[Sysctl]] = {}
    if not draft.policy.removes:
        before = {name: dict(seen.sysctls) for name, seen in draft.now.items()}
        for want in draft.want.sysctls:
            declared.setdefault(want.namespace, []).append(want)
        for want in draft.want.sysctls:
            if want.namespace in draft.now:
                _plan_sysctl(draft, want, draft.now[want.namespace], declared[want.namespace])
        for want in draft.want.sysctls:
            if want.namespace in draft.now and _is_off(want, before[want.namespace]):
                _announce(draft, want, draft.now[want.namespace])
    wanted = {(sysctl.namespace, sysctl.key) for sysctl in draft.want.sysctls}
    declared_as_before = wanted & draft.owned.sysctls.keys() - draft.owned_after.sysctls.keys()
    for key, (before, written) in sorted(draft.owned.sysctls.items()):
        switch = (key[0], switch_of(key[1]))
        is_along = switch in draft.owned.sysctls
        # A document that names objects to remove gives up those that it names, any other those that it lacks.
        # What was set along with a switch is kept and given up together with it.
        is_wanted = key in wanted or is_along and switch in wanted
        if is_along and switch in declared_as_before and key not in wanted:
            draft.owned_after.sysctls.pop(key, None)  # it was restored with the switch
        elif is_wanted if draft.policy.removes else not is_wanted and draft.policy.prune:
            draft.owned_after.sysctls.pop(key, None)
            if not is_along:  # else it is restored after them
                _restore(draft, key, before, written, declared.get(key[0], ()))
        elif key not in wanted:
            draft.owned_after.sysctls.setdefault(key, (before, written))


def _restore(draft: Draft, key: Key, before: str, written: str, beside: t.Sequence[Sysctl]) -> None:
    """Restore the value of a sysctl from before us, unless somebody else has changed it since.
    *beside*: what is declared in the namespace."""
    namespace, path = key
    seen = draft.now.get(namespace)
    if path.endswith('/stable_secret') and not before:
        return  # it can be set and changed, but not be unset
    before = draft.have.value_of_scopes('sysctls', key, before)
    old, new = Sysctl(namespace, path, written), Sysctl(namespace, path, before)
    if seen is None or namespace in draft.removed_namespaces or old.is_like(before):
        return
    if not old.is_like(seen.sysctls.get(path)) or old.link not in ('', *seen.links):
        return
    draft.add(SysctlOperation(namespace, written, before, STAGE_RESTORE, key=path))
    seen.sysctls[path] = before
    draft.change('sysctl', namespace, old.name, old.lines(), new.lines())
    if is_switch(path):
        _restore_set_along(draft, namespace, path, before, beside)
    _restore_finer(draft, key, beside)


def _restore_finer(draft: Draft, key: Key, beside: t.Sequence[Sysctl]) -> None:
    """A setting that was written rounded gets back the very value."""
    namespace, path = key
    finer = finer_of(path)
    first, _written = draft.owned.sysctls.get((namespace, finer), (None, ''))
    if finer is None or first is None or any(want.key == finer for want in beside):
        return
    draft.add(SysctlOperation(namespace, None, first, STAGE_RESTORE, ORDER_SET_ALONG, key=finer))
    draft.now[namespace].sysctls[finer] = first


def _remember_finer(draft: Draft, want: Sysctl, seen: Seen, declared: t.Iterable[Sysctl]) -> None:
    """Note the very value of a setting before it is written rounded. What becomes of it is the kernel's."""
    finer = finer_of(want.key)
    present = seen.sysctls.get(finer) if finer else None
    is_declared = any(each.key == finer for each in declared)
    if present is not None and not is_declared and (want.namespace, want.key) in draft.owned_after.sysctls:
        first, _written = draft.owned.sysctls.get((want.namespace, finer), (present, ''))
        draft.owned_after.sysctls[(want.namespace, finer)] = (first, '')


def _restore_set_along(
    draft: Draft, namespace: str, switch: str, value: str, beside: t.Sequence[Sysctl]
) -> None:
    """Put right what the kernel sets when a switch goes back to *value*: as declared, as it was before us, or
    as somebody else has set it since.
    """
    seen = draft.now[namespace]
    declared = {want.key: want.value for want in beside}
    for path in set_along(switch, seen.links):
        first, written = draft.owned.sysctls.get((namespace, path), (None, None))
        present, along = seen.sysctls.get(path), value_along(path, value)
        target = declared.get(path, first if present == written else present)
        is_known = first is not None or path in declared
        if not is_known or present is None or target in (None, along):
            continue
        draft.add(SysctlOperation(namespace, along, target, STAGE_RESTORE, ORDER_SET_ALONG, key=path))
        if present != target:
            old, new = Sysctl(namespace, path, present), Sysctl(namespace, path, t.cast(str, target))
            draft.change('sysctl', namespace, old.name, old.lines(), new.lines())


def _plan_sysctl(draft: Draft, want: Sysctl, seen: Seen, declared: t.Sequence[Sysctl]) -> None:
    """*declared*: all that are declared in the namespace."""
    if want.link and want.link not in seen.links:
        if not want.optional:
            draft.conflict(
                _title(want),
                'belongs to a link that does not exist',
                found=want.link,
                do='declare it or check its name',
            )
        return
    is_new = _is_new(draft, want, seen)
    if not _exists(draft, want, seen, is_new):
        if not want.optional:
            draft.conflict(
                _title(want),
                'does not exist in this kernel',
                do='load the module that brings it, or write -%s to set it only where it exists' % want.name,
            )
        return
    have = None if is_new else seen.sysctls.get(want.key)
    if not want.is_like(have) and _is_refused(draft, want, seen, have):
        return
    _remember(draft, want, have, is_new, declared)
    if want.is_like(have):
        return
    _remember_finer(draft, want, seen, declared)
    draft.add(SysctlOperation(want.namespace, have, want.value, _stage(want), ORDER_SYSCTL, key=want.key))
    seen.sysctls[want.key] = want.value
    if have is not None and is_switch(want.key):
        if (want.namespace, want.key) in draft.owned_after.sysctls:
            _remember_set_along(draft, want, have, seen, declared)
        else:  # it is declared as it was before us
            _restore_set_along(draft, want.namespace, want.key, want.value, declared)
    if (want.namespace, want.key) not in draft.owned_after.sysctls:
        _restore_finer(draft, (want.namespace, want.key), declared)
    _set_declared_along(draft, want, declared)
    before = [] if have is None else Sysctl(want.namespace, want.key, have).lines()
    draft.change('sysctl', want.namespace, want.name, before, want.lines())


def _is_new(draft: Draft, want: Sysctl, seen: Seen) -> bool:
    """Whether its namespace or link cannot be asked yet."""
    if want.namespace in draft.new_namespaces or (want.namespace, want.link) in draft.new_links:
        return True
    return seen.sysctls.get(want.key) is None and draft.is_predicted(want.namespace, want.link)


def _title(sysctl: Sysctl) -> str:
    return 'sysctl %s in %s' % (sysctl.name, place(sysctl.namespace))


def _exists(draft: Draft, want: Sysctl, seen: Seen, is_new: bool) -> bool:
    """Whether the kernel has the setting. Of a new link it is not known."""
    if not is_new:
        return seen.sysctls.get(want.key) is not None
    fresh = draft.have.fresh
    return bool(want.link) or fresh is None or fresh.sysctls.get(want.key) is not None


def _is_fixed(draft: Draft, want: Sysctl, seen: Seen) -> bool:
    """Whether the setting cannot be written there, which is a conflict unless it is optional."""
    is_new = want.namespace in draft.new_namespaces or want.namespace in draft.have.predicted
    where = draft.have.fresh if is_new else seen
    if where is None or want.key not in where.fixed:
        return False
    if not want.optional:
        present = where.sysctls.get(want.key) or ''
        if want.namespace == HOST:
            draft.conflict(_title(want), 'is read-only', found=present, want=want.value)
        else:
            draft.conflict(
                _title(want),
                'is read-only in a namespace, where the value of the host holds',
                found=present,
                want=want.value,
                do='set it on the host, or leave it out',
            )
    return True


def _is_refused(draft: Draft, want: Sysctl, seen: Seen, have: str | None) -> bool:
    return _is_fixed(draft, want, seen) or _is_of_scope(draft, want) or _stays_for_good(draft, want, have)


def _stays_for_good(draft: Draft, want: Sysctl, have: str | None) -> bool:
    """Whether a secret is set that was never set, and can only be changed afterwards: a conflict without
    consent."""
    if have != '' or not want.key.endswith('/stable_secret') or draft.policy.adopt:
        return False
    draft.conflict(
        _title(want),
        'cannot be unset again, and makes the kernel derive link-local addresses from it',
        found='a secret that was never set',
        do='set adopt: true to accept that, or leave it out',
    )
    return True


def _is_of_scope(draft: Draft, want: Sysctl) -> bool:
    """Whether another scope has set it otherwise, which is a conflict. What it set along with a switch counts
    for nothing."""
    if draft.policy.adopt or draft.exclusive(want.namespace):
        return False
    switch = (want.namespace, switch_of(want.key))
    for scope, (_before, written) in draft.have.values_of_scopes(
        'sysctls', (want.namespace, want.key)
    ).items():
        if want.is_like(written) or switch in draft.have.scopes()[scope].sysctls:
            continue
        what = 'is set by scope %s' % scope
        draft.conflict(_title(want), what, found=written, want=want.value, do=DECLARE_ONCE)
        return True
    return False


def _set_declared_along(draft: Draft, switch: Sysctl, declared: t.Iterable[Sysctl]) -> None:
    """Set again what is declared otherwise than the switch makes it."""
    for want in declared if is_switch(switch.key) or '/conf/default/' in switch.key else ():
        if switch.key not in (switch_of(want.key), want.link and default_of(want.key)):
            continue
        if _stage(switch) == STAGE_EARLY_SYSCTL and not _is_there(draft, want):
            continue  # it is set when its link is there
        along = value_along(want.key, switch.value)
        if not want.is_like(along):
            op = SysctlOperation(
                want.namespace, along, want.value, _stage(switch), ORDER_SET_AGAIN, key=want.key
            )
            draft.add(op)


def _is_there(draft: Draft, sysctl: Sysctl) -> bool:
    """Whether its link is there before the run."""
    seen = draft.have.seen.get(sysctl.namespace)
    return not sysctl.link or seen is not None and sysctl.link in seen.links


def _remember(
    draft: Draft, want: Sysctl, have: str | None, is_new: bool, declared: t.Iterable[Sysctl]
) -> None:
    """Note what the setting was before us, as far as there is something to restore."""
    key = (want.namespace, want.key)
    first = have if is_new else _first_value(draft, want, have)
    if want.is_like(first) and not _is_set_along(want, declared):
        draft.owned_after.sysctls.pop(key, None)
    elif first is not None:
        draft.owned_after.sysctls[key] = (first, want.value)


def _first_value(draft: Draft, want: Sysctl, have: str | None) -> str | None:
    """The value from before us: what a switch of ours has set along would be otherwise without it."""
    noted = draft.owned.sysctls.get((want.namespace, want.key))
    if noted is not None:
        return noted[0]
    for before, written in draft.have.values_of_scopes('sysctls', (want.namespace, want.key)).values():
        if Sysctl(want.namespace, want.key, written).is_like(have):
            return before
    switch = draft.owned.sysctls.get((want.namespace, switch_of(want.key)))
    if switch is not None and have == value_along(want.key, switch[1]):
        return value_along(want.key, switch[0])
    return have


def _is_set_along(want: Sysctl, declared: t.Iterable[Sysctl]) -> bool:
    """Whether a declared switch sets it: then it needs a note even if it is as before, for it is not when the
    switch goes back.
    """
    switch = switch_of(want.key)
    return switch is not None and any(sysctl.key == switch for sysctl in declared)


def _announce(draft: Draft, want: Sysctl, seen: Seen) -> None:
    """What the kernel drops when IPv6 is switched off, or forwarding of IPv6 on."""
    parts = want.key.split('/')
    if parts[:3] != ['net', 'ipv6', 'conf'] or want.is_like('0'):
        return
    cause = (want.namespace, 'sysctl', want.key)
    if parts[-1] == 'disable_ipv6':
        names = list(seen.links) if parts[3] == 'all' else [parts[3]]
        for name in names:
            if name in seen.links:
                draft.announce(LinkLosesIpv6(seen.links[name], with_settings=False), cause)
    elif parts[-1] == 'forwarding' and parts[3] == 'all':
        links = [name for name in seen.links if _keeps_routers(seen, name)]
        draft.announce(ForwardingBegins(want.namespace, frozenset(links)), cause)


def _is_off(want: Sysctl, sysctls: t.Mapping[str, str | None]) -> bool:
    return Sysctl(want.namespace, want.key, '0').is_like(sysctls.get(want.key))


def _keeps_routers(seen: Seen, link: str) -> bool:
    return seen.sysctls.get('net/ipv6/conf/%s/accept_ra' % link) == '2'


def _remember_set_along(
    draft: Draft, want: Sysctl, have: str, seen: Seen, beside: t.Sequence[Sysctl]
) -> None:
    """Note of what a switch sets along what the kernel does not make of it when the switch goes back."""
    declared = {sysctl.key for sysctl in beside}
    switch_before = draft.owned.sysctls.get((want.namespace, want.key), (have, ''))[0]
    for path in set_along(want.key, seen.links):
        present, along = seen.sysctls.get(path), value_along(path, want.value)
        if present is None or path in declared:
            continue
        # What is not noted and is as the switch made it is what the switch makes of it when it goes back.
        unnoted = value_along(path, switch_before) if present == value_along(path, have) else present
        first = draft.owned.sysctls.get((want.namespace, path), (unnoted, ''))[0]
        if first != value_along(path, switch_before):
            draft.owned_after.sysctls[(want.namespace, path)] = (first, along)
        seen.sysctls[path] = along


def _stage(want: Sysctl) -> int:
    """Settings that let packets through wait until the firewall is in place."""
    if want.key.endswith(('/ip_forward', '/forwarding')) and not want.is_like('0'):
        return STAGE_FORWARDING
    return STAGE_CONTENTS if want.link else STAGE_EARLY_SYSCTL
