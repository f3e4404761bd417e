# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of listeners."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..host import listeners
from .layouts import DocumentKeeper
from .listener_info import LISTENERS_SPEC
from .problems import problems_reported
from .results import commit_confirm_of, confirm, earlier_of, finish


def run_listeners(module: AnsibleModule) -> t.NoReturn:
    """Brings the host to what a set of listeners declares, and ends the module."""
    params = module.params
    data = {key: params[key] for key in LISTENERS_SPEC}
    with problems_reported(module, 'the listeners cannot be as declared; nothing was changed'):
        if params['confirm_token']:
            confirm(module)
        result = listeners.bind(
            data,
            check=module.check_mode,
            absent=params['state'] == 'absent',
            adopt=params['adopt'],
            units=params['units'],
            file=params['file'] or '',
            commit_confirm=commit_confirm_of(params),
            earlier=earlier_of(module),
            keeper=lambda layout: DocumentKeeper(
                layout, {'adopt': params['adopt'], 'overlap': False}, params['keep'] and len(layout) > 1
            ),
        )
        for warning in result.warnings:
            module.warn(warning)
        finish(
            module,
            result.outcome,
            result.predicted,
            **listeners.lists(result),
            default_outbound=result.outbound,
            sources=result.sources,
            restart_required=bool(result.restart),
            restart=result.restart,
            units=result.units,
        )
