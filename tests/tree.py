# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the collection is."""

from __future__ import annotations

import pathlib

# The checkout itself.
TOP = pathlib.Path(__file__).resolve().parents[1]
# The tree of collections that this file was imported from. pytest collects tests at the checkout's own path,
# which need not be inside one.
COLLECTIONS = next(
    parent.parent for parent in pathlib.Path(__file__).parents if parent.name == 'ansible_collections'
)
