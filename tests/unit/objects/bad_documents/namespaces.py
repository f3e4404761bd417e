# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    RED,
    Case,
    bridge,
    host,
    inside,
)

CASES = [
    Case('namespaces-mapping', host(namespaces={'red': {}}), 'namespaces', "{'red'"),
    Case('namespace-text', host(namespaces=['red']), RED, "'red'"),
    Case('namespace-create-word', inside(create='perhaps'), RED + '.create', "'perhaps'"),
    Case('namespace-nsid-text', inside(nsid='first'), RED + '.nsid', "'first'"),
    Case('unknown-key-namespace', inside(route=[]), RED + '.route', 'did you mean routes?'),
    Case('namespaces-in-namespace', inside(namespaces=[]), RED + '.namespaces', 'want one of'),
    Case('namespace-missing-name', host(namespaces=[{}]), RED + '.name', 'is missing'),
    Case('namespace-host', host(namespaces=[{'name': 'host'}]), RED + '.name', "'host'"),
    Case('namespace-dots', host(namespaces=[{'name': '..'}]), RED + '.name', "'..'"),
    Case('namespace-slash', host(namespaces=[{'name': 'a/b'}]), RED + '.name', "'a/b'"),
    Case('namespace-dash', host(namespaces=[{'name': '-a'}]), RED + '.name', "'-a'"),
    Case('namespace-long', host(namespaces=[{'name': 'x' * 255}]), RED + '.name', 'x' * 50),
    Case(
        'twice-namespace',
        host(namespaces=[{'name': 'red', 'links': [bridge()]}, {'name': 'red', 'links': [bridge()]}]),
        'namespaces[1].name',
        'found red',
    ),
    Case(
        'twice-nsid',
        host(namespaces=[{'name': 'red', 'nsid': 4}, {'name': 'blue', 'nsid': 4}]),
        'namespaces',
        'nsid 4 twice',
    ),
    Case('exclusive-not-made', inside(create=False, exclusive=True), RED + '.exclusive', 'create: false'),
]
