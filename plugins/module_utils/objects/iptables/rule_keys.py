# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables rules for the common cases as keys, which become the same text that one could write."""

from __future__ import annotations

import re
import typing as t

from ...values.problems import Problems
from ...values.reading import Reader, shown
from .chain_name import chain_problem
from .rule_text import address_problem
from .schema import RULE
from .value import REJECT_WITH

_STATES = ('new', 'established', 'related', 'invalid', 'untracked', 'snat', 'dnat')
_PORT_PROTOCOLS = ('tcp', 'udp', 'sctp', 'dccp', 'udplite')
_MOST_PORTS = 15  # XT_MULTI_PORTS; a range takes two of them
_PORT = re.compile(r'([0-9]{1,5})(?:[-:]([0-9]{1,5}))?\Z')
_LINK = re.compile(r'!?[^\s/!"-][^\s/"]{0,14}$')
_PLAIN = re.compile(r'[\w.-]+$', re.ASCII)
_TRANSLATIONS = {
    'ipv4': re.compile(r'(?:(?P<first>[\d.]+)(?:-(?P<last>[\d.]+))?)?(?::(?P<port>\d+(?:-\d+)?))?$'),
    'ipv6': re.compile(
        r'(?P<open>\[)?(?P<first>[\da-fA-F:.]+)(?:-(?P<last>[\da-fA-F:.]+))?(?(open)\](?::(?P<port>\d+(?:-\d+)?))?)$'
    ),
}
_TRANSLATION_FORMS = {
    'ipv4': 'ADDRESS, FIRST-LAST, ADDRESS:PORT or :PORT',
    'ipv6': 'ADDRESS, FIRST-LAST or [ADDRESS]:PORT of IPv6',
}
TARGETS = ('jump', 'masquerade', 'snat', 'dnat', 'redirect', 'clamp_mss')
_TABLES = {'masquerade': 'nat', 'snat': 'nat', 'dnat': 'nat', 'redirect': 'nat', 'clamp_mss': 'mangle'}


def _quoted(text: str) -> str:
    """*text* as one word of a rule."""
    return '"%s"' % text.replace('\\', '\\\\').replace('"', '\\"')


def _negation(value: str) -> tuple[str, str]:
    """A leading exclamation mark as iptables has it, and the rest."""
    return ('! ', value[1:].strip()) if value.startswith('!') else ('', value)


def read_rule_keys(data: object, path: str, problems: Problems, table: str, family: str) -> str:
    """The text of a rule that is given as keys; '' if something is wrong with it."""
    reader = Reader(data, path, problems)
    before = len(problems.found)
    text = _RuleText(reader, dict(RULE.read(reader)), table, family).text()
    reader.done()
    return text if len(problems.found) == before else ''


class _RuleText:
    """Makes the text of a rule for one family. Each part is '' if the rule does not have it, or if it is
    wrong."""

    def __init__(self, reader: Reader, values: t.Mapping[str, t.Any], table: str, family: str) -> None:
        self.reader, self.values, self.table, self.family = reader, values, table, family
        self.protocol = ''
        """The protocol that the rule is for; '' if it is for several."""

    def text(self) -> str:
        parts = [
            self._addresses('source', '-s'),
            self._addresses('destination', '-d'),
            self._link('in', '-i'),
            self._link('out', '-o'),
            self._protocol(),
            self._ports('ports', '--dport'),
            self._ports('source_ports', '--sport'),
            self._state(),
            self._comment(),
            self._target(),
        ]
        return ' '.join(filter(None, parts))

    def _addresses(self, key: str, option: str) -> str:
        members = self.values.get(key, ())
        negation, first = _negation(members[0]) if members else ('', '')
        value = ','.join([first, *members[1:]])
        if negation and len(members) > 1:
            advice = 'use one rule with RETURN for each'
            self.reader.problem(key, 'cannot negate a list', do=advice, found=shown(', '.join(members)))
        problem = address_problem(value, self.family) if value else None
        if problem:
            self.reader.note(key, problem)
        return '%s%s %s' % (negation, option, value) if value and not problem else ''

    def _link(self, key: str, option: str) -> str:
        value = self.values.get(key)
        if value is None:
            return ''
        if not _LINK.match(value):
            advice = 'use 1 to 15 letters, a "+" at the end for any rest, a "!" in front for all others'
            self.reader.problem(key, 'is not a valid link name', do=advice, found=shown(value))
            return ''
        negation, name = _negation(value)
        return '%s%s %s' % (negation, option, name)

    def _protocol(self) -> str:
        value = self.values.get('protocol')
        if value is None:
            return ''
        negation, name = _negation(value)
        if not _PLAIN.match(name):
            self.reader.problem(
                'protocol', 'is not a protocol', do='write its name or number', found=shown(value)
            )
            return ''
        self.protocol = '' if negation else name.lower()
        name = 'ipv6-icmp' if self.family == 'ipv6' and name.lower() == 'icmp' else name
        return '%s-p %s' % (negation, name)

    def _ports(self, key: str, option: str) -> str:
        members = self.values.get(key, ())
        spans = [self._span(key, member) for member in members]
        if not members or not all(spans):
            return ''
        room = sum(2 if ':' in span else 1 for span in spans)
        if self.protocol not in _PORT_PROTOCOLS:
            want = 'one of ' + ', '.join(_PORT_PROTOCOLS)
            self.reader.problem(key, 'needs protocol', found=self.protocol or 'none', want=want)
            return ''
        if room > _MOST_PORTS:
            want = 'at most %d, a range counts two' % _MOST_PORTS
            advice = 'make two rules of it'
            self.reader.problem(
                key, 'has too many ports for one rule', do=advice, found='%d' % room, want=want
            )
            return ''
        if len(spans) == 1:
            return '%s %s' % (option, spans[0])
        return '-m multiport %ss %s' % (option, ','.join(spans))

    def _span(self, key: str, member: str) -> str:
        """A port, or a range as iptables writes it."""
        match = _PORT.match(member)
        low, high = (int(match.group(1)), int(match.group(2) or match.group(1))) if match else (1, 0)
        if not 0 <= low <= high <= 65535:
            want = '0 to 65535, or a range such as 8000-8010'
            self.reader.problem(key, 'is not a port', found=shown(member), want=want)
            return ''
        return '%d' % low if low == high else '%d:%d' % (low, high)

    def _state(self) -> str:
        states = [state.lower() for state in self.values.get('state', ())]
        for state in states:
            if state not in _STATES:
                want = 'some of ' + ', '.join(_STATES)
                self.reader.problem('state', 'is unknown', found=shown(state), want=want)
                return ''
        return '-m conntrack --ctstate %s' % ','.join(states).upper() if states else ''

    def _comment(self) -> str:
        comment = self.values.get('comment')
        return '' if comment is None else '-m comment --comment ' + _quoted(comment)

    def _target(self) -> str:
        given = [key for key in TARGETS if self.reader.has(key)]
        if len(given) != 1:
            what = 'has more than one target' if given else 'has no target'
            want = 'one of ' + ', '.join(TARGETS)
            found = ' and '.join(given) or 'none'
            self.reader.problems.add(self.reader.path, what, found=found, want=want)
        texts = [self._target_text(key) for key in given if self.values.get(key) is not None]
        return ' '.join(filter(None, texts))

    def _target_text(self, key: str) -> str:
        text = getattr(self, '_' + key)(self.values[key])
        table = _TABLES.get(key, self.table)
        if text and table != self.table:
            self.reader.problem(key, 'is for table %s' % table, found='it in ' + self.table)
        return t.cast(str, text)

    def _jump(self, value: str) -> str:
        if value == 'REJECT':
            reply = 'tcp-reset' if self.protocol == 'tcp' else REJECT_WITH[self.family]
            return '-j REJECT --reject-with ' + reply
        problem = None if value in ('ACCEPT', 'DROP', 'RETURN') else chain_problem(value)
        if problem:
            self.reader.note('jump', problem)
        return '-j ' + value

    def _masquerade(self, wanted: bool) -> str:
        if not wanted:
            self.reader.problem('masquerade', 'is false, which is no target', do='leave the rule out')
            return ''
        return '-j MASQUERADE'

    def _snat(self, value: str) -> str:
        return self._translation('snat', '-j SNAT --to-source', value)

    def _dnat(self, value: str) -> str:
        return self._translation('dnat', '-j DNAT --to-destination', value)

    def _translation(self, key: str, option: str, value: str) -> str:
        """ADDRESS, ADDRESS-ADDRESS, and with ports ADDRESS:PORT, [ADDRESS]:PORT or :PORT."""
        match = _TRANSLATIONS[self.family].match(value)
        first, last, port = match.group('first', 'last', 'port') if match else (None, None, None)
        problems = [address_problem(end, self.family) for end in (first, last) if end]
        if not (first or port) or any(problems):
            want = _TRANSLATION_FORMS[self.family]
            self.reader.problem(key, 'is nothing to translate to', found=shown(value), want=want)
            return ''
        if port and (not _PORT.match(port) or self.protocol not in _PORT_PROTOCOLS):
            want = 'one of ' + ', '.join(_PORT_PROTOCOLS)
            what = 'has a port, which needs protocol'
            self.reader.problem(key, what, found=self.protocol or 'none', want=want)
            return ''
        text = '-'.join(filter(None, (first, last)))
        if port and text and self.family == 'ipv6':
            text = '[%s]' % text
        return '%s %s' % (option, '%s:%s' % (text, port) if port else text)

    def _redirect(self, value: str) -> str:
        match = _PORT.match(value)
        if not match or int(match.group(1)) > 65535 or self.protocol not in _PORT_PROTOCOLS:
            found = '%s, protocol %s' % (shown(value), self.protocol or 'none')
            self.reader.problem('redirect', 'needs a port and protocol', found=found)
        return '-j REDIRECT --to-ports %s' % value.replace(':', '-')

    def _clamp_mss(self, value: t.Any) -> str:
        if self.protocol not in ('', 'tcp'):
            self.reader.problem('clamp_mss', 'is for tcp', found='protocol %s' % self.protocol)
        size = '--clamp-mss-to-pmtu' if value is True else '--set-mss %s' % value
        prefix = '' if self.protocol else '-p tcp '
        return '%s-m tcp --tcp-flags SYN,RST SYN -j TCPMSS %s' % (prefix, size)
