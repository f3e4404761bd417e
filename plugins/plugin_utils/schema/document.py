# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Schema (draft 2020-12) of a document, made from the tables that read it."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.document.reader import (
    MODES,
    MOST_REPLICAS,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.words import NAMESPACE_WORDS
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.objects import Objects
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.shapes import (
    both,
    has,
    holds,
    is_one_of,
    lacks,
    mapping,
    negated,
    when,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.values import (
    DEFINITIONS,
    Schema,
    integer,
    reference,
    text,
    words,
)

_ABOUT = (
    'What one scope has on a host: namespaces, links, addresses, routes, policy rules, sysctls and firewalls.'
    ' The schema looks at each object for itself. What holds between objects, such as that a gateway is on a'
    ' network of the namespace, and the texts of firewall rules, the module multinet.linux.layout checks.'
)
_EXPRESSION = {
    'description': 'A text with an expression for replicas, such as {n}, {n+1} or {10.0.0.1+n}.',
    'type': 'string',
    'pattern': r'\{[^{}]*(?:\bn\b|\+)[^{}]*\}',
}
_LONGEST_LINE = 110
_ABSENT = 'Left out, it is '


def _contents(objects: Objects) -> dict[str, Schema]:
    """The keys that the top level and every namespace have."""
    lists = {
        'links': ('link', 'Links.'),
        'addresses': ('placed_address', 'Addresses of links that others made.'),
        'nexthops': ('nexthop', 'Nexthop objects.'),
        'routes': ('route', 'Routes.'),
        'rules': ('rule', 'Policy rules.'),
        'neighbours': ('neighbour', 'Permanent neighbours and proxy entries.'),
        'fdb': ('fdb_entry', 'Entries of forwarding databases.'),
        'qdiscs': ('qdisc', 'Queueing disciplines of links.'),
        'iptables': ('iptables_chain', 'Chains of iptables.'),
        'nftables': ('nftables_table', 'Tables of nftables.'),
    }
    contents = {key: {'description': about, **objects.list_of(name)} for key, (name, about) in lists.items()}
    about = 'Sysctls below net. A key that begins with - is set only if the kernel has it.'
    contents['sysctls'] = {'description': about, **objects.reference('sysctls')}
    contents.update(objects.properties(NAMESPACE_WORDS))
    return contents


def _mode(objects: Objects, default: str) -> Schema:
    about = 'Whether the iptables tables are shared with others or all ours. %s%s.' % (_ABSENT, default)
    return {'description': about, **objects.value(words(MODES))}


def _namespace(objects: Objects) -> Schema:
    value = objects.value
    usual = 'exclusive in a namespace that this document creates, shared in others'
    properties = {
        'name': {'description': 'Name of the namespace.', **value(reference('namespace_name'))},
        'replicas': {
            'description': 'How many namespaces this entry stands for.'
            ' {n} in its texts is 1, 2, 3 and so on.',
            **integer(0, MOST_REPLICAS),
        },
        'create': {
            'description': 'Whether the document creates the namespace, or somebody else did.',
            'default': True,
            **value(reference('boolean')),
        },
        'exclusive': {
            'description': 'Whether what is not declared is removed from the namespace.',
            'default': False,
            **value(reference('boolean')),
        },
        'iptables_mode': _mode(objects, usual),
        'nsid': {
            'description': 'ID of the namespace in the host\'s own.',
            **value(integer(0, 0x7FFFFFFF)),
        },
        'nameservers': {'description': 'Its own name servers.', **objects.reference('nameservers')},
        **_contents(objects),
    }
    all_ours = both(holds('exclusive', 'true'), holds('create', 'false'))
    rules = [negated(all_ours)]
    if objects.replica:
        several = {'properties': {'replicas': {'type': 'integer', 'minimum': 2}}}
        rules.append(when(several, {'properties': {'name': {'type': 'string', 'pattern': r'\{'}}}))
    return mapping(properties, ['name'], *rules)


def document_schema() -> Schema:
    """The schema of the document that the module layout takes: its options without those of the module."""
    host, replica = Objects(), Objects(replica=True)
    contents = _contents(host)
    on_host = both(reference('link'), when(is_one_of('kind', 'physical'), lacks('match')))
    contents['links']['items'] = on_host
    one_or_many = when(has('replicas'), reference('replica_namespace'), reference('namespace'))
    properties = {
        'name': {
            'description': 'The scope, which owns everything that the document creates.',
            **text('[A-Za-z0-9][A-Za-z0-9_.-]{0,63}'),
            'type': ['string', 'integer'],
            'minimum': 0,
        },
        **contents,
        'iptables_mode': {**_mode(host, 'shared'), 'default': 'shared'},
        'namespaces': {'description': 'Namespaces.', 'type': 'array', 'items': one_or_many},
    }
    definitions = {
        **DEFINITIONS,
        'expression': _EXPRESSION,
        **host.definitions(),
        'namespace': _namespace(host),
        **replica.definitions(),
        'replica_namespace': _namespace(replica),
    }
    return {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': 'Document of multinet.linux.layout',
        'description': _ABOUT,
        **mapping(properties, ['name']),
        '$defs': definitions,
    }


def document_schema_text() -> str:
    """The schema as its file has it: what fits stands on one line."""
    return _text(document_schema(), '') + '\n'


def _text(value: t.Any, margin: str) -> str:
    line = json.dumps(value)
    if len(margin + line) <= _LONGEST_LINE or not isinstance(value, (dict, list)):
        return line
    inner = margin + '  '
    if isinstance(value, dict):
        lines = ['%s%s: %s' % (inner, json.dumps(key), _text(value[key], inner)) for key in value]
        return '{\n%s\n%s}' % (',\n'.join(lines), margin)
    lines = [inner + _text(member, inner) for member in value]
    return '[\n%s\n%s]' % (',\n'.join(lines), margin)


__all__ = ['document_schema', 'document_schema_text']
