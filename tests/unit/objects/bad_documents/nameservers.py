# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Name servers of namespaces."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    Case,
    host,
    inside,
)

CASES = [
    Case(
        'nameservers-on-host',
        host(nameservers={'addresses': ['10.0.0.1']}),
        'nameservers',
        'are for namespaces',
    ),
    Case(
        'nameservers-none',
        inside(nameservers={'search': ['a.b']}),
        'namespaces[0].nameservers.addresses',
        'is missing',
    ),
    Case(
        'nameservers-many',
        inside(nameservers={'addresses': ['10.0.0.%d' % n for n in range(4)]}),
        'namespaces[0].nameservers.addresses',
        'found 4',
    ),
    Case(
        'nameservers-name',
        inside(nameservers={'addresses': ['dns.example']}),
        'namespaces[0].nameservers.addresses[0]',
        'dns.example',
    ),
    Case(
        'nameservers-line',
        inside(nameservers={'addresses': ['10.0.0.1'], 'search': ['a\nnameserver 10.0.0.2']}),
        'namespaces[0].nameservers.search[0]',
        'is not allowed',
    ),
    Case(
        'nameservers-dhcp',
        inside(nameservers={'addresses': ['dhcp', '10.0.0.1']}),
        'namespaces[0].nameservers.addresses',
        'has dhcp and more',
    ),
    Case(
        'nameservers-dhcp-search',
        inside(nameservers={'addresses': ['dhcp'], 'search': ['a.b']}),
        'namespaces[0].nameservers.addresses',
        'has dhcp',
    ),
    Case(
        'nameservers-list', inside(nameservers=['10.0.0.1']), 'namespaces[0].nameservers', 'is not a mapping'
    ),
]
