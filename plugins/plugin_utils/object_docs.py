# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of options that hold objects of a document, made from their tables for the documentation
fragment ``document``. For options of links see option_docs.py."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.address.schema import ADDRESS, DEV
from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import Attribute, Table
from ansible_collections.multinet.linux.plugins.module_utils.objects.fdb.schema import FDB
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.schema import CHAIN
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.schema import RULE as RULE_KEYS
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge_port import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import KINDS
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.queues import QUEUES
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import COMMON
from ansible_collections.multinet.linux.plugins.module_utils.objects.neighbour.schema import NEIGHBOUR
from ansible_collections.multinet.linux.plugins.module_utils.objects.nexthop.schema import NEXTHOP
from ansible_collections.multinet.linux.plugins.module_utils.objects.nftables.schema import TABLE
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.filters import FILTER_ROWS
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.htb import CLASS, HTB_CLASS
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.kinds import KINDS as QDISCS
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.short import PAIR, SHORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.value import PLACE
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import encap
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.schema import HOP, METRICS, ROUTE
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.schema import RULE
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.words import LINK_WORDS
from ansible_collections.multinet.linux.plugins.plugin_utils.attribute_text import (
    all_of,
    keys_of,
    lower_first,
    sentences,
)

Options = dict[str, t.Any]
_HOPS = 'C(nexthops), a list of dictionaries with %s, replaces C(via) and C(dev).' % keys_of(HOP)
_METRICS = 'Metrics are %s.' % keys_of(METRICS)
_ENCAP = 'C(encap) has C(type), which is %s, and keys of that. The key reference has them.' % all_of(
    ['V(%s) with %s' % (word, keys_of(kind.table)) for word, kind in encap.KINDS.items()]
)

_NEXTHOPS = (
    'Routes go over them by C(nhid). What changes of one changes for all routes at once. One that becomes a'
    ' group, or gets another family, C(fdb), C(blackhole), C(type) or C(buckets), needs another C(id). Those'
    ' of others are never touched, also in exclusive namespaces.'
)


def _list_of(elements: str, description: list[str], **more: t.Any) -> Options:
    return {'description': description, 'type': 'list', 'elements': elements, **more}


def _line(attribute: Attribute) -> str:
    """What there is to say of one key of a dictionary."""
    required = ' (required)' if attribute.required else ''
    return 'C(%s)%s - %s' % (attribute.key, required, lower_first(' '.join(sentences(attribute))))


def _lines(*tables: Table) -> list[str]:
    return [_line(attribute) for table in tables for attribute in table.values()]


def _summary(table: Table) -> str:
    """The keys of a table in a sentence or two."""
    required = ['C(%s)' % attribute.key for attribute in table.values() if attribute.required]
    others = ['C(%s)' % attribute.key for attribute in table.values() if not attribute.required]
    if not required:
        return 'Its keys are %s.' % all_of(others)
    verb = 'is' if len(required) == 1 else 'are'
    return '%s %s required. Optional are %s.' % (all_of(required), verb, all_of(others))


def _described_by(module: str) -> str:
    return 'M(multinet.linux.%s) describes the keys.' % module


# The module layout


def _links() -> list[str]:
    made = [name for name in KINDS if name != 'physical']
    kinds = ', '.join(['V(%s)' % name for name in made])
    keys = [
        'addresses',
        *(attribute.key for table in (COMMON, QUEUES, SHORT, LINK_WORDS) for attribute in table.values()),
    ]
    common = ', '.join(map('C({})'.format, keys))
    return [
        "Links in the host's own namespace, each a dictionary.",
        'C(name) and C(kind) are required. Kinds are %s, and V(physical) for a link that already exists, '
        'such as a network card or C(lo).' % kinds,
        'All kinds take %s and, for bridge ports, C(port) with %s.' % (common, keys_of(PORT)),
        'C(limit), C(delay), C(jitter) and C(loss) make what the link sends slower or worse, see O(qdiscs).',
        '%s are words for sysctls of the link.' % keys_of(LINK_WORDS),
        'C(addresses) is a list of C(ADDRESS/LENGTH), or of dictionaries with %s.' % keys_of(ADDRESS),
        'A V(veth) has a C(peer) with C(name), C(namespace) (default V(host)) and any of the keys above.',
        *map(_takes, [name for name in made if KINDS[name].settings]),
        'C(link_namespace) is the namespace of C(link).',
        'A V(physical) link in a namespace is found on the host, by its name or by C(match) with C(name), '
        'C(mac) or C(altname), and is moved into the namespace. When it leaves the document, it moves back '
        'and regains its name, addresses, routes, settings and state.',
        'A link without C(mac) gets an address derived from the host, the scope and its name; it is the same '
        'on every run.',
    ]


def _takes(name: str) -> str:
    keys = [attribute.key for attribute in KINDS[name].settings.values()]
    if KINDS[name].parent:
        keys.append('link')
    return 'V(%s) takes %s.' % (name, all_of(['C(%s)' % key for key in keys]))


def _qdisc_kinds() -> list[str]:
    kinds = ', '.join(['V(%s)' % name for name in QDISCS])
    return [
        'Kinds are %s.' % kinds,
        'Without a kind, an entry takes %s, as a link does, and C(from) and C(to).' % keys_of(SHORT),
        'An V(htb) takes C(classes) and C(filters).',
    ]


def layout_options() -> Options:
    """The lists of objects that a layout has."""
    here = "%s in the host's own namespace, each a dictionary."
    descriptions = {
        'links': _links(),
        'addresses': [
            here % 'Addresses of links that this document does not declare',
            _summary(Table(*ADDRESS.attributes.values(), *DEV.attributes.values())),
            _described_by('ns_address'),
        ],
        'nexthops': [
            here % 'Nexthop objects',
            _summary(NEXTHOP),
            _NEXTHOPS,
            _described_by('ns_route'),
        ],
        'routes': [here % 'Routes', _summary(ROUTE), _HOPS, _METRICS, _ENCAP, _described_by('ns_route')],
        'rules': [
            here % 'Policy rules',
            _summary(RULE),
            'C(table) is required unless the rule has C(l3mdev), C(goto) or another C(action).',
            _described_by('ns_rule'),
        ],
        'neighbours': [
            here % 'Permanent neighbours and proxy entries',
            _summary(NEIGHBOUR),
            _described_by('ns_neighbour'),
            'What the kernel learns itself is never touched. In a namespace with C(exclusive=true) that has'
            ' this key, permanent neighbours and proxy entries that are not declared are removed.',
        ],
        'fdb': [
            here % 'Entries of the forwarding databases of bridges, VXLANs and cards',
            _summary(FDB),
            _described_by('ns_neighbour'),
            'With several entries for V(00:00:00:00:00:00), a VXLAN sends what has no entry of its own to all'
            ' of them.',
        ],
        'qdiscs': [
            here % 'Queueing disciplines of links',
            _summary(PLACE),
            *_qdisc_kinds(),
            _described_by('ns_qdisc'),
        ],
        'iptables': [
            here % 'Chains of iptables',
            _summary(CHAIN),
            _described_by('ns_iptables'),
            'In tables that are shared with others, rules for a built-in chain go into a chain of their own, '
            'reached by a marked jump; nothing else is touched.',
            'With O(iptables_mode=exclusive) this document owns all tables of a family, and may set '
            'C(policy).',
        ],
        'nftables': [
            here % 'Tables of nftables',
            _summary(TABLE),
            _described_by('ns_nftables'),
            'C(nft) itself normalises the text. If the result differs from the table in the kernel, the '
            'whole table is replaced in one transaction; otherwise it is not touched, so counters and the '
            'elements of dynamic sets (flags C(dynamic) or C(timeout)) stay.',
            'Tables of others are never touched, nor are those of iptables.',
        ],
    }
    return {key: _list_of('raw', text, default=[]) for key, text in descriptions.items()}


# Modules for single objects


def route_options() -> Options:
    """The options of ns_route."""
    routes = [
        'Routes, each a dictionary.',
        *_lines(ROUTE),
        _HOPS,
        *_lines(METRICS),
        _ENCAP,
        'The kernel identifies a route by C(to), C(from), C(table), C(metric) and C(tos). An existing route '
        'with the same values is replaced if it is ours, or if O(adopt) is set.',
        'With O(state=absent) only C(to) is required. A route is removed if it matches every key given of '
        'C(table), C(metric), C(tos), C(type), C(src), C(via), C(dev) and C(nexthops). Without C(table), the '
        'table is C(main); without C(metric), the metric is the one that the kernel assumes.',
    ]
    nexthops = [
        'Nexthop objects, each a dictionary.',
        *_lines(NEXTHOP),
        _NEXTHOPS,
        'With O(state=absent) only C(id) is required.',
    ]
    lists = {'nexthops': nexthops, 'routes': routes, 'rules': _rules()}
    return {key: _list_of('dict', text, default=[]) for key, text in lists.items()}


def _rules() -> list[str]:
    return [
        'Policy rules, each a dictionary.',
        *_lines(RULE),
        'With O(state=absent) only C(priority) is required. All rules of this priority and family are '
        'removed that match the other keys given.',
    ]


def address_options() -> Options:
    """The option of ns_address."""
    addresses = [
        'Addresses, each a dictionary.',
        *_lines(DEV, ADDRESS),
        'A missing address is added. One that is ours, and differs in more than its lifetimes, C(protocol) or'
        ' C(metric), is removed and added again. Other addresses of the link stay.',
    ]
    return {'addresses': _list_of('dict', addresses, required=True)}


def rule_options() -> Options:
    """The option of ns_rule."""
    return {'rules': _list_of('dict', _rules(), required=True)}


def neighbour_options() -> Options:
    """The options of ns_neighbour."""
    neighbours = [
        'Permanent neighbours and proxy entries, each a dictionary.',
        *_lines(NEIGHBOUR),
        'The kernel identifies an entry by C(to), C(dev) and C(proxy). What it learns itself is never'
        ' touched, and a declared entry takes its place.',
        'With O(state=absent) C(to) and C(dev) are required, and C(proxy) for a proxy entry. A neighbour'
        ' with another C(lladdr) than one given stays.',
    ]
    fdb = [
        'Entries of the forwarding databases of bridges, VXLANs and cards, each a dictionary.',
        *_lines(FDB),
        'The kernel identifies an entry by C(lladdr), C(dev), C(master), C(vlan) and C(src_vni), and those'
        ' of a VXLAN for groups also by C(dst), C(port), C(vni) and C(via).',
        'With O(state=absent) an entry that leads to another C(dst) than one given stays.',
    ]
    lists = {'neighbours': neighbours, 'fdb': fdb}
    return {key: _list_of('dict', text, default=[]) for key, text in lists.items()}


def qdisc_options() -> Options:
    """The option of ns_qdisc."""
    qdiscs = [
        'Queueing disciplines, each a dictionary. All of those of a link that the scope has are given.',
        *_lines(PLACE),
        'Without C(kind), an entry takes the short form. Its keys follow.',
        *_lines(SHORT),
        'For the packets between some addresses alone, it also takes what follows. They get a class of an '
        'V(htb) of their own; entries without addresses are for all others.',
        *_lines(PAIR),
        *[text for name in QDISCS if QDISCS[name].settings for text in _kind_lines(name)],
        'C(classes) of an V(htb) is a list of dictionaries, each class after the one that it is in.',
        *_lines(CLASS, HTB_CLASS.settings),
        'C(filters) of an V(htb) is a list of dictionaries. A packet goes into the class of the first filter '
        'that it matches.',
        *_lines(FILTER_ROWS),
        'Units are those of C(tc(8)), as in the rate V(100mbit), the time V(20ms), the size V(32kb) and the '
        'percentage V(1%).',
        'A qdisc is changed in place where the kernel can do that. Otherwise it is replaced, with what is in '
        'it.',
        'With O(state=absent) only C(link) is required, and C(kind) for V(ingress) and V(clsact). The link '
        'gets back the qdiscs that it had before the scope, or the default.',
    ]
    return {'qdiscs': _list_of('dict', qdiscs, required=True)}


def _kind_lines(name: str) -> list[str]:
    return [
        'V(%s) - %s. Its keys follow.' % (name, QDISCS[name].text),
        *_lines(QDISCS[name].settings),
    ]


def iptables_options() -> Options:
    """The option of ns_iptables that holds chains."""
    chains = [
        'All chains of the scope in the namespace, each a dictionary. With O(state=present) at least one is '
        'required.',
        *_lines(CHAIN),
        'A rule as a dictionary produces the same text as one could write. It has exactly one target, '
        'C(jump), C(masquerade), C(snat), C(dnat), C(redirect) or C(clamp_mss). Its keys follow.',
        *_lines(RULE_KEYS),
        'Host names are rejected in both forms, because a rule must not change its meaning over time. A rule '
        "is one line without iptables commands, table names or iptables' own options.",
        'C(policy) needs O(mode=exclusive), C(position) O(mode=shared).',
        'C(flush_conntrack) also applies when the chain and all its rules are removed. By default, '
        'established connections continue, even through rules that no longer exist.',
    ]
    return {'chains': _list_of('dict', chains)}


def nftables_options() -> Options:
    """The options of ns_nftables that describe the table."""
    descriptions = {
        'table': ['Two tasks for the same namespace need two names, or two scopes.'],
        'family': [],
        'content': [
            'Required with O(state=present).',
            'The lookup P(ansible.builtin.file#lookup) reads the text from a file.',
        ],
    }
    options = {}
    for attribute in TABLE.values():
        type_ = attribute.type
        text = attribute.text if type_.words else ' '.join(sentences(attribute))
        option: Options = {'description': [text, *descriptions[attribute.key]], 'type': type_.argument}
        if type_.words:
            option.update(choices=list(type_.words), default=attribute.default)
        options[attribute.key] = option
    return options
