# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory of listeners, and how it differs from what is declared."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.integration.listener_world import (
    AGENTS,
    BOTH,
    EXTERNAL,
    INTERNAL,
    SERVED,
    bind,
    listener,
    on_host,
    serving,
    told,
)
from ansible_collections.multinet.linux.tests.integration.world import run


def test_the_inventory_and_its_verdicts() -> None:
    def body() -> None:
        with (
            serving(*SERVED, 'tcp,127.0.0.1,25', 'tcp,0.0.0.0,9999'),
            serving('tcp,::,80,only', namespace=AGENTS),
        ):
            nothing = told()
            assert nothing['findings'] == [] and {row['verdict'] for row in nothing['listeners']} == {
                'local',
                'undeclared',
            }
            bind(EXTERNAL, INTERNAL, BOTH)
            found = told()
            assert found['changed'] is False
            seen = {
                (row['namespace'], row['proto'], row['address'], row['port']): (
                    row['type'],
                    row['verdict'],
                    row['reach'],
                    row['v6only'],
                )
                for row in found['listeners']
            }
            external = ('external', 'declared', 'address', False)
            internal = ('internal', 'declared', 'address', False)
            assert seen == {
                ('host', 'tcp', '10.1.0.2', 5060): external,
                ('host', 'udp', '10.1.0.2', 5060): external,
                ('host', 'tcp', '10.2.0.2', 5060): internal,
                ('host', 'udp', '10.2.0.2', 5060): internal,
                ('host', 'tcp', '::', 8080): ('default', 'declared', 'all', False),
                ('host', 'tcp', '127.0.0.1', 25): ('undeclared', 'local', 'local', False),
                ('host', 'tcp', '0.0.0.0', 9999): ('undeclared', 'undeclared', 'all', False),
                ('ua', 'tcp', '::', 80): ('undeclared', 'undeclared', 'all', True),
            }
            assert found['summary'] == {
                'internal': {'declared': 2},
                'external': {'declared': 2},
                'default': {'declared': 1},
                'undeclared': {'local': 1, 'undeclared': 2},
            }
            assert [(one['verdict'], one['namespace']) for one in found['findings']] == [
                ('undeclared', 'host'),
                ('undeclared', 'ua'),
            ]
            # Another set than the one that is there, and drift.
            run('iptables -F mn-listeners-INPUT')
            run('ip address del 10.2.0.2/24 dev up1')
            verdicts = [(one['verdict'], one['name']) for one in told(namespaces=['host'])['findings']]
            assert sorted(verdicts) == [('open', ''), ('orphaned', 'back'), ('undeclared', '')]
            other = told(
                namespaces=['host'],
                firewall=False,
                listeners=[
                    listener('web', '10.1.0.2', 9999, owner='root'),
                    listener('sip', proto='tcp_udp', owner='daemon'),
                    listener('gone', '{iface:no}', 1),
                ],
            )
            verdicts = [(one['verdict'], one['name']) for one in other['findings']]
            for verdict in (
                ('wrong address', 'web'),
                ('missing', 'web'),
                ('wrong owner', 'sip'),
                ('missing', 'sip'),
                ('unknown', 'gone'),
                ('undeclared', ''),
            ):
                assert verdict in verdicts, (verdict, verdicts)

    on_host(body)
