# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules: what is asked for is what is read."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.conformance import decode as dumps
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.values import Values
from ansible_collections.multinet.linux.tests.conformance.world import (
    World,
    in_world,
)


def test_random_rules_come_back(seed: int) -> None:
    values = Values(seed)

    def body(world: World) -> None:
        assert dumps.rules(world.sock, '') == []
        wanted = [values.rule(values.random.choice(['ipv4', 'ipv6'])) for _number in range(300)]
        world.send(*[encode.rule(rule, True) for rule in wanted])
        found = {(rule.family, rule.priority): rule for rule in dumps.rules(world.sock, '')}
        for rule in wanted:
            assert found.pop((rule.family, rule.priority)) == rule
        assert found == {}
        world.send(*[encode.rule(rule, False) for rule in wanted])
        assert dumps.rules(world.sock, '') == []

    in_world(body)
