# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces that are written once and made several times."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    RED,
    Case,
    bridge,
    host,
    replicas,
    veth,
)

CASES = [
    Case('replicas-one-name', replicas(3, 'red'), RED + '.name', "'red'"),
    Case('replicas-one-name-braces', replicas(3, 'red{x}'), RED + '.name', "red{x}"),
    Case('replicas-negative', replicas(-1), RED + '.replicas', '-1'),
    Case('replicas-many', replicas(4097), RED + '.replicas', '4097'),
    Case('replicas-word', replicas('many'), RED + '.replicas', "'many'"),
    Case('replicas-true', replicas(True), RED + '.replicas', 'True'),
    Case(
        'replicas-division-by-zero',
        replicas(2, sysctls={'net.core.somaxconn': '{n//0}'}),
        RED + '.sysctls.net.core.somaxconn',
        '{n//0}',
    ),
    Case('replicas-modulo-zero', replicas(2, 'red{n%(n-n)}'), RED + '.name', '{n%(n-n)}'),
    Case('replicas-power', replicas(2, 'red{9**9**9**n}'), RED + '.name', '{9**9**9**n}'),
    Case('replicas-garbage', replicas(2, 'red{n+}'), RED + '.name', '{n+}'),
    Case('replicas-true-division', replicas(2, 'red{n/2}'), RED + '.name', '{n/2}'),
    Case(
        'replicas-address-end',
        replicas(2, links=[bridge(addresses=['{255.255.255.255+n}/24'])]),
        RED + '.links[0].addresses[0]',
        '{255.255.255.255+n}',
    ),
    Case(
        'replicas-brackets',
        replicas(1, 'red{' + '(' * 300 + 'n' + ')' * 300 + '}'),
        RED + '.name',
        'red{(((',
    ),
    Case('replicas-minus-signs', replicas(1, 'red{' + '-' * 30000 + 'n}'), RED + '.name', 'red{---'),
    Case(
        'replicas-name-of-another',
        host(namespaces=[{'name': 'red1'}, {'name': 'red{n}', 'replicas': 2}]),
        'namespaces[1].name',
        'red1',
    ),
    Case(
        'replicas-problem-once',
        replicas(4, links=[bridge(kind='brigde')]),
        RED + '.links[0].kind',
        "'brigde'",
    ),
    Case('replicas-bare-host-peer', replicas(2, links=[veth()]), RED + '.links[0].peer', 'veth0'),
]
