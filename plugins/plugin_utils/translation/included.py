# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading YAML with ifstate's tag for the contents of other files."""

from __future__ import annotations

import dataclasses
import typing as t

import yaml
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError, Problem


@dataclasses.dataclass(frozen=True)
class Included:
    """``!include PATH``: what stands in a file of the host, which the controller does not read."""

    path: str


class _Loader(yaml.SafeLoader):
    """YAML's usual types, and ``!include``."""


def _included(loader: _Loader, node: t.Any) -> Included:
    return Included(str(loader.construct_scalar(node)))


_Loader.add_constructor('!include', _included)


def loaded(data: t.Any, path: str = '') -> t.Any:
    """What YAML makes of a text; anything else is that already. Raises InputError."""
    if not isinstance(data, str):
        return data
    try:
        return yaml.load(data, _Loader)  # a SafeLoader
    except yaml.YAMLError as exc:
        raise InputError([Problem(path or 'document', 'is not YAML', found=str(exc))]) from exc


__all__ = ['Included', 'loaded']
