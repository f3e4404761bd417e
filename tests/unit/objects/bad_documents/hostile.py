# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile input: deep, huge, and text that is not what it looks like."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    ADDRESS,
    LINK,
    RED,
    RULE,
    Case,
    address,
    chain,
    host,
    inside,
    link,
    replicas,
    rule,
    sysctl,
)


def nested(levels: int) -> list[t.Any]:
    found: list[t.Any] = []
    for _level in range(levels):
        found = [found]
    return found


HUGE, DIGITS = 10**5000, '9' * 5000
PORTS, REDIRECT, SIZE = ['iptables[0].rules[0].' + key for key in ('ports', 'redirect', 'clamp_mss')]


def mangled(key: str, value: t.Any) -> dict[str, t.Any]:
    table, name = ('mangle', 'FORWARD') if key == 'clamp_mss' else ('nat', 'PREROUTING')
    return host(iptables=[{'table': table, 'chain': name, 'rules': [{'protocol': 'tcp', key: value}]}])


def many(name: str) -> dict[str, t.Any]:
    return {'name': name + '{n}', 'replicas': 2400}


CASES = [
    Case('deep-list', host(links=nested(5000)), LINK, 'found ', plain=False),
    Case('deep-name', host(name=nested(5000)), 'name', 'found ', plain=False),
    Case(
        'deep-sysctl',
        sysctl('net.core.somaxconn', nested(5000)),
        'sysctls[net.core.somaxconn]',
        'found ',
        plain=False,
    ),
    Case('deep-replicas', replicas(2, links=nested(5000)), RED, 'nested too deeply', plain=False),
    Case('huge-name', host(name=HUGE), 'name', 'is not text', plain=False),
    Case('huge-mtu', link(mtu=HUGE), LINK + '.mtu', 'out of range', plain=False),
    Case('huge-mtu-hexadecimal', link(mtu='0x' + 'f' * 5000), LINK + '.mtu', 'out of range'),
    Case('huge-mtu-decimal', link(mtu='9' * 5000), LINK + '.mtu', ''),
    Case('huge-priority', rule(priority=HUGE), RULE + '.priority', 'out of range', plain=False),
    Case('huge-mark', rule(mark=HUGE), RULE + '.mark', 'is not a mark', plain=False),
    Case('huge-port', rule(dport=HUGE), RULE + '.dport', 'want 1 to 65534', plain=False),
    Case('huge-boolean', inside(exclusive=HUGE), RED + '.exclusive', 'neither true nor false', plain=False),
    Case('huge-replicas', replicas(HUGE), RED + '.replicas', 'out of range', plain=False),
    Case(
        'digits-of-a-port', chain(rules=[{'protocol': 'tcp', 'ports': DIGITS, 'jump': 'DROP'}]), PORTS, '9999'
    ),
    Case('digits-of-a-redirect', mangled('redirect', DIGITS), REDIRECT, '9999'),
    Case('digits-of-a-size', mangled('clamp_mss', DIGITS), SIZE, '9999'),
    Case('digits-that-are-none', mangled('clamp_mss', '\u00b2\u00b2\u00b2'), SIZE, '\u00b2'),
    Case('expression-long', replicas(2, 'red{n' + '+1' * 500 + '}'), RED + '.name', 'it is too long'),
    Case('replicas-in-sum', host(namespaces=[many('a'), many('b')]), 'namespaces[1].replicas', '4800'),
    Case('not-a-number', link(mtu=float('nan')), LINK + '.mtu', 'nan', plain=False),
    Case('infinite', rule(priority=float('inf')), RULE + '.priority', 'inf', plain=False),
    Case('text-right-to-left', link(name='br\u202e0'), LINK + '.name', '\\u202e'),
    Case('text-line-separator', address('10.0.0.1\u2028/24'), ADDRESS, '\\u2028'),
    Case('text-full-width-digits', address('\uff11\uff10.0.0.1/24'), ADDRESS, '\uff11\uff10.0.0.1/24'),
    Case('text-bell', rule(**{'from': '\a'}), RULE + '.from', '\\x07'),
    Case('text-long', link(state='x' * 100000), LINK + '.state', '...'),
]
