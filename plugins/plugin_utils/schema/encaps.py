# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Schema of the encapsulation of packets on their route."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import Table
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.encap import KINDS, NEEDED
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.shapes import (
    both,
    has,
    is_one_of,
    lacks,
    mapping,
    when,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.values import Schema, either, words

_OF_ACTIONS = sorted({key for keys in NEEDED.values() for key in keys})


def encap_schema(
    properties: t.Callable[[Table], dict[str, Schema]], value: t.Callable[[Schema], Schema]
) -> Schema:
    """A mapping by its type. *properties* makes those of a table, *value* takes expressions too where these
    may stand."""
    kinds = []
    for word, kind in KINDS.items():
        keys = {'type': value(words([word])), **properties(kind.table)}
        required = [attribute.key for attribute in kind.table.values() if attribute.required]
        rules = _actions() if word == 'seg6local' else ()
        kinds.append(when(is_one_of('type', word), mapping(keys, ['type', *required], *rules)))
    type_ = {'description': 'What kind of encapsulation.', **value(words(KINDS))}
    return {'type': 'object', 'required': ['type'], 'properties': {'type': type_}, 'allOf': kinds}


def _actions() -> list[Schema]:
    """Each action has exactly one of its keys."""
    return [when(is_one_of('action', action), _one_of(NEEDED[action])) for action in NEEDED]


def _one_of(keys: tuple[str, ...]) -> Schema:
    choices = [both(has(key), _lacks_all_but(key)) for key in keys]
    return either(*choices) if choices else lacks(*_OF_ACTIONS)


def _lacks_all_but(key: str) -> Schema:
    return lacks(*[other for other in _OF_ACTIONS if other != key])
