# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.nat_gateway, documented in nat_gateway.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils.given import with_data
from ansible_collections.multinet.linux.plugins.plugin_utils.nat import gateway_rules

_STRUCTURED = ('uplinks', 'networks', 'exclude', 'one_to_one', 'publish')


def nat_gateway(data: t.Any) -> dict[str, t.Any]:
    """The layout of a NAT gateway."""
    try:
        return gateway_rules.nat_gateway(with_data(data, 'nat_gateway_', _STRUCTURED))
    except InputError as exc:
        raise AnsibleFilterError('multinet.linux.nat_gateway: ' + '; '.join(exc.texts())) from exc


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'nat_gateway': nat_gateway}
