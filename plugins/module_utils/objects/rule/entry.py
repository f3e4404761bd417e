# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A policy rule as a document says it."""

from __future__ import annotations

from ..attribute import Entry
from ..extra import USUAL_PROTOCOLS
from .schema import ANY_LABEL_MASK, RULE
from .types import ANY_MASK
from .value import Rule

_SPECIAL = ('mark', 'flowlabel', 'table', 'action', 'family', 'protocol')


def rule_entry(rule: Rule) -> Entry:
    """The entry of ``rules`` that declares a rule, with nothing said that is usual."""
    entry: Entry = {}
    for name, attribute in RULE.items():
        value = getattr(rule, name)
        if name not in _SPECIAL and value != attribute.default:
            entry[attribute.key] = attribute.type.written(value)
    if rule.mark or rule.mask:
        mask = '/0x%x' % rule.mask if rule.mask != ANY_MASK else ''
        entry['mark'] = '0x%x%s' % (rule.mark, mask)
    if rule.flowlabel_mask:
        mask = '/0x%x' % rule.flowlabel_mask if rule.flowlabel_mask != ANY_LABEL_MASK else ''
        entry['flowlabel'] = '0x%x%s' % (rule.flowlabel, mask)
    for key, ports, port_mask in (
        ('sport', rule.source_ports, rule.source_mask),
        ('dport', rule.ports, rule.port_mask),
    ):
        if port_mask:
            entry[key] = '%d/0x%x' % (ports[0], port_mask)
    if rule.protocol not in USUAL_PROTOCOLS:
        entry['protocol'] = rule.protocol
    if rule.action == 'lookup' and not rule.l3mdev:
        entry['table'] = RULE['table'].type.written(rule.table)
    elif rule.action not in ('goto', 'lookup'):
        entry['action'] = rule.action
    if rule.family == 'ipv6' and not (rule.source or rule.to):
        entry['family'] = 'ipv6'
    return entry
