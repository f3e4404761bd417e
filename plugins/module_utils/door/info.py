# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there, as a layout."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..host.layout_info import describe
from .problems import problems_reported


def run_info(module: AnsibleModule) -> t.NoReturn:
    """Tell what is there as a document, and end the module."""
    params = module.params
    with problems_reported(module, 'nothing was looked at'):
        layout, left_out = describe(
            params['namespaces'], params['scope'] or '', params['iptables'], params['nftables']
        )
        module.exit_json(changed=False, layout=layout, left_out=left_out)
