# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the modules for links, and their documentation: both come from the tables of links."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.doc_fragments.link import ModuleDocFragment
from ansible_collections.multinet.linux.plugins.module_utils.door.link_options import (
    END_SPEC,
    LINK_SPEC,
    SETTINGS_SPEC,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge_port import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import KINDS
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import COMMON


def documented(text: str) -> dict[str, t.Any]:
    return t.cast('dict[str, t.Any]', json.loads(text)['options'])


def types(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Options by type, with those below them."""
    below = 'suboptions' if any('suboptions' in option for option in options.values()) else 'options'
    return {
        key: (option['type'], option.get('default'), types(option.get(below, {})))
        for key, option in options.items()
    }


def test_options_are_documented_as_they_are() -> None:
    link = types(documented(ModuleDocFragment.DOCUMENTATION))
    for key in ('kind', 'link_state'):
        del link[key]
    assert link == types({**LINK_SPEC, **SETTINGS_SPEC})
    veth = types(documented(ModuleDocFragment.VETH))
    peer = veth.pop('peer')[2]
    del veth['link_state']
    assert veth == types(END_SPEC)
    assert {key: peer[key] for key in END_SPEC} == types(END_SPEC)
    assert set(peer) - set(END_SPEC) == {'name', 'namespace', 'state'}


def test_every_attribute_has_an_option() -> None:
    keys = {attribute.key for kind in KINDS.values() for attribute in kind.settings.values()}
    assert keys == set(SETTINGS_SPEC) - {'link', 'link_namespace'}
    assert {attribute.key for attribute in COMMON.values()} - {'state'} <= set(LINK_SPEC)
    assert set(PORT) == set(LINK_SPEC['port']['options'])


@pytest.mark.parametrize(
    'key, text',
    [
        ('forward_delay', 'V(bridge) only - forwarding delay in seconds, V(0) to V(30). Default V(0). '),
        ('protocol', 'V(vlan) only - VLAN protocol: V(802.1q) or V(802.1ad). Default V(802.1q).'),
        ('id', 'V(vlan) only - VLAN ID, V(1) to V(4094).'),
        ('multicast_snooping', 'V(bridge) only - IGMP/MLD snooping. Default V(true).'),
    ],
)
def test_a_setting_says_for_which_kind_it_is(key: str, text: str) -> None:
    assert documented(ModuleDocFragment.DOCUMENTATION)[key]['description'][0].startswith(text)
