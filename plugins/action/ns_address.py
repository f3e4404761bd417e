# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of a safe change, the same as that of layout."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.action.layout import ActionModule

__all__ = ['ActionModule']
