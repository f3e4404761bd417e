# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run says and does."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Operation
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document

from .snapshot import difference, snapshot


def refused(document: Document, **options: t.Any) -> str:
    """What is said when a document is refused; nothing is changed by that."""
    before = snapshot()
    with pytest.raises(EngineError) as caught:
        converge(document, **options)
    left = difference(before, snapshot())
    assert not left, left
    assert 'Traceback' not in str(caught.value)
    return str(caught.value)


class _Stopped(Exception):
    pass


def stopped_after(number: int, document: Document, **options: t.Any) -> None:
    """A run that fails after so many operations, and is undone."""
    left = number

    def step(_op: Operation) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise _Stopped

    with pytest.raises(_Stopped):
        converge(document, step=step, **options)


def stopped_at_the_end(document: Document, **options: t.Any) -> None:
    """A run that fails after its last operation."""
    stopped_after(converge(document, check=True, **options).ops, document, **options)


def silent(document: Document) -> None:
    """A run that has nothing to do."""
    again = converge(document)
    assert (again.changes, again.ops) == ((), 0), [change.title for change in again.changes]
