# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of other tools, translated and applied: what they declare is there, and a second run is silent."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.ifstate import from_ifstate
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.netplan import from_netplan
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.networkd import from_networkd
from ansible_collections.multinet.linux.tests.integration.outcomes import silent
from ansible_collections.multinet.linux.tests.integration.world import in_world, run
from ansible_collections.multinet.linux.tests.unit.plugin_utils.coming_over import (
    ifstate_files,
    netplan_files,
    networkd_files,
)

HERE = frozenset(('bridge', 'ifb', 'physical', 'veth', 'vxlan'))
"""Kinds of links that every kernel of the tests has."""


def links_of(document: t.Any) -> list[t.Any]:
    """The links of the host."""
    return list(document.get('links', []))


def is_possible_here(document: t.Any) -> bool:
    kinds = {link['kind'] for link in links_of(document)}
    shapes = any(qdisc['kind'] == 'cake' for qdisc in document.get('qdiscs', []))
    filters = any('vlan_filtering' in link for link in links_of(document))
    return kinds <= HERE and not shapes and not filters


def furnish(document: t.Any) -> None:
    """Cards with a cable, as the document expects them."""
    for link in links_of(document):
        if link['kind'] == 'physical' and link['name'] != 'lo':
            mac = ' address ' + link['mac'] if 'mac' in link else ''
            run('ip link add %s%s type veth peer name far-%s' % (link['name'], mac, link['name']))
            run('ip link set far-%s up' % link['name'])


def addresses_of(document: t.Any) -> set[str]:
    """ADDRESS/LENGTH of all addresses that are declared on the host."""
    members: list[t.Any] = []
    for link in links_of(document):
        members += link.get('addresses', [])
    return {member['address'] if isinstance(member, dict) else member for member in members}


def applied_twice(document: t.Any) -> set[str]:
    """The addresses that are there afterwards."""
    furnish(document)
    assert converge(document).changes
    silent(document)
    return {line.split()[3] for line in run('ip -o addr').splitlines()}


def documents_of(tool: str, files: t.Any, translate: t.Callable[..., t.Any]) -> t.Iterator[tuple[str, t.Any]]:
    """The examples of a tool that this kernel can have, without what is refused of them."""
    for name, content in files.EXAMPLES.items():
        if name in WITHOUT_DOCUMENT:
            continue
        document = translate(content, 'lab', files.REFUSED.get(name, ()))
        if is_possible_here(document):
            yield '%s %s' % (tool, name), document


WITHOUT_DOCUMENT = ('sriov',)
"""Examples that leave no document when what is refused is left out."""
DOCUMENTS = {
    **dict(documents_of('ifstate', ifstate_files, from_ifstate)),
    **dict(documents_of('netplan', netplan_files, from_netplan)),
    **dict(documents_of('networkd', networkd_files, from_networkd)),
}


@pytest.mark.parametrize('name', DOCUMENTS)
def test_examples_are_applied_and_a_second_run_is_silent(name: str) -> None:
    document = DOCUMENTS[name]
    assert addresses_of(document) <= in_world(applied_twice, document)
