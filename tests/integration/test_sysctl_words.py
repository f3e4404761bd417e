# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words for sysctls: the kernel has the settings, a second run is silent, and they go back."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.words import (
    LINK_WORDS,
    SysctlWord,
)
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    BLUE,
    Case,
    Results,
    check_case,
    ids,
)
from ansible_collections.multinet.linux.tests.integration.outcomes import silent
from ansible_collections.multinet.linux.tests.integration.world import in_world, inside, run

CASES = (
    Case(
        'forwarding of a namespace',
        'netns',
        {'name': 'blue', 'forwarding': 'both'},
        'ip netns exec blue cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding',
        ('1\n1',),
        {'name': 'blue'},
    ),
    Case(
        'words of a link',
        'ns_link',
        {'namespace': 'blue', 'name': 'br0', 'kind': 'bridge', 'rp_filter': 'loose', 'accept_ra': False},
        'ip netns exec blue sh -c "cd /proc/sys/net; cat ipv4/conf/br0/rp_filter ipv6/conf/br0/accept_ra"',
        ('2\n0',),
        {'namespace': 'blue', 'name': 'br0'},
        before=(BLUE,),
    ),
)
RESULTS = Results(CASES)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


def _value(path: str) -> str:
    with open('/proc/sys/' + path, encoding='ascii') as file:
        return file.read().strip()


def _values(paths: t.Iterable[str]) -> dict[str, str]:
    return {path: _value(path) for path in paths}


def _each_word() -> None:
    run('ip link add card0 type veth peer name far0')
    for key, attribute in LINK_WORDS.items():
        assert isinstance(attribute.type, SysctlWord)
        for word, by_link in attribute.type.settings.items():
            settings = {path % 'card0': value for path, value in by_link.items()}
            before = _values(settings)
            document = {'name': 'lab', 'links': [{'name': 'card0', 'kind': 'physical', key: word}]}
            converge(document)
            assert _values(settings) == settings
            silent(document)
            converge({'name': 'lab', 'links': [{'name': 'card0', 'kind': 'physical'}]})
            assert _values(settings) == before


def test_each_word_is_set_and_goes_back() -> None:
    in_world(_each_word)


def _moved_to_a_sysctl() -> None:
    blue: dict[str, t.Any] = {'name': 'blue', 'forwarding': 'ipv4'}
    converge({'name': 'lab', 'namespaces': [blue]})
    assert inside('blue', _value, 'net/ipv4/ip_forward') == '1'
    silent({'name': 'lab', 'namespaces': [{'name': 'blue', 'sysctls': {'net.ipv4.ip_forward': 1}}]})
    converge({'name': 'lab', 'namespaces': [{'name': 'blue'}]})
    assert inside('blue', _value, 'net/ipv4/ip_forward') == '0'


def test_a_word_and_its_sysctl_are_one() -> None:
    in_world(_moved_to_a_sysctl)
