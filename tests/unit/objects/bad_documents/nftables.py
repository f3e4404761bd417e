# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nftables: tables and their content."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    CONTENT,
    Case,
    host,
    table,
)

CASES = [
    Case('nft-mapping', host(nftables={'content': 'chain c { }'}), 'nftables', "{'content'"),
    Case('nft-text', host(nftables=['chain c { }']), 'nftables[0]', 'chain c'),
    Case('nft-family', table(family='ipv4'), 'nftables[0].family', "'ipv4'"),
    Case('nft-key', table(contents='x'), 'nftables[0].contents', 'did you mean content?'),
    Case('nft-content-missing', host(nftables=[{'table': 'mine'}]), CONTENT, 'is missing'),
    Case('nft-content-empty', table(' \n'), CONTENT, 'is empty'),
    Case('nft-content-list', table(['chain c { }']), CONTENT, "['chain c { }']"),
    Case('nft-content-number', table(5), CONTENT, '5'),
    Case('nft-content-half-a-letter', table('\udc80'), CONTENT, 'udc80', plain=False),
    Case('nft-content-nul', table('chain c { }\n\0'), CONTENT, 'line 2 has a control character'),
    Case('nft-content-return', table('chain c { }\r\n'), CONTENT, "'\\r'"),
    Case(
        'nft-closes-the-table',
        table('chain c { }\n}\ntable inet other {'),
        CONTENT,
        'line 2 has a "}"',
        ((CONTENT, 'line 3 has a "{"'),),
    ),
    Case('nft-closes-too-much', table('chain c { } }'), CONTENT, 'line 1 has a "}"'),
    Case('nft-flush', table('}\nflush ruleset'), CONTENT, 'line 1 has a "}"'),
    Case('nft-open', table('chain c {\n accept'), CONTENT, 'line 1 has a "{"'),
    Case('nft-brace-in-comment', table('chain c {\n accept # }'), CONTENT, 'line 1 has a "{"'),
    Case('nft-brace-in-quotes', table('chain c {\n accept comment "}"'), CONTENT, 'line 1 has a "{"'),
    Case('nft-quote', table('chain c {\n log prefix "a\n}'), CONTENT, 'line 2 has a quote'),
    Case('nft-include', table('include "/etc/shadow"'), CONTENT, 'line 1 reads another file'),
    Case(
        'nft-include-behind-a-number',
        table('chain c { tcp dport 5include "x"\n}'),
        CONTENT,
        'line 1 reads another file',
    ),
    Case(
        'nft-include-inside', table('chain c { accept;include "x"\n}'), CONTENT, 'line 1 reads another file'
    ),
    Case('nft-name', table(table='a b'), 'nftables[0].table', "'a b'"),
    Case(
        'nft-name-escape',
        table(table='x { }; flush ruleset; table inet y'),
        'nftables[0].table',
        'flush ruleset',
    ),
    Case('nft-name-digit', table(table='1st'), 'nftables[0].table', "'1st'"),
    Case('nft-name-long', table(table='t' * 256), 'nftables[0].table', 'at most 255'),
    Case('nft-name-of-iptables', table(table='filter', family='ip'), 'nftables[0].table', 'ip filter'),
    Case('nft-name-of-another-scope', table(table='multinet-pxc'), 'nftables[0].table', 'multinet-pxc'),
    Case(
        'twice-table',
        host(nftables=[{'content': 'chain c { }'}, {'content': 'chain d { }', 'table': 'multinet-lab'}]),
        'nftables[1]',
        'nftables[0]',
    ),
]
