# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Schema of mappings: their keys, and conditions on these."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import Attribute
from ansible_collections.multinet.linux.plugins.plugin_utils.attribute_text import (
    default_of,
    sentences,
    without_markup,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.values import (
    Schema,
    either,
    reference,
    words,
)

NULL: Schema = {'type': 'null'}


def optional(schema: Schema) -> Schema:
    """The same, or null. Beside a type and what counts for it alone, so that errors are about the value."""
    if 'type' not in schema or 'enum' in schema:
        return either(schema, NULL)
    types = schema['type'] if isinstance(schema['type'], list) else [schema['type']]
    return {**schema, 'type': [*types, 'null']}


def mapping(properties: t.Mapping[str, Schema], required: t.Sequence[str] = (), *rules: Schema) -> Schema:
    """An object with these keys and no others, for which all *rules* hold."""
    schema: Schema = {
        'type': 'object',
        'properties': {key: _property(key in required, value) for key, value in properties.items()},
        'additionalProperties': NULL,
    }
    if required:
        schema['required'] = list(required)
    if rules:
        schema['allOf'] = list(rules)
    return schema


def _property(required: bool, schema: Schema) -> Schema:
    if required:
        return schema
    notes = {key: schema[key] for key in ('description', 'default') if key in schema}
    value = {key: member for key, member in schema.items() if key not in notes}
    return {**notes, **optional(value)}


def described(attribute: Attribute, value: Schema) -> Schema:
    """A value of an attribute, with its documentation and its default."""
    schema = {'description': without_markup(' '.join(sentences(attribute))), **value}
    default = default_of(attribute)
    return schema if default is None else {**schema, 'default': default}


# Conditions on the keys of an object


def has(*keys: str) -> Schema:
    return {'required': list(keys), 'properties': {key: {'not': NULL} for key in keys}}


def lacks(*keys: str) -> Schema:
    return {'properties': dict.fromkeys(keys, NULL)}


def is_one_of(key: str, *choices: str) -> Schema:
    return {'required': [key], 'properties': {key: words(choices)}}


def holds(key: str, name: str) -> Schema:
    """The key has a value of that definition."""
    return {'required': [key], 'properties': {key: reference(name)}}


def when(condition: Schema, then: Schema, otherwise: Schema | None = None) -> Schema:
    schema = {'if': condition, 'then': then}
    return schema if otherwise is None else {**schema, 'else': otherwise}


def both(*schemas: Schema) -> Schema:
    return {'allOf': list(schemas)}


def negated(schema: Schema) -> Schema:
    return {'not': schema}
