# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.listener_upstreams, documented in listener_upstreams.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.plugin_utils.listener_lists import (
    NoFitListener,
    server_lines,
    target,
    upstreams,
)

FORMATS = ('nginx', 'haproxy', 'plain')


def listener_upstreams(
    rows: t.Any,
    software: str = 'nginx',
    family: str = '',
    proto: str = 'tcp',
    fallback: bool = True,
    options: str = '',
) -> list[str]:
    """The servers of a balancer as lines of its configuration."""
    try:
        if software not in FORMATS:
            raise NoFitListener(
                'software is unknown (found %s, want one of %s)' % (software, ', '.join(FORMATS))
            )
        if family not in ('', 'ipv4', 'ipv6'):
            raise NoFitListener('family is unknown (found %s, want ipv4 or ipv6)' % family)
        chosen = upstreams(list(rows), family, bool(fallback), proto)
        return (
            [target(row) for row in chosen]
            if software == 'plain'
            else server_lines(chosen, software, options)
        )
    except NoFitListener as exc:
        raise AnsibleFilterError('multinet.linux.listener_upstreams: %s' % exc) from exc
    except (AttributeError, KeyError, TypeError) as exc:
        raise AnsibleFilterError(
            'multinet.linux.listener_upstreams: these are not rows of listener_bind (%s)' % exc
        ) from exc


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'listener_upstreams': listener_upstreams}
