# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be the text of one iptables rule, as far as text tells. Nothing is run, no resolver is asked."""

from __future__ import annotations

import functools
import ipaddress
import re
import typing as t

from ...values.problems import Problem
from ...values.reading import shown

# iptables-restore reads lines into a buffer of 10240 bytes and takes the rest of a longer one for the next
# line (iptables/iptables-restore.c). The rest of the buffer is for '[counters] -A CHAIN '.
_LONGEST_SPEC = 10000

# Values of these may be any text, even one that looks like an option.
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
# -h and -V end iptables-restore with 0 before anything is loaded; -4 and -6 make it silently skip the rule in
# the other family; -M names a program to run; -v prints; counters are not part of a rule.
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
    """*spec* cut into words as iptables-restore does (iptables/xshared.c, add_param_to_argv).

    Only the double quote quotes; a closing quote ends the word; a backslash means something only inside
    quotes. Raises ValueError if a quote is open.
    """
    parts = _QUOTED.split(spec)
    if any('"' in part for part in parts[::2]):
        raise ValueError('a double quote is not closed')
    result: list[str] = []
    for before, quoted in zip(parts[::2], parts[1::2]):
        result += _unquoted(before)
        # What stands right before a quote belongs to its word.
        start = result.pop() if before and before[-1] not in ' \t\n' else ''
        result.append(start + (_ESCAPE.sub(r'\1', quoted) if '\\' in quoted else quoted))
    return result + _unquoted(parts[-1])


_NO_NAMES = 'names are not looked up, so that a rule always means the same; write the address'
_SET_OPTIONS = ('--match-set', '--add-set', '--del-set', '--map-set')
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


def address_problem(value: str, family: str | None) -> Problem | None:
    """Why *value* is not a list of addresses with commas between; None if it is one."""
    for part in value.split(','):
        if not _is_address(part, family):
            kind = 'an %s address' % family.replace('ip', 'IP') if family else 'an address'
            return Problem('', 'not ' + kind, shown(part), do=_NO_NAMES)
    return None


def set_names(spec: str) -> list[str]:
    """The ipsets that the text of a rule names."""
    if '-s' not in spec or 'set' not in spec.lower():
        return []
    names = []
    try:
        rule_words = words(spec)
    except ValueError:
        return []  # reported by check_spec
    for number, word in enumerate(rule_words):
        option, equals, value = word.partition('=')
        if len(option) > len('--add-') and any(known.startswith(option) for known in _SET_OPTIONS):
            names += [value] if equals else rule_words[number + 1 : number + 2]
    return names


def _option_problem(option: str) -> str | None:
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
        what = '%s: a rule has no command (found %s, want matches and a target only); remove it'
        return what % (option, option)
    return (
        '%s: does not belong in a rule; remove it (table, chain and family have keys of their own)' % option
    )


class _Option(t.NamedTuple):
    """What there is to check about an option.

    ``problem``: what is wrong with it. ``address``: iptables would ask the resolver for its value.
    ``beside``: it would do so if one of these extensions is in the rule, and the value may be a number then.
    ``text``: its value is any text.
    """

    problem: str | None
    address: bool
    beside: tuple[str, ...]
    text: bool


@functools.lru_cache(maxsize=1024)
def _option(option: str) -> _Option | None:
    """None if there is nothing to check. Abbreviations count: getopt_long takes them."""
    long = len(option) > 2 and option.startswith('--')
    ambiguous = [name for name in _AMBIGUOUS_OPTIONS if long and name.startswith(option)]
    beside = tuple(_AMBIGUOUS_OPTIONS[name] for name in ambiguous)
    address = option in ('-s', '-d') or long and any(name.startswith(option[2:]) for name in _ADDRESS_OPTIONS)
    checks = _Option(_option_problem(option), address, beside, option in _TEXT_OPTIONS)
    return checks if any(checks) else None


def check_spec(spec: str, family: str | None = None) -> str | None:
    """What is wrong with *spec* as the text of one rule, as far as text tells; None if nothing."""
    match = _ENDS.search(spec)
    if match is not None:
        return 'one rule is one line (found %r in it); remove it' % match.group()
    if len(spec.encode('utf-8', 'surrogateescape')) > _LONGEST_SPEC:
        what = 'too long (found %d bytes, want at most %d); use several rules or a set'
        return what % (len(spec), _LONGEST_SPEC)
    try:
        rule_words = words(spec)
    except ValueError as exc:
        return '%s; close it, and write \\" for a quote inside quotes' % exc
    return _check_options(rule_words, family)


def _check_options(rule_words: list[str], family: str | None) -> str | None:
    is_text = False
    for number, word in enumerate(rule_words, 1):
        if is_text or word[:1] != '-':
            is_text = False
            continue
        option, equals, value = word.partition('=') if '=' in word and word[:2] == '--' else (word, '', '')
        checks = _option(option)
        if checks is None:
            continue
        if checks.problem is not None:
            return checks.problem
        if not equals and number < len(rule_words):
            value = rule_words[number]
        problem = _address_option_problem(checks, option, value, rule_words, family)
        if problem is not None:
            return problem
        is_text = checks.text and not equals
    return None


def _address_option_problem(
    checks: _Option, option: str, value: str, rule_words: list[str], family: str | None
) -> str | None:
    may_be_number = any(extension in rule_words for extension in checks.beside)
    if not (checks.address or may_be_number) or may_be_number and _NUMBER.match(value):
        return None
    problem = address_problem(value, family)
    return str(problem.at(option)) if problem else None
