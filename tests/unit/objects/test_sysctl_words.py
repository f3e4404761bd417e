# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words for sysctls."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.parse import WORD_KEYS
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.words import (
    LINK_WORDS,
    NAMESPACE_WORDS,
    SysctlWord,
)

LINK = {'name': 'br0', 'kind': 'bridge'}


def settings_of(document: dict[str, t.Any]) -> list[tuple[str, str, str]]:
    """Namespace, key and value of all settings of a layout."""
    layout = read_layout({'name': 'lab', **document})
    return sorted((sysctl.namespace, sysctl.key, sysctl.value) for sysctl in layout.sysctls)


def words_of_links() -> list[tuple[str, str]]:
    pairs = []
    for attribute in LINK_WORDS.values():
        pairs += [(attribute.key, word) for word in attribute.type.words]
    return pairs


def test_the_keys_are_those_of_the_table() -> None:
    assert tuple(LINK_WORDS) == WORD_KEYS
    assert list(NAMESPACE_WORDS) == ['forwarding']


@pytest.mark.parametrize('key, word', words_of_links())
def test_a_word_is_what_its_sysctls_are(key: str, word: str) -> None:
    word_type = LINK_WORDS[key].type
    assert isinstance(word_type, SysctlWord)
    sysctls = {path % 'br0': value for path, value in word_type.settings[word].items()}
    as_word = settings_of({'links': [{**LINK, key: word}]})
    assert as_word == settings_of({'links': [LINK], 'sysctls': sysctls})
    assert as_word == settings_of({'links': [{**LINK, key: word}], 'sysctls': sysctls})


@pytest.mark.parametrize('word', ['off', 'ipv4', 'ipv6', 'both'])
def test_forwarding_of_a_namespace(word: str) -> None:
    value = '0' if word == 'off' else '1'
    settings = {'net/ipv4/ip_forward': value, 'net/ipv6/conf/all/forwarding': value}
    if word == 'ipv4':
        del settings['net/ipv6/conf/all/forwarding']
    if word == 'ipv6':
        del settings['net/ipv4/ip_forward']
    blue = {'namespaces': [{'name': 'blue', 'forwarding': word}]}
    assert settings_of(blue) == sorted(('blue', key, text) for key, text in settings.items())
    assert settings_of({'forwarding': word}) == sorted(('', key, text) for key, text in settings.items())


def test_booleans_of_yaml_are_words() -> None:
    assert settings_of({'forwarding': False}) == settings_of({'forwarding': 'off'})
    links = [{**LINK, 'accept_ra': True, 'proxy_arp': False}]
    words = [{**LINK, 'accept_ra': 'on', 'proxy_arp': 'off'}]
    assert settings_of({'links': links}) == settings_of({'links': words})


def test_both_ends_of_a_veth_have_words() -> None:
    peer = {'name': 'eth0', 'namespace': 'blue', 'rp_filter': 'loose'}
    links = [{'name': 'v0', 'kind': 'veth', 'rp_filter': 'strict', 'peer': peer}]
    assert settings_of({'links': links, 'namespaces': [{'name': 'blue'}]}) == [
        ('', 'net/ipv4/conf/v0/rp_filter', '1'),
        ('blue', 'net/ipv4/conf/eth0/rp_filter', '2'),
    ]
