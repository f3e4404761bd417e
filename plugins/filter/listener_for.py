# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.listener_for, documented in listener_for.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.plugin_utils.listener_lists import (
    NoFitListener,
    listeners_for,
)


def listener_for(found: t.Any, destination: str, namespace: str = 'host') -> list[t.Any]:
    """The listeners that speak to a destination."""
    try:
        return list(listeners_for(found, str(destination), namespace))
    except NoFitListener as exc:
        raise AnsibleFilterError('multinet.linux.listener_for: %s' % exc) from exc
    except (AttributeError, KeyError, TypeError) as exc:
        raise AnsibleFilterError(
            'multinet.linux.listener_for: this is not a result of listener_bind (%s)' % exc
        ) from exc


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'listener_for': listener_for}
