# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Schema of the objects of a document: the keys of their tables, and the rules between keys that JSON
Schema can say.

A key whose value is null counts as left out.
"""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.address.schema import (
    ADDRESS,
    DEV,
    IPV6_ONLY,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import Attribute, Table
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.chain_name import VERDICTS
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.rule_keys import TARGETS
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.schema import CHAIN
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.schema import RULE as KEYS
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import (
    BASE_CHAINS,
    CHAIN_BYTES,
    CHAIN_PREFIX,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge_port import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import KINDS
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.queues import QUEUES
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import COMMON
from ansible_collections.multinet.linux.plugins.module_utils.objects.nexthop.schema import NEXTHOP
from ansible_collections.multinet.linux.plugins.module_utils.objects.nftables.schema import TABLE
from ansible_collections.multinet.linux.plugins.module_utils.objects.nftables.value import (
    XTABLES_FAMILIES,
    XTABLES_NAMES,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.filters import FILTER_ROWS
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.htb import CLASS, HTB_CLASS
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.kinds import KINDS as QDISCS
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.short import PAIR, SHORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.types import INGRESS
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.value import PLACE
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.schema import (
    HOP,
    METRICS,
    ROUTE,
    WITHOUT_LINK,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.schema import ACTIONS, RULE
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.words import LINK_WORDS
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.encaps import encap_schema
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.entries import (
    fdb_entry,
    neighbour,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.kind_rules import (
    KIND_RULES,
    QDISC_RULES,
    SHORT_RULES,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.nameservers import nameservers
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.nexthops import nexthop_schema
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.shapes import (
    both,
    described,
    has,
    holds,
    is_one_of,
    lacks,
    mapping,
    negated,
    optional,
    when,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.values import (
    Schema,
    either,
    of_type,
    or_expression,
    reference,
    text,
    whole,
    words,
)


class Objects:
    """The definitions of all objects.

    In an entry with ``replicas``, *replica*, any text may have an expression. What becomes of it is not known
    here.
    """

    def __init__(self, replica: bool = False) -> None:
        self.replica = replica

    def name(self, name: str) -> str:
        return 'replica_' + name if self.replica else name

    def reference(self, name: str) -> Schema:
        return reference(self.name(name))

    def value(self, schema: Schema) -> Schema:
        """A value, or an expression in its place, or in that of a member."""
        return or_expression(schema) if self.replica else schema

    def list_of(self, name: str) -> Schema:
        return {'type': 'array', 'items': self.reference(name)}

    def properties(self, *tables: Table) -> dict[str, Schema]:
        attributes = [attribute for table in tables for attribute in table.values()]
        return {attribute.key: self._attribute(attribute) for attribute in attributes}

    def _attribute(self, attribute: Attribute) -> Schema:
        return described(attribute, self.value(of_type(attribute.type)))

    def definitions(self) -> dict[str, Schema]:
        makers: dict[str, t.Callable[[], Schema]] = {
            'link': self.link,
            'link_peer': self.peer,
            'link_port': self.port,
            'link_match': self.match,
            'address': self.address,
            'placed_address': self.placed_address,
            'nexthop': lambda: nexthop_schema(self._with_encap(NEXTHOP), self.value),
            'route': self.route,
            'route_hop': self.hop,
            'route_encap': self.encap,
            'rule': self.rule,
            'neighbour': lambda: neighbour(self),
            'fdb_entry': lambda: fdb_entry(self),
            'sysctls': self.sysctls,
            'qdisc': self.qdisc,
            'qdisc_short': self.qdisc_short,
            'qdisc_class': self.qdisc_class,
            'qdisc_filter': self.qdisc_filter,
            'iptables_chain': self.chain,
            'iptables_rule': self.chain_rule,
            'nftables_table': self.table,
            'nameservers': lambda: nameservers(self),
        }
        definitions = {name: make() for name, make in makers.items()}
        definitions.update({'link_' + kind: self.kind(kind) for kind in KINDS})
        definitions.update({'qdisc_' + kind: self.qdisc_kind(kind) for kind in QDISCS})
        definitions.update({'end_' + key: schema for key, schema in self._end().items()})
        return {self.name(name): schema for name, schema in definitions.items()}

    # Links

    def link(self) -> Schema:
        """A link by its kind. That of the host has no ``match``, see document.py."""
        kinds = [when(is_one_of('kind', kind), self.reference('link_' + kind)) for kind in KINDS]
        is_lo = {'required': ['name'], 'properties': {'name': text('lo')}}
        return {
            'type': 'object',
            'required': ['name', 'kind'],
            'properties': {'name': self._link_name(), 'kind': self.value(words(KINDS))},
            'allOf': [*kinds, when(is_lo, is_one_of('kind', 'physical'))],
        }

    def _link_name(self) -> Schema:
        return {'description': 'Name of the link, of at most 15 bytes.', **self.value(reference('link_name'))}

    def _end(self) -> dict[str, Schema]:
        """What all links have, and both ends of a veth."""
        addresses = {'description': 'Addresses of the link.', **self.list_of('address')}
        port = {'description': 'Settings of a bridge port. Needs master.', **self.reference('link_port')}
        return {
            'name': self._link_name(),
            **self.properties(COMMON, QUEUES, SHORT, LINK_WORDS),
            'port': port,
            'addresses': addresses,
        }

    def _end_properties(self) -> dict[str, Schema]:
        """References to the definitions of _end(), which many objects share."""
        return {key: self.reference('end_' + key) for key in self._end()}

    def kind(self, name: str) -> Schema:
        kind = KINDS[name]
        properties = {
            **self._end_properties(),
            'kind': {'description': kind.text[0].upper() + kind.text[1:] + '.'},
        }
        required, rules = ['name', 'kind'], [when(has('port'), has('master')), *SHORT_RULES]
        if name == 'veth':
            properties['peer'] = {'description': 'The other end.', **self.reference('link_peer')}
            required.append('peer')
        if name == 'physical':
            about = 'How a network card is found on the host, if not by its name. For namespaces only.'
            properties['match'] = {'description': about, **self.reference('link_match')}
        properties.update(self.properties(kind.settings))
        required += [attribute.key for attribute in kind.settings.values() if attribute.required]
        if kind.parent:
            properties['link'] = {
                'description': 'The parent link.',
                **self.value(reference('link_name')),
            }
            properties['link_namespace'] = self._namespace('The namespace of the parent link.')
            rules.append(when(has('link_namespace'), has('link')))
        if kind.parent == 'required':
            required.append('link')
        if name == 'physical':
            rules.append(lacks(*[attribute.key for attribute in QUEUES.values()]))
        if kind.arp is False:
            rules.append(lacks('arp'))
        return mapping(properties, required, *rules, *KIND_RULES.get(name, ()))

    def _namespace(self, about: str) -> Schema:
        name = either({'const': 'host'}, text('host'), reference('namespace_name'))
        return {'description': about + ' host is the host\'s own.', **self.value(name)}

    def peer(self) -> Schema:
        namespace = {**self._namespace('The namespace of this end.'), 'default': 'host'}
        properties = {**self._end_properties(), 'namespace': namespace}
        return mapping(properties, ['name'], when(has('port'), has('master')), *SHORT_RULES)

    def port(self) -> Schema:
        return mapping(self.properties(PORT))

    def match(self) -> Schema:
        properties = {
            'name': self.value(reference('link_name')),
            'mac': self.value(reference('mac_address')),
            'altname': self.value(reference('text')),
        }
        return mapping(properties, (), either(*map(has, properties)))

    # Addresses, routes, policy rules

    def _address_keys(self, required: list[str], *tables: Table) -> Schema:
        is_ipv6 = {'properties': {'address': {'pattern': ':'}}}
        by_family = when(
            is_ipv6,
            both(lacks('label', 'broadcast'), {'properties': {'scope': optional(words(['global']))}}),
            both(*[negated(holds(key, 'true')) for key in IPV6_ONLY]),
        )
        single = {'properties': {'address': self.value(reference('interface_address'))}}
        group = {'properties': {'address': self.value(reference('group_address'))}}
        rules = (
            by_family,
            when(holds('autojoin', 'true'), both(lacks('peer'), group), single),
            when(holds('optimistic', 'true'), holds('dad', 'true')),
        )
        return mapping(self.properties(*tables), required, *rules)

    def address(self) -> Schema:
        keys = self._address_keys(['address'], ADDRESS)
        return either(self.value(reference('interface_address')), keys)

    def placed_address(self) -> Schema:
        """An address that does not stand with its link."""
        return self._address_keys(['address', 'dev'], ADDRESS, DEV)

    def encap(self) -> Schema:
        return encap_schema(self.properties, self.value)

    def _with_encap(self, table: Table) -> dict[str, Schema]:
        properties = self.properties(table)
        about = {'description': properties['encap']['description']}
        return {**properties, 'encap': {**about, **self.reference('route_encap')}}

    def hop(self) -> Schema:
        return mapping(self._with_encap(HOP), (), either(has('via'), has('dev')))

    def route(self) -> Schema:
        hops = {'description': 'Next hops, in place of via and dev.', **self.list_of('route_hop')}
        properties = {**self._with_encap(ROUTE), 'nexthops': hops, **self.properties(METRICS)}
        several = {'required': ['nexthops'], 'properties': {'nexthops': {'type': 'array', 'minItems': 1}}}
        beside = both(lacks('via', 'dev', 'realms', 'encap', 'nhid'), negated(holds('onlink', 'true')))
        target = either(has('via'), has('dev'), has('nhid'), several)
        alone = both(
            lacks('via', 'dev', 'realms', 'encap'), either(lacks('type'), is_one_of('type', 'unicast'))
        )
        single = when(holds('onlink', 'true'), has('via', 'dev'))
        one_hop = {'required': ['nexthops'], 'properties': {'nexthops': {'maxItems': 1}}}
        return mapping(
            properties,
            ['to'],
            when(several, beside),
            when(has('nhid'), alone),
            when(is_one_of('type', *WITHOUT_LINK), both(negated(target), lacks('encap', 'expires')), target),
            single,
            when(one_hop, {'properties': {'nexthops': {'items': single}}}),
        )

    def rule(self) -> Schema:
        others = [word for word in ACTIONS if word not in ('lookup', 'goto')]
        suppress = ('suppress_prefixlength', 'suppress_ifgroup')
        looks_up = negated(holds('l3mdev', 'true'))
        lookup_only = both(lacks('table', *suppress), looks_up)
        of_vrf = both(lacks('goto', 'table'), holds('l3mdev', 'true'))
        by_goto = both(has('goto', 'priority'), lookup_only)
        unsaid = when(has('table'), both(lacks('goto'), looks_up), either(by_goto, of_vrf))
        return mapping(
            self.properties(RULE),
            (),
            when(is_one_of('action', *others), both(lookup_only, lacks('goto'))),
            when(is_one_of('action', 'goto'), by_goto),
            when(is_one_of('action', 'lookup'), either(both(has('table'), lacks('goto'), looks_up), of_vrf)),
            when(lacks('action'), unsaid),
        )

    def sysctls(self) -> Schema:
        """Keys as sysctl(8) takes them: the first of dot and slash divides."""
        printable = r'\x00-\x1f\x7f-\x9f'
        dots = r'(?:\.(?!/{0,2}(?:\.|\s*$))[^.%s]+){2,}' % printable
        slashes = r'(?:/(?!\.{0,2}(?:/|\s*$))[^/%s]+){2,}' % printable
        key = self.value({'pattern': whole('-*net(?:%s|%s)' % (dots, slashes))})
        return {
            'type': 'object',
            'propertyNames': key,
            'additionalProperties': {
                'type': ['string', 'integer', 'boolean'],
                'pattern': r'^[^\x00]*[^\s\x00][^\x00]*$',
            },
        }

    # Qdiscs

    def qdisc(self) -> Schema:
        """A qdisc by its kind, or the short form."""
        kinds = [when(is_one_of('kind', kind), self.reference('qdisc_' + kind)) for kind in QDISCS]
        return {
            'type': 'object',
            'required': ['link'],
            'properties': self._place(),
            'allOf': [*kinds, when(lacks('kind'), self.reference('qdisc_short'))],
        }

    def _place(self) -> dict[str, Schema]:
        properties = self.properties(PLACE)
        return {key: value if key == 'link' else optional(value) for key, value in properties.items()}

    def qdisc_kind(self, name: str) -> Schema:
        kind = QDISCS[name]
        required = [attribute.key for attribute in kind.settings.values() if attribute.required]
        properties = {**self.properties(PLACE), **self.properties(kind.settings)}
        rules = [lacks('parent', 'handle')] if kind.place == INGRESS else []
        if name == 'htb':
            properties['classes'] = {'description': 'Its classes.', **self.list_of('qdisc_class')}
            properties['filters'] = {'description': 'Its filters.', **self.list_of('qdisc_filter')}
            member = {'required': ['classes'], 'properties': {'classes': {'type': 'array', 'minItems': 1}}}
            rules.append(when(member, has('handle')))
        return mapping(properties, ['link', 'kind', *required], *rules, *QDISC_RULES.get(name, ()))

    def qdisc_class(self) -> Schema:
        return mapping(self.properties(CLASS, HTB_CLASS.settings), ['classid', 'rate'])

    def qdisc_filter(self) -> Schema:
        ports = both(*[when(has(key), has('ipproto')) for key in ('sport', 'dport')])
        alone = when(has('mark'), lacks('from', 'to', 'ipproto', 'sport', 'dport'))
        return mapping(self.properties(FILTER_ROWS), ['flowid'], ports, alone)

    def qdisc_short(self) -> Schema:
        properties = {**self.properties(PLACE), **self.properties(SHORT, PAIR)}
        needed = either(*[has(attribute.key) for attribute in SHORT.values()])
        return mapping(properties, ['link'], lacks('kind', 'parent', 'handle'), needed, *SHORT_RULES)

    # Firewall

    def chain(self) -> Schema:
        built_in = sorted({chain for chains in BASE_CHAINS.values() for chain in chains})
        verdicts = '|'.join(VERDICTS)
        own = r'(?!(?:%s)\s*$|%s|-|!)[!#-~]{1,%d}' % (verdicts, CHAIN_PREFIX, CHAIN_BYTES)
        properties = self.properties(CHAIN)
        name = {'type': ['string', 'integer'], 'pattern': whole(own), 'minimum': 0}
        properties['chain'] = {
            'description': properties['chain']['description'],
            **self.value(either({'enum': built_in}, name)),
        }
        properties['rules'] = {
            'description': properties['rules']['description'],
            **self.list_of('iptables_rule'),
        }
        rules = [when(has('policy'), is_one_of('chain', *built_in))]
        for table, chains in BASE_CHAINS.items():
            others = [chain for chain in built_in if chain not in chains]
            here = is_one_of('table', table)
            if table == CHAIN['table'].default:
                here = either(here, lacks('table'))
            rules.append(when(here, negated(is_one_of('chain', *others))))
        rules.append(negated(both(is_one_of('table', 'nat'), is_one_of('policy', 'DROP'))))
        return mapping(properties, ['chain'], *rules)

    def chain_rule(self) -> Schema:
        """A text, or keys. What iptables takes in either is not said here."""
        line = {'type': 'string', 'pattern': r'[^ \t]'}
        keys = mapping(self.properties(KEYS), (), {'oneOf': [has(target) for target in TARGETS]})
        return either(line, both(keys, negated(holds('masquerade', 'false'))))

    def table(self) -> Schema:
        properties = self.properties(TABLE)
        name = {'type': 'string', 'pattern': whole('[A-Za-z_][A-Za-z0-9_.-]{0,254}')}
        properties['table'] = {'description': properties['table']['description'], **self.value(name)}
        of_iptables = both(is_one_of('family', *XTABLES_FAMILIES), is_one_of('table', *XTABLES_NAMES))
        return mapping(properties, ['content'], negated(of_iptables))
