# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.multihome, documented in multihome.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils import multihome as model
from ansible_collections.multinet.linux.plugins.plugin_utils.given import with_data

_STRUCTURED = ('links', 'trusted_links', 'default_outbound', 'multicast')


def multihome(data: t.Any) -> dict[str, t.Any]:
    """A layout for a host with several addresses."""
    try:
        return model.multihome(with_data(data, 'multihome_', _STRUCTURED))
    except InputError as exc:
        raise AnsibleFilterError('multinet.linux.multihome: ' + '; '.join(exc.texts())) from exc


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'multihome': multihome}
