# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of options of links, made from their tables for the documentation fragment ``link``. For
other objects see object_docs.py."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.door.link_options import (
    KINDS_WITH_MODULE,
    SETTINGS_SPEC,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.schema import ADDRESS
from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import Attribute, Table
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge_port import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import KINDS
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.queues import QUEUES
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import COMMON
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.short import SHORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.words import LINK_WORDS
from ansible_collections.multinet.linux.plugins.plugin_utils.attribute_text import (
    all_of,
    keys_of,
    lower_first,
    sentences,
)

Options = dict[str, t.Any]

_STATES = {'type': 'str', 'choices': ['up', 'down']}


def fragment(options: Options) -> str:
    """The text of a documentation fragment. All JSON is YAML."""
    return json.dumps({'options': options}, indent=2)


_ADDRESSES = {
    'description': [
        'Addresses, each C(ADDRESS/LENGTH) or a dictionary with %s.' % keys_of(ADDRESS),
        'Missing addresses are added. Other addresses of the link stay.',
    ],
    'type': 'list',
    'elements': 'raw',
}


def _option(attribute: Attribute, **more: t.Any) -> Options:
    return {'description': ' '.join(sentences(attribute)), 'type': attribute.type.argument, **more}


def _common_options(port_of: str) -> Options:
    """The options that all links have, but for their state. *port_of* is the option that names the bridge."""
    options: Options = {'addresses': _ADDRESSES}
    for name, attribute in COMMON.items():
        if name != 'up':
            options[attribute.key] = _option(attribute)
    options.update({**_table_options(QUEUES), **_table_options(SHORT), **_table_options(LINK_WORDS)})
    options['port'] = {
        'description': 'Settings of a bridge port. O(%s) must name the bridge.' % port_of,
        'type': 'dict',
        'suboptions': _table_options(PORT),
    }
    return options


def _table_options(table: Table) -> Options:
    return {attribute.key: _option(attribute) for attribute in table.values()}


def link_options() -> Options:
    """The options of ns_link: of links of all kinds, and the settings of each."""
    options = _common_options('master')
    options['link_local']['description'] = (
        'Whether IPv6 generates a link-local address. Default V(false), except for V(physical) links, which '
        'keep their setting.'
    )
    options['link_state'] = {
        'description': 'Administrative state of the link. Default V(up), except for V(physical) links of the '
        'host, which keep their state.',
        **_STATES,
    }
    options['kind'] = {'description': _kind_description(), 'type': 'str', 'choices': KINDS_WITH_MODULE}
    with_parent = ['V(%s)' % name for name in KINDS_WITH_MODULE if KINDS[name].parent]
    options['link'] = {'description': '%s only - the parent link.' % all_of(with_parent), 'type': 'str'}
    options['link_namespace'] = {
        'description': 'The namespace of O(link), if it is not O(namespace).',
        'type': 'str',
    }
    options.update(_settings_options())
    return options


def _kind_description() -> list[str]:
    kinds = ['V(%s) is %s' % (name, KINDS[name].text) for name in KINDS_WITH_MODULE if name != 'physical']
    return [
        'The kind of link. Required with O(state=present).',
        '%s.' % '; '.join(kinds),
        'V(physical) is a link that already exists, whoever created it, such as a network card or C(lo). '
        'Only what is given is changed. With O(state=absent) its previous settings are restored, and the '
        'addresses that the scope added are removed.',
        'With O(state=absent) a link of another kind is not removed. Without O(kind), the link is removed '
        'whatever its kind.',
        'For veth pairs use M(multinet.linux.veth).',
    ]


def _settings_options() -> Options:
    """One option for each key. What is said of it is said for each kind that has it."""
    options: Options = {}
    kinds: dict[str, dict[str, list[str]]] = {}
    for name in KINDS_WITH_MODULE:
        for attribute in KINDS[name].settings.values():
            options[attribute.key] = {'type': SETTINGS_SPEC[attribute.key]['type']}
            kinds.setdefault(attribute.key, {}).setdefault(' '.join(sentences(attribute)), []).append(name)
    for key, texts in kinds.items():
        options[key]['description'] = [_only(names, text) for text, names in texts.items()]
    return options


def _only(kinds: t.Sequence[str], text: str) -> str:
    """What holds for some kinds only."""
    names = all_of(['V(%s)' % name for name in kinds])
    return '%s only - %s' % (names, lower_first(text))


def veth_options() -> Options:
    """The options of veth: those of its first end, and the other end with the same."""
    ends = []
    for port_of in ('master', 'peer.master'):
        options = _common_options(port_of)
        local = COMMON['link_local']
        options['link_local'] = _option(local._replace(default=None), default=local.default)
        ends.append(options)
    state = {'description': 'Administrative state of the link.', **_STATES, 'default': 'up'}
    name = {'description': 'The link. At most 15 bytes.', 'type': 'str', 'required': True}
    namespace = {
        'description': 'The namespace of the link, which must exist. V(host) is the host\'s own.',
        'type': 'str',
        'default': 'host',
    }
    peer = {
        'description': 'The other end. Required with O(state=present), ignored with O(state=absent).',
        'type': 'dict',
        'suboptions': {'name': name, 'namespace': namespace, 'state': state, **ends[1]},
    }
    return {'link_state': state, **ends[0], 'peer': peer}
