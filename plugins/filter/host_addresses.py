# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.host_addresses, documented in host_addresses.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.plugin_utils import host_addresses as addresses


def host_addresses(subnet: t.Any, first: t.Any = 1, count: t.Any = 1) -> list[str]:
    """*count* addresses of *subnet*, from number *first* on. The network's own address is number 0."""
    try:
        return addresses.host_addresses(subnet, first, count)
    except ValueError as exc:
        raise AnsibleFilterError('multinet.linux.host_addresses: %s' % exc) from exc


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'host_addresses': host_addresses}
