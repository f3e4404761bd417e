# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What policy rules say that the running kernel does not know.

It ignores attributes that it does not know (fib_nl2rule), so such a rule would match more than it says.
"""

from __future__ import annotations

import os
import typing as t

from ...kernel import namespaces, netlink
from ..operation import Operation
from . import codec
from .value import Rule

NEEDS = {
    'dscp': ('dscp', 'Linux 6.13 or newer'),
    'flowlabel_mask': ('flowlabel', 'Linux 6.14 or newer'),
    'source_mask': ('mask of sport', 'Linux 6.15 or newer'),
    'port_mask': ('mask of dport', 'Linux 6.15 or newer'),
    'realms': ('realms', 'one with CONFIG_IP_ROUTE_CLASSID'),
}
"""Fields that not every kernel has: their words, and which kernel has them."""

_PRIORITY = 5


def says_more(rule: Rule) -> bool:
    """Whether a rule has a field that not every kernel has."""
    silent = Rule(rule.namespace, rule.family, rule.priority)
    return any(getattr(rule, name) != getattr(silent, name) for name in NEEDS)


def missing_fields(ops: t.Iterable[Operation]) -> list[str]:
    """What rules need that this kernel does not have, as problems; asked in a throw-away namespace."""
    asked = {op: rule for op in ops for rule in op.features.rules}
    if not asked:
        return []
    lacking = namespaces.in_thread(lambda: _ignored(set(asked.values())))
    problems = []
    for op, rule in asked.items():
        for name in lacking[rule]:
            word, needs = NEEDS[name]
            problems.append(
                '%s: this kernel does not support %s (found %s, want %s); boot one that does, or leave %s out'
                % (op.subject, word, os.uname().release, needs, word)
            )
    return problems


def _ignored(rules: set[Rule]) -> dict[Rule, list[str]]:
    """By rule those fields that the kernel does not show of a rule that was made with them."""
    home = namespaces.open_current()
    fd = namespaces.create_anonymous(home)
    try:
        with namespaces.entered(fd, home), netlink.NetlinkSocket() as sock:
            return {rule: _ignored_of(sock, rule) for rule in rules}
    finally:
        os.close(fd)
        os.close(home)


def _ignored_of(sock: netlink.NetlinkSocket, rule: Rule) -> list[str]:
    fields = {name: getattr(rule, name) for name in (*NEEDS, 'flowlabel', 'source_ports', 'ports')}
    trial = Rule('', rule.family, _PRIORITY, action='nop')._replace(**fields)
    if sock.write([codec.encode_rule(trial, True)]):
        return []  # what is wrong with it is found out when it is made
    [made] = [each for each in codec.dump_rules(sock, '') if each.priority == _PRIORITY]
    sock.write([codec.encode_rule(made, False)])
    return [name for name in NEEDS if getattr(made, name) != getattr(trial, name)]
