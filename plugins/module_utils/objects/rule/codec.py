# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules as the kernel has them."""

from __future__ import annotations

import typing as t

from ...kernel import netlink, uapi
from ...kernel.codec import Attrs, encoded
from ...kernel.netlink import FAMILIES, FAMILY_NUMBERS, messages_of
from ..extra import pack_extra
from .schema import ACTIONS, ANY_DSCP_MASK, FOUND
from .types import ANY_PORT_MASK
from .value import MORE, Rule

ASK_RULES = uapi.FIB_RULE_HDR.pack(0, 0, 0, 0, 0, 0, 0, 0, 0)
_ACTION_WORDS = {number: word for word, number in ACTIONS.items()}
# Padding of nla_put_be64, and the mask that the kernel shows of a value that was given without one.
_SAYS_NOTHING = ((uapi.FRA_PAD, b''), (uapi.FRA_DSCP_MASK, bytes((ANY_DSCP_MASK,))))
_NO_SUPPRESS = 0xFFFFFFFF  # what the kernel tells of a rule without suppress_prefixlength
_BUILT_IN = ((0, uapi.RT_TABLE_LOCAL), (32766, uapi.RT_TABLE_MAIN), (32767, uapi.RT_TABLE_DEFAULT))


def dump_rules(sock: netlink.NetlinkSocket, namespace: str) -> list[Rule]:
    """All policy rules but the three that every namespace begins with (fib_default_rules_init)."""
    return netlink.stable_dump(
        sock, uapi.RTM_GETRULE, ASK_RULES, lambda datagrams: decode_rules(datagrams, namespace)
    )


def decode_rules(datagrams: t.Iterable[bytes], namespace: str) -> list[Rule]:
    rules = []
    for data, start, end in messages_of(datagrams):
        rule = _decode(data, start, end, namespace)
        if rule is not None:
            rules.append(rule)
    return rules


def _decode(data: bytes, start: int, end: int, namespace: str) -> Rule | None:
    family, to_length, from_length, tos, table, _res1, _res2, action, flags = uapi.FIB_RULE_HDR.unpack_from(
        data, start
    )
    if family not in FAMILIES:
        return None
    values, extra = FOUND.decode_fields(data, start + 12, end)
    table = values.get('table', table)
    if values.get('protocol') == uapi.RTPROT_KERNEL and (values.get('priority', 0), table) in _BUILT_IN:
        return None
    values.setdefault('priority', 0)
    values['table'] = table if action == uapi.FR_ACT_TO_TBL else 0
    if action != uapi.FR_ACT_GOTO:
        values.pop('goto', None)
    if values.get('suppress') == _NO_SUPPRESS:
        del values['suppress']
    for name in ('source_mask', 'port_mask'):
        if values.get(name) == ANY_PORT_MASK:
            del values[name]
    if 'to' in values:
        values['to'] += '/%d' % to_length
    if 'source' in values:
        values['source'] += '/%d' % from_length
    if flags & uapi.FIB_RULE_INVERT:
        values['invert'] = True
    if extra:
        extra = tuple([pair for pair in extra if pair not in _SAYS_NOTHING])
    return Rule(
        namespace,
        FAMILIES[family],
        tos=tos,
        action=_ACTION_WORDS.get(action) or str(action),
        extra=extra,
        **values,
    )


def encode_rule(rule: Rule, add: bool) -> bytes:
    """The request that adds a rule, or removes it."""
    attrs: Attrs = [('FRA_PRIORITY', rule.priority)]
    source, _slash, source_length = rule.source.partition('/')
    to, _slash, to_length = rule.to.partition('/')
    if source:
        attrs.append(('FRA_SRC', source))
    if to:
        attrs.append(('FRA_DST', to))
    attrs += _flat_attrs(rule, ('iif', 'oif'))
    if rule.mask:
        attrs += [('FRA_FWMARK', rule.mark), ('FRA_FWMASK', rule.mask)]
    attrs += _flat_attrs(rule, _AFTER_MARK)
    fields = {
        'family': FAMILY_NUMBERS[rule.family],
        'src_len': int(source_length or 0),
        'dst_len': int(to_length or 0),
        'tos': rule.tos,
        'table': rule.table if rule.table < 256 else uapi.RT_TABLE_COMPAT,
        'action': FOUND['action'].type.to_kernel(rule.action),
        'flags': uapi.FIB_RULE_INVERT if rule.invert else 0,
    }
    # Releases of pyroute2 do not know all of these.
    more = [(name, getattr(rule, name)) for name in MORE if getattr(rule, name) != FOUND[name].default]
    if rule.flowlabel_mask and not rule.flowlabel:
        more.append(('flowlabel', 0))
    raw = FOUND.pack(more) + pack_extra(rule.extra)
    if add:
        flags = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL
        return encoded('rule', uapi.RTM_NEWRULE, flags, fields, attrs, raw)
    return encoded('rule', uapi.RTM_DELRULE, 0, fields, attrs, raw)


_AFTER_MARK = ('protocol_number', 'source_ports', 'ports', 'users', 'table', 'goto', 'suppress', 'protocol')


def _flat_attrs(rule: Rule, names: t.Iterable[str]) -> Attrs:
    """The attributes of these fields that have another value than their default."""
    return [
        FOUND.encode_one(name, getattr(rule, name))
        for name in names
        if getattr(rule, name) != FOUND[name].default
    ]
