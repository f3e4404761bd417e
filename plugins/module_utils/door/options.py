# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules, as the tables of attributes have them."""

from __future__ import annotations

import typing as t

from ..objects.attribute import Attribute, Table

Spec = dict[str, t.Any]


def options_of(table: Table, without: t.Collection[str] = ()) -> Spec:
    """An option for each attribute. Its value is read, and refused, with the document. None is a secret,
    whatever its name: differences show them all."""
    attributes = [attribute for name, attribute in table.items() if name not in without]
    return {attribute.key: {'type': attribute.type.argument, 'no_log': False} for attribute in attributes}


def option_with_words(attribute: Attribute) -> Spec:
    """The option of an attribute that has words to choose from, and a default."""
    option: Spec = {'type': attribute.type.argument, 'choices': list(attribute.type.words)}
    return option if attribute.default is None else {**option, 'default': attribute.default}
