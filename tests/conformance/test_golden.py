# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests: the same bytes on every release of pyroute2."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import (
    codec,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.address import codec as address_codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import codec as link_codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import vlans_codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge_port import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.namespace import codec as namespace_codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import codec as route_codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule import codec as rule_codec
from ansible_collections.multinet.linux.tests.conformance import golden


@pytest.mark.parametrize('by_hand', [True, False])
def test_every_message_has_the_bytes_that_it_always_had(
    by_hand: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not by_hand:
        monkeypatch.setattr(codec.pack, 'packed', lambda *_args: None)
    cases = list(golden.cases())
    kept = golden.kept()
    assert [name for name, *_call in cases] == list(kept)
    assert {case[0]: golden.encoded(case) for case in cases} == kept


def test_no_function_and_no_setting_is_without_its_bytes() -> None:
    names = list(golden.kept())
    functions = [
        name.replace('encode_', '')
        for module in (address_codec, link_codec, namespace_codec, route_codec, rule_codec, vlans_codec)
        for name, value in vars(module).items()
        if getattr(value, '__module__', '') == module.__name__
        and getattr(value, '__annotations__', {}).get('return') in ('bytes', 'list[bytes]')
        and not name.startswith('_')
    ]
    assert sorted({name.split(':')[0] for name in names}) == sorted(functions)
    for kind, table in golden.tables().items():
        for key in table:
            assert any(name.startswith('set_settings: %s %s ' % (kind, key)) for name in names)
    for key in golden.by_number(PORT):
        assert any(name.startswith('set_port: %s ' % key) for name in names)
    for key in link_codec.SIMPLE:
        assert any(name.startswith('set_link: %s ' % key) for name in names)
