# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document as a whole: its type, its keys, the name of the scope."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    Case,
    host,
)

CASES = [
    Case('document-none', None, 'document', 'None', plain=False),
    Case('document-list', [], 'document', '[]', plain=False),
    Case('document-text', 'name: lab', 'document', 'name: lab', plain=False),
    Case('key-number', {'name': 'lab', 5: 1}, 'document', '5', plain=False),
    Case('unknown-key-top', host(link=[]), 'link', 'did you mean links?'),
    Case('unknown-key-odd', host(frobnicate=1), 'frobnicate', 'remove it'),
    Case('key-breaks-lines', host(**{'a\nb: c': 1}), 'a\\nb? c', 'remove it'),
    Case('scope-missing', {'links': []}, 'name', 'is missing'),
    Case('scope-empty', {'name': ' '}, 'name', 'is empty'),
    Case('scope-blank', {'name': 'my lab'}, 'name', "'my lab'"),
    Case('scope-long', {'name': 'x' * 65}, 'name', 'x' * 50),
    Case('scope-traversal', {'name': '../lab'}, 'name', "'../lab'"),
]
