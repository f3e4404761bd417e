# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What iptables and nft make of rules is the same each time, and half of what a run costs: ask them once."""

from __future__ import annotations

import contextlib
import typing as t
from unittest import mock

from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import canonical_rules
from ansible_collections.multinet.linux.plugins.module_utils.objects.nftables import canonical_tables

_forms: dict[str, t.Any] = {}


def _remembering(canonicalise: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
    def remembered(first: t.Any, *args: t.Any, **options: t.Any) -> t.Any:
        if not isinstance(first, (str, tuple)):  # it can be read once only
            first = list(first)
        key = repr((canonicalise.__module__, first, args, options))
        if key not in _forms:
            _forms[key] = canonicalise(first, *args, **options)
        return _forms[key]

    return remembered


@contextlib.contextmanager
def remembered(*modules: t.Any) -> t.Iterator[None]:
    """In here each rule and table is canonicalised once in a process and those it forks.

    *modules* are those that ask: by default those for iptables and for nft.
    """
    with contextlib.ExitStack() as stack:
        for module in modules or (canonical_rules, canonical_tables):
            function = _remembering(module.canonicalise)
            stack.enter_context(mock.patch.object(module, 'canonicalise', function))
        yield
