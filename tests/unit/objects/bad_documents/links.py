# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links of any kind: names, kinds, MTUs, hardware addresses."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    LINK,
    Case,
    bridge,
    host,
    link,
)

CASES = [
    Case('links-mapping', host(links={'br0': {'kind': 'bridge'}}), 'links', "{'br0'"),
    Case('links-text', host(links='br0'), 'links', "'br0'"),
    Case('links-number', host(links=3), 'links', '3'),
    Case('link-none', host(links=[None]), LINK, 'None'),
    Case('link-text', host(links=['br0']), LINK, "'br0'"),
    Case('link-list', host(links=[['br0']]), LINK, "['br0']"),
    Case('link-name-list', host(links=[{'name': ['br0'], 'kind': 'bridge'}]), LINK + '.name', "['br0']"),
    Case('link-name-true', host(links=[{'name': True, 'kind': 'bridge'}]), LINK + '.name', 'True'),
    Case('link-name-fraction', host(links=[{'name': 1.5, 'kind': 'bridge'}]), LINK + '.name', '1.5'),
    Case(
        'link-name-bytes',
        host(links=[{'name': b'br0', 'kind': 'bridge'}]),
        LINK + '.name',
        "b'br0'",
        plain=False,
    ),
    Case('kind-mapping', host(links=[{'name': 'br0', 'kind': {'bridge': {}}}]), LINK + '.kind', "{'bridge'"),
    Case('unknown-key-link', link(adresses=[]), LINK + '.adresses', 'did you mean addresses?'),
    Case('link-name-missing', host(links=[{'kind': 'bridge'}]), LINK + '.name', 'is missing'),
    Case('link-name-16-bytes', link(name='abcdefghijklmnop'), LINK + '.name', '16 bytes'),
    Case(
        'link-name-16-bytes-unicode',
        link(name='\u00fcber-eight-ways'[:14] + '\u00fc'),
        LINK + '.name',
        '17 bytes',
    ),
    Case('link-name-slash', link(name='a/b'), LINK + '.name', "'a/b'"),
    Case('link-name-blank', link(name='a b'), LINK + '.name', "'a b'"),
    Case('link-name-colon', link(name='a:1'), LINK + '.name', "'a:1'"),
    Case('link-name-all', link(name='all'), LINK + '.name', "'all'"),
    Case('link-name-default', link(name='default'), LINK + '.name', "'default'"),
    Case('link-name-dots', link(name='..'), LINK + '.name', "'..'"),
    Case('link-name-counted', link(name='br%d'), LINK + '.name', "'br%d'"),
    Case('link-name-byte-of-blank', link(name='\u00e0'), LINK + '.name', "'\u00e0'"),
    Case('link-name-lo', link(name='lo'), LINK + '.kind', 'bridge'),
    Case('link-name-nul', link(name='a\0b'), LINK + '.name', "'a\\x00b'"),
    Case('link-name-escape', link(name='\x1b[31m'), LINK + '.name', "'\\x1b[31m'"),
    Case('link-name-half-a-letter', link(name='\ud800'), LINK + '.name', "\\ud800", plain=False),
    Case('twice-link', host(links=[bridge(), bridge()]), 'links[1]', 'links[0]'),
    Case('link-kind-missing', host(links=[{'name': 'br0'}]), LINK + '.kind', 'is missing'),
    Case('link-kind-unknown', link(kind='brigde'), LINK + '.kind', 'did you mean bridge?'),
    Case('link-state', link(state='sideways'), LINK + '.state', "'sideways'"),
    Case('mtu-small', link(mtu=67, addresses=['10.0.0.1/24']), LINK + '.mtu', '67'),
    Case('mtu-large', link(mtu=65536), LINK + '.mtu', '65536'),
    Case('mtu-word', link(mtu='jumbo'), LINK + '.mtu', "'jumbo'"),
    Case('txqueuelen', link(txqueuelen=1 << 32), LINK + '.txqueuelen', '4294967296'),
    Case('mtu-fraction', link(mtu=1500.0), LINK + '.mtu', '1500.0'),
    Case('mac-group', link(mac='01:00:00:00:00:01'), LINK + '.mac', '01:00:00:00:00:01'),
    Case('mac-zero', link(mac='00:00:00:00:00:00'), LINK + '.mac', 'all zeros'),
    Case('mac-short', link(mac='02:00:00:00:01'), LINK + '.mac', "'02:00:00:00:01'"),
    Case('mac-number', link(mac=20000000001), LINK + '.mac', '20000000001'),
]
