# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one object of the kernel is in a document, with nothing said that is usual. Pure."""

from __future__ import annotations

from .address.entry import address_entry
from .attribute import Entry
from .route.entry import route_entry
from .rule.entry import rule_entry

__all__ = ['Entry', 'address_entry', 'route_entry', 'rule_entry']
