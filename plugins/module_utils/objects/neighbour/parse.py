# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading neighbours out of a document."""

from __future__ import annotations

import typing as t

from ...values.names import family_of
from ...values.problems import Problems
from ...values.reading import Reader
from .schema import NEIGHBOUR
from .value import Neighbour

Values = dict[str, t.Any]
_NOT_OF_PROXIES = ('lladdr', 'nud', 'managed', 'extern_learn')


def read_neighbour(data: object, path: str, problems: Problems, namespace: str) -> list[Neighbour]:
    """One entry of ``neighbours``, alone in a list. An empty one if anything in it is wrong."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return []
    before = len(problems.found)
    values: Values = dict(NEIGHBOUR.read(reader))
    reader.done()
    if values.get('proxy'):
        _check_proxy(reader, values)
    else:
        _check_state(reader, values)
    if values.get('router') and family_of(values.get('to', ':')) == 'ipv4':
        reader.problem('router', 'does not exist for IPv4', do='leave it out')
    if len(problems.found) > before:
        return []
    if values.get('managed'):
        values['nud'] = ''
    return [Neighbour(namespace, **values)]


def _check_proxy(reader: Reader, values: Values) -> None:
    for key in _NOT_OF_PROXIES:
        if values.get(key):
            reader.problem(key, 'does not fit proxy: true', do='remove one of the two')


def _check_state(reader: Reader, values: Values) -> None:
    """Whether state and hardware address fit each other."""
    if values.get('managed'):
        for key in ('lladdr', 'nud'):
            if reader.has(key):
                reader.problem(
                    key, 'is found by the kernel itself with managed: true', do='remove one of the two'
                )
    elif not reader.has('lladdr') and not reader.problems.naming:
        reader.problem('lladdr', 'is missing', do='add it, or set proxy or managed')
    needs_learning = not (values.get('extern_learn') or values.get('managed'))
    if values.get('nud', 'permanent') != 'permanent' and needs_learning:
        do = 'set extern_learn: true, or say permanent'
        reader.problem('nud', 'is for entries that the kernel must not drop', found=values['nud'], do=do)
    if values.get('dev') == 'lo':
        reader.problem('dev', 'has no neighbours', found='lo', do='name the link that they are on')
