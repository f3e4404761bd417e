# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of the collection that are made from the tables of attributes. ``tools/reference`` writes them."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.plugin_utils.reference import reference_text
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.document import document_schema_text
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.page import page_text

FILES: dict[str, t.Callable[[], str]] = {
    'docs/coming_over.md': page_text,
    'docs/layout.schema.json': document_schema_text,
    'docs/reference.md': reference_text,
}
"""What each file has to hold, by its path in the collection."""
