# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is let in to listeners of each type, while they are there, change and drain."""

from __future__ import annotations

import contextlib
import time

import pytest
from ansible_collections.multinet.linux.tests.integration.listener_world import (
    AGENTS,
    BALANCER,
    BOTH,
    EXTERNAL,
    INTERNAL,
    SERVED,
    bind,
    connect,
    conversation,
    listener,
    on_host,
    reached,
    serving,
    talks,
)
from ansible_collections.multinet.linux.tests.integration.world import inside, run


@pytest.mark.parametrize('proto', ['tcp', 'udp'])
def test_classes_are_enforced(proto: str) -> None:
    def body() -> None:
        with serving(*SERVED, 'tcp,fd01::2,5060', 'udp,fd01::2,5060', 'tcp,fd02::2,5060', 'udp,fd02::2,5060'):
            wanted = (
                EXTERNAL,
                INTERNAL,
                BOTH,
                {**EXTERNAL, 'name': 'sip6', 'address': 'fd01::2'},
                {**INTERNAL, 'name': 'back6', 'address': 'fd02::2'},
            )
            bind(*wanted, firewall=False)
            ways = {
                (source, address): reached(source, address, 5060, proto)
                for source in (AGENTS, BALANCER)
                for address in ('10.1.0.2', '10.2.0.2', 'fd01::2', 'fd02::2')
            }
            assert all(ways.values()), ways  # it is the filter that parts them
            bind(*wanted)
            for source, address in ways:
                assert reached(source, address, 5060, proto) == (
                    (source == AGENTS) == ('1.0.2' in address or '01::' in address)
                ), (source, address)
            assert reached(AGENTS, '10.1.0.2', 8080) and reached(BALANCER, 'fd02::2', 8080)
            assert reached('', '10.1.0.2', 5060, proto) and reached(
                '', '10.2.0.2', 5060, proto
            )  # the host itself
            bind(*wanted, internal=['up1'], external=['10.1.0.0/24'])  # by link, and narrowed
            assert reached(AGENTS, '10.1.0.2', 5060, proto) and not reached(AGENTS, '10.2.0.2', 5060, proto)
            assert reached(BALANCER, '10.2.0.2', 5060, proto) and not reached(AGENTS, 'fd01::2', 5060, proto)
            bind(*({**entry, 'enabled': False} for entry in wanted))
            assert not reached(AGENTS, '10.1.0.2', 5060, proto) and not reached(
                BALANCER, '10.2.0.2', 5060, proto
            )
            bind(state='absent')
            assert reached(AGENTS, '10.2.0.2', 5060, proto)

    on_host(body)


def test_a_changed_type_counts_after_a_restart() -> None:
    def body() -> None:
        changed = {**INTERNAL, 'type': 'external'}
        with serving(*SERVED):
            bind(EXTERNAL, INTERNAL)
            kept = connect(BALANCER, '10.2.0.2', 5060)
            for _number in range(2):
                found = bind(EXTERNAL, changed)
                assert found['restart_required'] and [
                    (entry['name'], entry['why']) for entry in found['restart']
                ] == [('back', 'type changes')]
                assert not found['changed']
                assert not reached(AGENTS, '10.2.0.2', 5060) and reached(BALANCER, '10.2.0.2', 5060)
            assert bind(EXTERNAL, {**INTERNAL, 'type': 'default', 'external_address': '192.0.2.1'})[
                'restart'
            ] == [
                {'name': 'back', 'why': 'type changes', 'service': ''},
                {'name': 'back', 'why': 'advertised address changes', 'service': ''},
            ]
            bind(EXTERNAL, changed, listener('more', '10.2.0.2', 9))
            assert talks(kept)
            bind(EXTERNAL)  # forgotten, but not open
            assert (
                not reached(AGENTS, '10.2.0.2', 5060)
                and not reached(BALANCER, '10.2.0.2', 5060)
                and talks(kept)
            )
            assert 'is no longer declared and still listens on tcp 10.2.0.2:5060 in host' in str(
                bind(EXTERNAL)['restart']
            )
            bind(EXTERNAL, changed)
        with serving(*SERVED):
            found = bind(EXTERNAL, changed)
            assert found['changed'] and not found['restart_required']
            assert reached(AGENTS, '10.2.0.2', 5060) and not reached(BALANCER, '10.2.0.2', 5060)
            moved = {**changed, 'port': 5070}
            found = bind(EXTERNAL, moved)
            assert [entry['why'] for entry in found['restart']] == [
                'still listens on tcp 10.2.0.2:5060 in host',
                'still listens on udp 10.2.0.2:5060 in host',
            ]
            assert reached(AGENTS, '10.2.0.2', 5060) and not reached(
                BALANCER, '10.2.0.2', 5060
            )  # as before, until it moves

    on_host(body)


def test_draining_takes_nothing_new_and_ends_what_is_old() -> None:
    def body() -> None:
        with serving(*SERVED):
            bind(EXTERNAL, INTERNAL)
            old, spoken = connect(AGENTS, '10.1.0.2', 5060), conversation(AGENTS, '10.1.0.2', 5060)
            assert talks(old) and talks(spoken)
            found = bind({**EXTERNAL, 'state': 'draining', 'drain_timeout': 86400}, INTERNAL)
            assert [row['name'] for row in found['external']] == [] and found['changed']
            assert not reached(AGENTS, '10.1.0.2', 5060) and not reached(AGENTS, '10.1.0.2', 5060, 'udp')
            assert talks(old) and talks(spoken)
            assert not bind({**EXTERNAL, 'state': 'draining', 'drain_timeout': 86400}, INTERNAL)['changed']
            bind({**EXTERNAL, 'state': 'draining', 'drain_timeout': 1}, INTERNAL)
            deadline = time.monotonic() + 10
            while talks(old) and time.monotonic() < deadline:
                time.sleep(0.2)
            assert not talks(old) and not talks(spoken)
            assert reached(BALANCER, '10.2.0.2', 5060)
            bind(EXTERNAL, INTERNAL)
            assert reached(AGENTS, '10.1.0.2', 5060)

    on_host(body)


def test_a_wildcard_answers_from_the_wrong_address_and_a_bound_socket_does_not() -> None:
    """Why each listener has an address: a UDP server on all of them answers from the one that the route
    has."""

    def body() -> None:
        run('ip address add 10.1.0.3/24 dev up0')
        answers = []
        for place in ('udp,0.0.0.0,5060', 'udp,10.1.0.3,5060'):
            with (
                serving(place),
                contextlib.closing(inside(AGENTS, __import__('socket').socket, 2, 2)) as client,
            ):
                client.settimeout(3)
                client.sendto(b'x', ('10.1.0.3', 5060))
                answers.append(client.recvfrom(10)[1][0])
        assert answers == ['10.1.0.2', '10.1.0.3']

    on_host(body)
