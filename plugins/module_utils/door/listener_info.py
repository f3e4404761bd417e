# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What listens on a host."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..host import listener_audit
from .problems import problems_reported

LISTENERS_SPEC: dict[str, t.Any] = {
    'scope': {'type': 'str', 'default': 'listeners'},
    'listeners': {'type': 'list', 'elements': 'dict'},
    'internal': {'type': 'list', 'elements': 'str'},
    'external': {'type': 'list', 'elements': 'str'},
    'firewall': {'type': 'bool', 'default': True},
    'external_address': {'type': 'str'},
    'external_port': {'type': 'int'},
    'external_tls_port': {'type': 'int'},
    'default_outbound': {'type': 'dict'},
    'properties': {'type': 'dict'},
    'destinations': {'type': 'list', 'elements': 'str'},
    'wait_dad': {'type': 'int', 'default': 5},
}


def run_listener_info(module: AnsibleModule) -> t.NoReturn:
    """Returns what waits where, compared with what is declared, and ends the module."""
    params = module.params
    data = {key: params[key] for key in LISTENERS_SPEC} if params['listeners'] is not None else None
    with problems_reported(module, 'nothing was looked at'):
        inventory = listener_audit.audit(params['namespaces'], data)
        module.exit_json(
            changed=False,
            listeners=inventory.listeners,
            summary=inventory.summary(),
            findings=inventory.findings,
        )
