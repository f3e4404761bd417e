# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: from entries of a document to chains."""

from __future__ import annotations

import typing as t

from ...values.problems import Problem, Problems
from ...values.reading import Reader, plain, shown
from .chain_name import chain_problem
from .schema import CHAIN
from .value import BASE_CHAINS, FAMILIES, Chain, is_own_chain


def rule_problems(chains: t.Iterable[Chain]) -> list[Problem]:
    """What is wrong with the texts of rules, as far as text tells."""
    problems = []
    for chain in chains:
        for number, text in enumerate(chain.rules):
            problem = rule_problem(text, chain.family)
            if problem:
                problems.append(Problem('%s.rules[%d]' % (chain.path, number), problem))
    return problems


def rule_problem(text: str, family: str) -> str:
    from .rule_text import check_spec  # not loaded for rules that are in place

    problem = check_spec(text, family)
    return '%s; the rule is %s' % (problem, shown(text)) if problem else ''


class _Head(t.NamedTuple):
    """What an entry says, without its rules. ``chain`` is None if that is missing."""

    table: str
    chain: str | None
    families: tuple[str, ...]
    policy: str | None
    position: int | None
    flush_conntrack: bool

    @property
    def base(self) -> bool:
        return self.chain in BASE_CHAINS[self.table]


def read_chain(data: object, path: str, problems: Problems, namespace: str, exclusive: bool) -> list[Chain]:
    """The chains of one entry of ``iptables``: two for ``family: both``, none if something is wrong with
    it."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return []
    before = len(problems.found)
    values = dict(CHAIN.read(reader, with_defaults=True))
    families = FAMILIES if values['family'] == 'both' else (t.cast(str, values['family']),)
    head = _Head(
        values['table'],
        values.get('chain'),
        families,
        values.get('policy'),
        values.get('position'),
        values['flush_conntrack'],
    )
    rules = _read_rules(reader, values.get('rules', ()), head)
    reader.done()
    if head.chain is None:
        return []
    _check_head(reader, head, head.chain, exclusive)
    chains = [
        Chain(
            namespace,
            family,
            head.table,
            head.chain,
            tuple(texts),
            head.policy,
            head.position or 0,
            head.flush_conntrack,
            path,
        )
        for family, texts in rules.items()
    ]
    if len(problems.found) > before:
        problems.found += rule_problems(chains)
        return []
    return chains


def _read_rules(reader: Reader, members: t.Sequence[t.Any], head: _Head) -> dict[str, list[str]]:
    """The texts of all rules, by family."""
    usual = _usual_texts(members)
    if usual is not None:
        return dict.fromkeys(head.families, usual)
    rules: dict[str, list[str]] = {family: [] for family in head.families}
    for number, member in enumerate(members):
        _read_rule(reader, '%s[%d]' % (reader.at('rules'), number), member, head.table, rules)
    return rules


def _usual_texts(members: t.Sequence[t.Any]) -> list[str] | None:
    """All rules of a chain if all are texts of ASCII letters; None if they have to be looked at one by
    one."""
    if not set(map(type, members)) <= {str}:
        return None
    texts = [rule.strip(' \t') for rule in members]
    return texts if all(texts) and ''.join(texts).isascii() else None


def _read_rule(reader: Reader, path: str, member: t.Any, table: str, rules: dict[str, list[str]]) -> None:
    text = member.strip(' \t') if isinstance(member, str) else ''
    if text and (text.isascii() or plain(text)):
        for texts in rules.values():
            texts.append(text)
    elif isinstance(member, dict):
        from .rule_keys import read_rule_keys

        for family, texts in rules.items():
            texts.append(read_rule_keys(member, path, reader.problems, table, family))
    else:
        advice = 'write it as iptables-save does, without "-A CHAIN", or as keys'
        reader.problems.add(path, 'is not a rule', do=advice, found=shown(member))


def _check_head(reader: Reader, head: _Head, chain: str, exclusive: bool) -> None:
    if head.position is not None and (exclusive or not head.base):
        what = 'is for built-in chains that others have rules in too'
        reader.problem('position', what, do='remove it', found=shown(reader.data['position']))
    if not head.base:
        _check_own_chain(reader, head, chain)
    elif head.policy and not exclusive:
        advice = 'end the rules with "-j %s", or set iptables_mode: exclusive' % head.policy
        reader.problem('policy', 'cannot be set where others have rules too', do=advice, found=head.policy)
    if head.policy == 'DROP' and head.table == 'nat':
        reader.problem('policy', 'cannot be DROP in table nat', do='filter in table filter')


def _check_own_chain(reader: Reader, head: _Head, chain: str) -> None:
    if any(chain in chains for chains in BASE_CHAINS.values()):
        want = 'one of ' + ', '.join(BASE_CHAINS[head.table])
        reader.problem('chain', 'does not exist in table %s' % head.table, found=chain, want=want)
    else:
        problem = chain_problem(chain)
        if is_own_chain(chain):
            problem = Problem('', 'has the reserved prefix mn-', chain)
        if problem:
            reader.note('chain', problem)
    if head.policy:
        reader.problem('policy', 'is for built-in chains only', found='it on %s' % chain)
