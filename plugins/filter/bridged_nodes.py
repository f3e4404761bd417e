# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.bridged_nodes, documented in bridged_nodes.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils.given import with_data
from ansible_collections.multinet.linux.plugins.plugin_utils.nat import bridged_nodes as cluster


def bridged_nodes(data: t.Any) -> dict[str, t.Any]:
    """The layout of nodes on a bridge."""
    try:
        read = with_data(data, 'bridged_nodes_', ('publish', 'mtu', 'first_nsid'))
        return cluster.bridged_nodes(read)
    except InputError as exc:
        raise AnsibleFilterError('multinet.linux.bridged_nodes: ' + '; '.join(exc.texts())) from exc
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise AnsibleFilterError(
            'multinet.linux.bridged_nodes: these are not variables of the role (%r)' % exc
        ) from exc


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'bridged_nodes': bridged_nodes}
