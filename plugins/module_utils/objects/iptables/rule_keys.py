# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables rules for the common cases as keys, which make the same text that one could write."""

from __future__ import annotations

import re

from ...values.problems import Problems
from ...values.reading import Reader, plain, shown
from .rule_text import address_fault, check_chain

_STATES = ('new', 'established', 'related', 'invalid', 'untracked', 'snat', 'dnat')
_PORT_PROTOCOLS = ('tcp', 'udp', 'sctp', 'dccp', 'udplite')
_MOST_PORTS = 15  # XT_MULTI_PORTS; a range takes two of them
_LONGEST_COMMENT = 255  # XT_MAX_COMMENT_LEN - 1
_PORT = re.compile(r'(\d+)(?:[-:](\d+))?$')
_LINK = re.compile(r'!?[^\s/!"-][^\s/"]{0,14}$')
_PLAIN = re.compile(r'[\w.-]+$', re.ASCII)
_REJECTS = {'ipv4': 'icmp-port-unreachable', 'ipv6': 'icmp6-port-unreachable'}
_TARGETS = {
    'ipv4': re.compile(r'(?:(?P<first>[\d.]+)(?:-(?P<last>[\d.]+))?)?(?::(?P<port>\d+(?:-\d+)?))?$'),
    'ipv6': re.compile(
        r'(?P<open>\[)?(?P<first>[\da-fA-F:.]+)(?:-(?P<last>[\da-fA-F:.]+))?(?(open)\](?::(?P<port>\d+(?:-\d+)?))?)$'
    ),
}
TARGETS = ('jump', 'masquerade', 'snat', 'dnat', 'redirect', 'clamp_mss')
_TABLES = {'masquerade': 'nat', 'snat': 'nat', 'dnat': 'nat', 'redirect': 'nat', 'clamp_mss': 'mangle'}


def quoted(text: str) -> str:
    """*text* as one word of a rule."""
    return '"%s"' % text.replace('\\', '\\\\').replace('"', '\\"')


def _turned(value: str) -> tuple[str, str]:
    """A leading exclamation mark as iptables has it, and the rest."""
    return ('! ', value[1:].strip()) if value.startswith('!') else ('', value)


class _Rule:
    """One mapping, on its way to a text for a family."""

    def __init__(self, reader: Reader, table: str, family: str) -> None:
        self.reader, self.table, self.family = reader, table, family
        self.parts: list[str] = []
        self.protocol = ''

    def text(self) -> str:
        # All keys are asked for, so that the whole of them is known to Reader.done.
        for part in (
            self._addresses,
            self._links,
            self._protocol,
            self._ports,
            self._states,
            self._comment,
            self._target,
        ):
            part()
        return ' '.join(self.parts)

    def _members(self, key: str) -> list[str]:
        """A list of texts, or one text."""
        value = self.reader.take(key)
        if value is None:
            return []
        found = [plain(member) for member in (value if isinstance(value, (list, tuple)) else [value])]
        if not found or not all(found):
            self.reader.fault(key, 'is neither text nor a list of texts', found=shown(value))
            return []
        return [member.strip() for member in found if member]

    def _addresses(self) -> None:
        for key, option in (('source', '-s'), ('destination', '-d')):
            members = self._members(key)
            turned, first = _turned(members[0]) if members else ('', '')
            value = ','.join([first, *members[1:]])
            if turned and len(members) > 1:
                self.reader.fault(
                    key,
                    'cannot turn a list round',
                    found=shown(', '.join(members)),
                    do='use one rule with RETURN for each',
                )
            problem = address_fault(value, self.family) if value else None
            if problem:
                self.reader.note(key, problem)
            elif value:
                self.parts.append('%s%s %s' % (turned, option, value))

    def _links(self) -> None:
        for key, option in (('in', '-i'), ('out', '-o')):
            value = self.reader.text(key)
            if value is not None and not _LINK.match(value):
                self.reader.fault(
                    key,
                    'is no name of a link',
                    found=shown(value),
                    do='use 1 to 15 letters, a "+" at the end for any rest, a "!" in front for all others',
                )
            elif value is not None:
                turned, name = _turned(value)
                self.parts.append('%s%s %s' % (turned, option, name))

    def _protocol(self) -> None:
        value = self.reader.text('protocol')
        if value is None:
            return
        turned, name = _turned(value)
        if not _PLAIN.match(name):
            self.reader.fault('protocol', 'is no protocol', found=shown(value), do='write its name or number')
            return
        self.protocol = name.lower() if not turned else ''
        name = 'ipv6-icmp' if self.family == 'ipv6' and name.lower() == 'icmp' else name
        self.parts.append('%s-p %s' % (turned, name))

    def _ports(self) -> None:
        for key, one, several in (('ports', '--dport', '--dports'), ('source_ports', '--sport', '--sports')):
            members, found, room = self._members(key), [], 0
            for member in members:
                match = _PORT.match(member)
                low, high = (int(match.group(1)), int(match.group(2) or match.group(1))) if match else (1, 0)
                if not 0 <= low <= high <= 65535:
                    self.reader.fault(
                        key,
                        'is no port',
                        found=shown(member),
                        want='0 to 65535, or a range such as 8000-8010',
                    )
                    return
                found.append('%d' % low if low == high else '%d:%d' % (low, high))
                room += 1 if low == high else 2
            if found and self.protocol not in _PORT_PROTOCOLS:
                self.reader.fault(
                    key,
                    'needs protocol',
                    found=self.protocol or 'none',
                    want='one of %s' % ', '.join(_PORT_PROTOCOLS),
                )
            elif room > _MOST_PORTS:
                self.reader.fault(
                    key,
                    'has too many ports for one rule',
                    found=str(room),
                    want='at most %d, a range counts two' % _MOST_PORTS,
                    do='make two rules of it',
                )
            elif len(found) == 1:
                self.parts.append('%s %s' % (one, found[0]))
            elif found:
                self.parts.append('-m multiport %s %s' % (several, ','.join(found)))

    def _states(self) -> None:
        found = [state.lower() for state in self._members('state')]
        for state in found:
            if state not in _STATES:
                self.reader.fault(
                    'state', 'is unknown', found=shown(state), want='some of %s' % ', '.join(_STATES)
                )
                return
        if found:
            self.parts.append('-m conntrack --ctstate %s' % ','.join(found).upper())

    def _comment(self) -> None:
        value = self.reader.take('comment')
        if value is None:
            return
        text = plain(value)
        if text is None or re.search('[\n\r\x00]', text):
            self.reader.fault('comment', 'is not one line of text', found=shown(value))
        elif len(text.encode()) > _LONGEST_COMMENT:
            self.reader.fault(
                'comment',
                'is too long',
                found='%d bytes' % len(text.encode()),
                want='at most %d' % _LONGEST_COMMENT,
            )
        else:
            self.parts.append('-m comment --comment ' + quoted(text))

    def _target(self) -> None:
        given = [key for key in TARGETS if self.reader.has(key)]
        if len(given) != 1:
            self.reader.problems.add(
                self.reader.path,
                'has %s' % ('no target' if not given else 'more than one target'),
                found=' and '.join(given) or 'none',
                want='one of %s' % ', '.join(TARGETS),
            )
        for key in TARGETS:
            part = getattr(self, '_' + key)()
            if part and _TABLES.get(key, self.table) != self.table:
                self.reader.fault(key, 'is for table %s' % _TABLES[key], found='it in %s' % self.table)
            elif part:
                self.parts.append(part)

    def _jump(self) -> str:
        value = self.reader.text('jump')
        if value is None:
            return ''
        if value == 'REJECT':
            return '-j REJECT --reject-with ' + (
                'tcp-reset' if self.protocol == 'tcp' else _REJECTS[self.family]
            )
        problem = None if value in ('ACCEPT', 'DROP', 'RETURN') else check_chain(value)
        if problem:
            self.reader.note('jump', problem)
        return '-j ' + value

    def _masquerade(self) -> str:
        wanted = self.reader.boolean('masquerade')
        if wanted is False:
            self.reader.fault('masquerade', 'is false, which is no target', do='leave the rule out')
        return '-j MASQUERADE' if wanted else ''

    def _snat(self) -> str:
        return self._translated('snat', '-j SNAT --to-source')

    def _dnat(self) -> str:
        return self._translated('dnat', '-j DNAT --to-destination')

    def _translated(self, key: str, option: str) -> str:
        """ADDRESS, ADDRESS-ADDRESS, and with ports ADDRESS:PORT, [ADDRESS]:PORT or :PORT."""
        value = self.reader.text(key)
        if value is None:
            return ''
        match = _TARGETS[self.family].match(value)
        first, last, port = match.group('first', 'last', 'port') if match else (None, None, None)
        faults = [address_fault(end, self.family) for end in (first, last) if end]
        if not (first or port) or any(faults):
            self.reader.fault(
                key,
                'is nothing to translate to',
                found=shown(value),
                want='ADDRESS, FIRST-LAST, ADDRESS:PORT or :PORT'
                if self.family == 'ipv4'
                else 'ADDRESS, FIRST-LAST or [ADDRESS]:PORT of IPv6',
            )
            return ''
        if port and (not _PORT.match(port) or self.protocol not in _PORT_PROTOCOLS):
            self.reader.fault(
                key,
                'has a port, which needs protocol',
                found=self.protocol or 'none',
                want='one of %s' % ', '.join(_PORT_PROTOCOLS),
            )
            return ''
        text = '-'.join(filter(None, (first, last)))
        if port:
            text = ('[%s]' % text if self.family == 'ipv6' and text else text) + ':' + port
        return '%s %s' % (option, text)

    def _redirect(self) -> str:
        value = self.reader.text('redirect')
        if value is None:
            return ''
        match = _PORT.match(value)
        if not match or int(match.group(1)) > 65535 or self.protocol not in _PORT_PROTOCOLS:
            self.reader.fault(
                'redirect',
                'needs a port and protocol',
                found='%s, protocol %s' % (shown(value), self.protocol or 'none'),
            )
        return '-j REDIRECT --to-ports %s' % value.replace(':', '-')

    def _clamp_mss(self) -> str:
        value = self.reader.take('clamp_mss')
        if value is None:
            return ''
        text = plain(value)
        if value is not True and not (text and text.isdigit() and 64 <= int(text) <= 65535):
            self.reader.fault('clamp_mss', 'is neither true nor a size in bytes', found=shown(value))
        if self.protocol not in ('', 'tcp'):
            self.reader.fault('clamp_mss', 'is for tcp', found='protocol %s' % self.protocol)
        prefix = '' if self.protocol else '-p tcp '
        return (
            prefix
            + '-m tcp --tcp-flags SYN,RST SYN -j TCPMSS '
            + ('--clamp-mss-to-pmtu' if value is True else '--set-mss %s' % text)
        )


def read_rule_keys(data: object, path: str, problems: Problems, table: str, family: str) -> str:
    """The text of a rule that is given as a mapping; '' where it has a fault."""
    reader = Reader(data, path, problems)
    before = len(problems.found)
    text = _Rule(reader, table, family).text()
    reader.done()
    return text if len(problems.found) == before else ''
