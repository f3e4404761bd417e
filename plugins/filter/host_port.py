# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.host_port, documented in host_port.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.module_utils.values import endpoint
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import whole_number


def host_port(host: t.Any, port: t.Any) -> str:
    """A host and a port as one text."""
    number = whole_number(port)
    if number is None or not 1 <= number <= 65535:
        raise AnsibleFilterError(
            'multinet.linux.host_port: port is out of range (found %s, want 1 to 65535)' % port
        )
    return endpoint.host_port(str(host).strip('[]'), number)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'host_port': host_port}
