# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas: one entry of a document that stands for many.

In every text of an entry with ``replicas: 4``, ``{n}`` becomes 1, 2, 3, 4; ``{n+1}`` and other arithmetic
with ``+ - * // %`` is worked out, and ``{10.0.0.1+n}`` counts on from an address, over its last byte as well.
Other braces are left as they are.
"""

from __future__ import annotations

import ipaddress
import operator
import re
import typing as t

from .problems import Problems
from .reading import shown

if t.TYPE_CHECKING:
    import ast

_PLACE = re.compile(r'\{([^{}]*)\}')
# Each of these scans its text once: a pattern with two runs of the same characters would try all ways to
# divide them.
_ARITHMETIC = re.compile(r'[0-9n+\-*/%() ]+\Z')
_LONGEST = 200  # letters of an expression: Python's parser takes its time for many
_N = re.compile(r'\bn\b')
_ADDRESS = re.compile(r'([0-9]+\.[0-9.]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*)\Z')
_OPERATIONS: dict[str, t.Callable[[int, int], int]] = {
    'Add': operator.add,
    'Sub': operator.sub,
    'Mult': operator.mul,
    'FloorDiv': operator.floordiv,
    'Mod': operator.mod,
}
"""By the names of their classes in ast."""


def _worked_out(node: ast.AST, n: int) -> int:
    import ast

    if isinstance(node, ast.Expression):
        return _worked_out(node.body, n)
    if isinstance(node, ast.Name) and node.id == 'n':
        return n
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_worked_out(node.operand, n)
    if isinstance(node, ast.BinOp) and type(node.op).__name__ in _OPERATIONS:
        return _OPERATIONS[type(node.op).__name__](_worked_out(node.left, n), _worked_out(node.right, n))
    raise ValueError('only n, whole numbers and + - * // % are known')


def number(expression: str, n: int) -> int:
    """The value of an arithmetic *expression* of n; ValueError when it is none."""
    import ast  # takes time to load

    try:
        return _worked_out(ast.parse(expression.strip(), mode='eval'), n)
    except (SyntaxError, ZeroDivisionError, RecursionError, MemoryError) as exc:
        raise ValueError(str(exc) or 'it is too long') from exc


def text_for(text: str, n: int) -> str:
    """*text* as the n-th replica reads it; ValueError when an expression cannot be worked out."""

    def replaced(match: re.Match[str]) -> str:
        inside = match.group(1)
        if _ARITHMETIC.match(inside):
            if len(inside) > _LONGEST and 'n' in inside:
                raise ValueError('it is too long')
            return str(number(inside, n)) if _N.search(inside) else match.group(0)
        address, _plus, offset = inside.partition('+')
        if (
            len(inside) <= _LONGEST
            and _ADDRESS.match(address.strip())
            and _ARITHMETIC.match(offset.lstrip() or offset)
        ):
            return str(ipaddress.ip_address(address.strip()) + number(offset, n))
        return match.group(0)

    return _PLACE.sub(replaced, text)


def value_for(value: t.Any, n: int, path: str, problems: Problems) -> t.Any:
    """*value*, with every text in it, keys too, as the n-th replica reads it."""
    if isinstance(value, str):
        try:
            return text_for(value, n)
        except ValueError as exc:
            problems.add(
                path,
                'has an expression that cannot be worked out for n = %d' % n,
                found='%s: %s' % (shown(value), exc),
            )
            return value
    if isinstance(value, dict):
        return {
            value_for(key, n, path, problems) if isinstance(key, str) else key: value_for(
                member, n, '%s.%s' % (path, key), problems
            )
            for key, member in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [
            value_for(member, n, '%s[%d]' % (path, index), problems) for index, member in enumerate(value)
        ]
    return value
