# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words for the usual sysctls of a namespace and of a link. A word is the same as the sysctls that it stands
for: it is read, compared, undone and forgotten as they are.
"""

from __future__ import annotations

import typing as t

from ...values.reading import Reader
from ..attribute import Attribute, Table, Type
from .switches import one_name
from .value import Sysctl

Settings = t.Mapping[str, str]
"""Paths below /proc/sys, in which %s is the link, with their values."""

_SWITCH = {True: 'on', False: 'off'}  # YAML 1.1 reads the words as booleans


class SysctlWord(Type):
    """A word that stands for settings."""

    argument = 'raw'
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __init__(self, settings: t.Mapping[str, Settings]) -> None:
        super().__init__()
        self.settings = settings

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.settings)

    def read(self, reader: Reader, key: str, required: bool = False) -> str | None:
        value = reader.data.get(key)
        if isinstance(value, bool) and _SWITCH[value] in self.settings:
            reader.take(key)
            return _SWITCH[value]
        return reader.choice(key, self.settings, required=required)


def _forwarding(ipv4: str, ipv6: str) -> SysctlWord:
    return SysctlWord(
        {
            'off': {ipv4: '0', ipv6: '0'},
            'ipv4': {ipv4: '1'},
            'ipv6': {ipv6: '1'},
            'both': {ipv4: '1', ipv6: '1'},
        }
    )


def _numbers(path: str, *words: str) -> SysctlWord:
    """Words that stand for 0, 1, 2 and so on."""
    return SysctlWord({word: {path: str(number)} for number, word in enumerate(words)})


LINK_WORDS = Table(
    Attribute(
        'forwarding',
        _forwarding('net/ipv4/conf/%s/forwarding', 'net/ipv6/conf/%s/forwarding'),
        'Family of which packets that come in by the link are forwarded; the other family stays as it is. '
        'C(net.ipv4.conf.LINK.forwarding) and C(net.ipv6.conf.LINK.forwarding).',
    ),
    Attribute(
        'rp_filter',
        _numbers('net/ipv4/conf/%s/rp_filter', 'off', 'strict', 'loose'),
        'Whether packets of IPv4 are dropped whose source is not reached by the link (V(strict)), or by no '
        'link (V(loose)). C(net.ipv4.conf.LINK.rp_filter); the kernel takes the higher one of that and '
        'C(net.ipv4.conf.all.rp_filter).',
    ),
    Attribute(
        'accept_ra',
        _numbers('net/ipv6/conf/%s/accept_ra', 'off', 'on', 'always'),
        'Whether the kernel heeds router advertisements: unless it forwards IPv6 (V(on)), or V(always). '
        'C(net.ipv6.conf.LINK.accept_ra).',
    ),
    Attribute(
        'use_tempaddr',
        _numbers('net/ipv6/conf/%s/use_tempaddr', 'off', 'prefer-public', 'prefer-temporary'),
        'Whether the kernel makes temporary addresses of IPv6 (privacy extensions), and which address it '
        'prefers. C(net.ipv6.conf.LINK.use_tempaddr).',
    ),
    Attribute(
        'proxy_arp',
        _numbers('net/ipv4/conf/%s/proxy_arp', 'off', 'on'),
        'Whether the link answers ARP for what other links reach. C(net.ipv4.conf.LINK.proxy_arp).',
    ),
    Attribute(
        'proxy_ndp',
        _numbers('net/ipv6/conf/%s/proxy_ndp', 'off', 'on'),
        'Whether the link answers for the proxy entries of IPv6 that it has. '
        'C(net.ipv6.conf.LINK.proxy_ndp).',
    ),
)
"""What a link takes."""

NAMESPACE_WORDS = Table(
    Attribute(
        'forwarding',
        _forwarding('net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding'),
        'Family of which packets are forwarded; the other family stays as it is. C(net.ipv4.ip_forward) and '
        'C(net.ipv6.conf.all.forwarding).',
    ),
)
"""What the top level and a namespace take."""


def read_words(reader: Reader, namespace: str, link: str = '') -> list[tuple[str, Sysctl]]:
    """The settings that the words of a link, or of a namespace, stand for, each with the path of its word."""
    table = LINK_WORDS if link else NAMESPACE_WORDS
    settings: list[tuple[str, Sysctl]] = []
    for name, word in table.read(reader):
        attribute = table[name]
        of_word = t.cast(SysctlWord, attribute.type).settings[t.cast(str, word)]
        for path, value in of_word.items():
            key = one_name(path % link if link else path)
            settings.append((reader.at(attribute.key), Sysctl(namespace, key, value)))
    return settings


__all__ = ['LINK_WORDS', 'NAMESPACE_WORDS', 'SysctlWord', 'read_words']
