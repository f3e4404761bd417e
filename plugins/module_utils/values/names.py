# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names, addresses and hardware addresses in their one canonical spelling."""

from __future__ import annotations

import functools
import hashlib
import ipaddress
import re
import typing as t

from .problems import Problem
from .reading import shown

HOST = ''
"""The key of the host's own namespace; people read and write it as ``host``."""

HOST_WORD = 'host'

End = tuple[str, str]
"""A link by namespace and name."""

LINK_NAME_BYTES = 15  # IFNAMSIZ less the closing NUL, linux/include/uapi/linux/if.h
_NAMESPACE = re.compile(r'[A-Za-z0-9][A-Za-z0-9_.-]{0,253}\Z')
_SCOPE = re.compile(r'[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z')
_MAC = re.compile(r'[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}\Z')
MARK_PREFIX = 'multinet:'
_NO_LINK_NAME = 'is not a valid link name'
_NO_PREFIX = 'is not a prefix'
_LONGEST_TEXT = 100  # of an address with its length, and blanks around it

PROTOCOL = 117
"""The protocol of each address, route and rule of ours. Free in linux/rtnetlink.h and in the table of
iproute2.
"""

# Parsing an address costs 10 us or more, and the gateway of one namespace is that of many.
_CACHED = functools.lru_cache(maxsize=1 << 14)


def mark_of(scope: str) -> str:
    """What stands in the alias of every link that *scope* made, and of the loopback of its namespaces."""
    return MARK_PREFIX + scope


def whole_alias(mark: str | None, alias: str | None) -> str:
    """The one text that the kernel has of a link: our mark with the user's text behind it, or that alone."""
    if mark is None or not mark.startswith(MARK_PREFIX):
        return alias or ''
    return '%s %s' % (mark, alias) if alias else mark


def mark_and_alias(text: str) -> tuple[str, str]:
    """The two parts of such a text. What others wrote is both: an owner that we do not know, and an alias."""
    if not text.startswith(MARK_PREFIX):
        return text, text
    mark, _blank, alias = text.partition(' ')
    return mark, alias


def place(namespace: str) -> str:
    """A namespace as people read it."""
    return namespace or HOST_WORD


def problem_of_link_name(name: str) -> Problem | None:
    """Why the kernel would refuse *name* for a link (dev_valid_name in net/core/dev.c), or None."""
    encoded = name.encode('utf-8', 'surrogateescape')
    if len(encoded) > LINK_NAME_BYTES:
        found = '%d bytes in %s' % (len(encoded), shown(name))
        return Problem('', 'is too long for a link', found, 'at most %d' % LINK_NAME_BYTES)
    if not name or name in ('.', '..') or re.search(r'[\s/:]', name) or not name.isprintable():
        return Problem('', _NO_LINK_NAME, shown(name), 'no blank, no "/" and no ":"')
    if '%' in name:  # __dev_alloc_name
        return Problem('', _NO_LINK_NAME, '%r: the kernel replaces "%%d" by a number' % name)
    if b'\xa0' in encoded:
        # The kernel's isspace() is that of Latin-1 and sees bytes, not letters (lib/ctype.c).
        return Problem('', _NO_LINK_NAME, '%r: the kernel takes a byte of it for white space' % name)
    if name in ('all', 'default'):
        return Problem('', 'is reserved', '%r: the kernel keeps settings under that name' % name)
    return None


def problem_of_namespace_name(name: str) -> Problem | None:
    """Why *name* cannot be the name of a namespace; None if it can."""
    if name in (HOST_WORD, '.', '..'):
        return Problem('', 'is reserved', repr(name))
    if not _NAMESPACE.match(name):
        want = 'letters, digits, "_", "." and "-", beginning with a letter or digit'
        return Problem('', 'is not a valid namespace name', shown(name), want)
    return None


def problem_of_scope(name: str) -> Problem | None:
    """Why *name* cannot be the name of a scope; None if it can."""
    if not _SCOPE.match(name):
        want = 'at most 64 letters, digits, "_", "." and "-"'
        return Problem('', 'is not a valid scope name', shown(name), want)
    return None


def canonical_mac(text: str) -> str | None:
    return text.replace('-', ':').lower() if _MAC.match(text) else None


def derived_mac(*parts: str) -> str:
    """A locally administered address that is the same on every run and differs from host to host."""
    digest = hashlib.sha256('\0'.join(parts).encode()).digest()
    return ':'.join('%02x' % byte for byte in (digest[0] & 0xFC | 0x02, *digest[1:6]))


def family_of(address: str) -> str:
    return 'ipv6' if ':' in address else 'ipv4'


@_CACHED
def canonical_ip(text: str) -> str | None:
    if len(text) > _LONGEST_TEXT or '%' in text:  # a zone: the link has a key of its own
        return None
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None


@_CACHED
def is_of_host(address: str) -> bool:
    """Whether a host can have *address*: it is neither that of a group nor none at all."""
    parsed = ipaddress.ip_address(address)
    return not parsed.is_multicast and not parsed.is_unspecified


@_CACHED
def needs_link(address: str) -> bool:
    """Whether only a link tells which host has *address*: it is a link-local one of IPv6."""
    return ':' in address and ipaddress.ip_address(address).is_link_local


Interface = t.Union[ipaddress.IPv4Interface, ipaddress.IPv6Interface]


@_CACHED
def interface_of(text: str) -> Interface:
    """An address on a link with the network that it reaches. Raises ValueError if *text* is none."""
    return ipaddress.ip_interface(text)


def canonical_interface(text: str) -> str | None:
    """``ADDRESS/LENGTH`` of an address on a link; without a length it is a single address."""
    if len(text) > _LONGEST_TEXT or '%' in text:
        return None
    try:
        return str(interface_of(text.strip()))
    except ValueError:
        return None


@_CACHED
def network_of(interface: str) -> str:
    """The network that an address on a link reaches, from ``ADDRESS/LENGTH``."""
    return str(interface_of(interface).network)


@_CACHED
def canonical_prefix(text: str, want: str = 'ADDRESS/LENGTH') -> tuple[str | None, Problem | None]:
    """``(NETWORK/LENGTH, None)`` or ``(None, problem)``. Bits behind the length are a problem: they would be
    lost silently.

    *want* says what else may stand there.
    """
    if len(text) > _LONGEST_TEXT or '%' in text:
        return None, Problem('', _NO_PREFIX, shown(text), want)
    try:
        return str(ipaddress.ip_network(text.strip())), None
    except ValueError:
        pass
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None, Problem('', _NO_PREFIX, shown(text), want)
    return None, Problem('', 'has host bits set', shown(text), str(network))


ANY = {'ipv4': '0.0.0.0/0', 'ipv6': '::/0'}


def canonical_value(text: str) -> str:
    """A sysctl's value in one spelling: the kernel separates numbers with tabs, people with blanks."""
    return ' '.join(text.split())
