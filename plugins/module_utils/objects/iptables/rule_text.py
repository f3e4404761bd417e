# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may stand as the text of one iptables rule, as far as text tells. Nothing is run, no resolver is asked."""

from __future__ import annotations

import functools
import ipaddress
import re
import typing as t

from ...values.problems import Problem

# iptables-restore reads lines into a buffer of 10240 bytes and takes what does not fit for a line of its own
# (iptables/iptables-restore.c). The rest of the buffer is for '[counters] -A CHAIN '.
_LONGEST_SPEC = 10000
_LONGEST_CHAIN = 28  # XT_EXTENSION_MAXNAMELEN - 1
_VERDICTS = ('ACCEPT', 'DROP', 'QUEUE', 'RETURN')

# Values of these may be any text, also such that look like an option.
_TEXT_OPTIONS = frozenset(
    (
        '--comment',
        '--log-prefix',
        '--nflog-prefix',
        '--ulog-prefix',
        '--string',
        '--hex-string',
        '--name',
        '--hashlimit-name',
    )
)
_COMMANDS = {
    'A': 'append',
    'C': 'check',
    'D': 'delete',
    'E': 'rename-chain',
    'F': 'flush',
    'I': 'insert',
    'L': 'list',
    'N': 'new-chain',
    'P': 'policy',
    'R': 'replace',
    'S': 'list-rules',
    'X': 'delete-chain',
    'Z': 'zero',
}
# -h and -V end iptables-restore with 0 before anything is loaded; -4 and -6 make it skip the rule silently in the other family;
# -M names a program to run; -v prints; counters are no part of what a rule is.
_ELSEWHERE = {
    't': 'table',
    'h': 'help',
    'V': 'version',
    '4': 'ipv4',
    '6': 'ipv6',
    'M': 'modprobe',
    'w': 'wait',
    'W': 'wait-interval',
    'n': 'numeric',
    'v': 'verbose',
    'x': 'exact',
    'c': 'set-counters',
}
_FORBIDDEN = {**_COMMANDS, **_ELSEWHERE}
_FORBIDDEN_LONG = frozenset(_FORBIDDEN.values()) | {'line-numbers'}
_ADDRESS_OPTIONS = (
    'source',
    'src',
    'destination',
    'dst',
    'ctorigsrc',
    'ctorigdst',
    'ctreplsrc',
    'ctrepldst',
    'gateway',
    'on-ip',
    'tunnel-src',
    'tunnel-dst',
    'vaddr',
)
# An address for one extension and a number for another: -m recent and -j CONNMARK, -j NETMAP and -m string.
_AMBIGUOUS_OPTIONS = {'--mask': 'recent', '--to': 'NETMAP'}
_NUMBER = re.compile(r'(?:0[xX][0-9a-fA-F]+|[0-9]+)$')
_ENDS = re.compile('[\n\r\x00]')
_QUOTED = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(.)', re.DOTALL)


def _unquoted(text: str) -> list[str]:
    return [word for word in text.replace('\t', ' ').replace('\n', ' ').split(' ') if word]


def words(spec: str) -> list[str]:
    """*spec* cut into words as iptables-restore does (iptables/xshared.c, add_param_to_argv). ValueError for an open quote.

    Only the double quote quotes; a closing quote ends the word; a backslash means something only inside quotes.
    """
    parts = _QUOTED.split(spec)
    if any('"' in part for part in parts[::2]):
        raise ValueError('a double quote is not closed')
    found: list[str] = []
    for before, quoted in zip(parts[::2], parts[1::2]):
        found += _unquoted(before)
        # What stands right before a quote belongs to its word.
        start = found.pop() if before and before[-1] not in ' \t\n' else ''
        found.append(start + (_ESCAPE.sub(r'\1', quoted) if '\\' in quoted else quoted))
    return found + _unquoted(parts[-1])


# xtables_numeric_to_ipaddr takes one to four numbers.
_IPV4 = re.compile(r'{0}(?:\.{0}){{0,3}}\Z'.format('0*(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])'))


def _is_ipv6(text: str) -> bool:
    try:
        return '%' not in text and bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


def _is_address(text: str, family: str | None) -> bool:
    host = text.strip(' ').partition('/')[0]
    return (family != 'ipv6' and bool(_IPV4.match(host))) or (family != 'ipv4' and _is_ipv6(host))


def address_fault(value: str, family: str | None) -> Problem | None:
    """What is wrong with *value* as an address, or several with commas between; None if nothing."""
    wanted = 'an %s address' % family.replace('ip', 'IP') if family else 'an address'
    for part in value.split(','):
        if not _is_address(part, family):
            do = 'names are not looked up, a rule must mean the same tomorrow, so write the address'
            return Problem('', 'not %s' % wanted, repr(part), do=do)
    return None


def _option_fault(option: str) -> str | None:
    if option.startswith('--') and len(option) > 2:
        name = next((name for name in sorted(_FORBIDDEN_LONG) if name.startswith(option[2:])), None)
        if name is None or option in ('--pol', '--set'):  # of -m policy and -m recent
            return None
        return _forbidden('--' + name, name in _COMMANDS.values())
    for letter in option[1:]:
        if letter in _FORBIDDEN:
            return _forbidden('-' + letter, letter in _COMMANDS)
        if letter in 'sd' and len(option) > 2:
            # iptables 1.8.9 takes the whole word for the address, and asks the resolver for it.
            return '%s: write -%s and its value apart' % (option, letter)
        if letter in 'pjgiomsd':
            break
    return None


def _forbidden(option: str, command: bool) -> str:
    if command:
        return '%s: a rule has no command (found %s, want matches and a target only); take it out' % (
            option,
            option,
        )
    return (
        '%s: does not belong into a rule; take it out (table, chain and family are said elsewhere)' % option
    )


class _Option(t.NamedTuple):
    """What an option is about: what is wrong with it; whether iptables would ask the resolver for its value, always or beside certain
    words (its value is a number then, or an address); whether its value is any text."""

    fault: str | None
    address: bool
    beside: tuple[str, ...]
    text: bool


@functools.lru_cache(maxsize=1024)
def _option(option: str) -> _Option | None:
    """None where there is nothing to look at. Abbreviations count: getopt_long takes them."""
    long = len(option) > 2 and option.startswith('--')
    beside = tuple(
        extension for name, extension in _AMBIGUOUS_OPTIONS.items() if long and name.startswith(option)
    )
    address = option in ('-s', '-d') or long and any(name.startswith(option[2:]) for name in _ADDRESS_OPTIONS)
    found = _Option(_option_fault(option), address, beside, option in _TEXT_OPTIONS)
    return found if any(found) else None


def check_spec(spec: str, family: str | None = None) -> str | None:
    """What is wrong with *spec* as the text of one rule, as far as text tells; None if nothing. Runs nothing, asks no resolver."""
    match = _ENDS.search(spec)
    if match is not None:
        return 'one rule is one line (found %r in it); take it out' % match.group()
    if len(spec.encode('utf-8', 'surrogateescape')) > _LONGEST_SPEC:
        return 'too long (found %d bytes, want at most %d); use several rules or a set' % (
            len(spec),
            _LONGEST_SPEC,
        )
    try:
        all_words = words(spec)
    except ValueError as exc:
        return '%s; close it, and write \\" for a quote inside quotes' % exc
    skip = False
    for number, word in enumerate(all_words, 1):
        if skip or word[:1] != '-':
            skip = False
            continue
        option, equals, value = word.partition('=') if '=' in word and word[:2] == '--' else (word, '', '')
        about = _option(option)
        if about is None:
            continue
        if about.fault is not None:
            return about.fault
        numbers = any(extension in all_words for extension in about.beside)
        if about.address or numbers:
            if not equals and number < len(all_words):
                value = all_words[number]
            problem = None if numbers and _NUMBER.match(value) else address_fault(value, family)
            if problem is not None:
                return str(problem.at(option))
        skip = about.text and not equals
    return None


def check_chain(name: str) -> Problem | None:
    """What is wrong with *name* as the name of a chain, None if nothing."""
    if not re.match(r'[!-~]+$', name) or name.endswith('\n') or '"' in name or name[0] in '-!':
        want = 'letters, digits and marks, no space or quote, no - or ! in front'
        return Problem('', 'is not a chain name', repr(name), want)
    if name in _VERDICTS:
        return Problem('', 'is a verdict, not a chain', name, do='choose another name')
    if len(name) > _LONGEST_CHAIN:
        return Problem('', 'is too long for a chain', repr(name), 'at most %d characters' % _LONGEST_CHAIN)
    return None
