# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of a module that only reads: it runs from code that the host keeps."""

from __future__ import annotations

from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible_collections.multinet.linux.plugins.plugin_utils.kept_code import KeptCode


class ActionModule(KeptCode, NormalAction):  # type: ignore[misc] # ansible-core has no types
    """Runs the module of the task, as Ansible does without an action plugin."""
