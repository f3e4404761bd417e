# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Schema of what holds between the keys of one kind of link, or of qdisc."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.objects.link.tunnel_rows import OF_ONE_TUNNEL
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.shapes import (
    both,
    has,
    holds,
    is_one_of,
    lacks,
    negated,
    when,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.values import (
    Schema,
    either,
)

_IS_EXTERNAL, _HAS_ENCAP = holds('external', 'true'), is_one_of('encap', 'fou', 'gue')
_ENCAP = when(
    negated(_HAS_ENCAP), lacks('encap_sport', 'encap_dport', 'encap_csum', 'encap_csum6', 'encap_remcsum')
)
_IPV4_ONLY: Schema = {'pattern': r'^(?!\s*0\.0\.0\.0\s*$)[^:]*$'}
_6RD_PREFIXES = {
    'sixrd_prefix': ('sixrd_prefixlen',),
    'sixrd_prefixlen': ('sixrd_prefix',),
    'sixrd_relay_prefix': ('sixrd_relay_prefixlen', 'sixrd_prefix'),
    'sixrd_relay_prefixlen': ('sixrd_relay_prefix',),
}
_OF_GENEVE = (
    'id',
    'ttl',
    'ttl_inherit',
    'tos',
    'df',
    'flowlabel',
    'udpcsum',
    'udp6zerocsumtx',
    'udp6zerocsumrx',
)


_NO_QUEUES = lacks('num_tx_queues', 'num_rx_queues')
_REMCSUM = when(is_one_of('encap', 'fou'), negated(holds('encap_remcsum', 'true')))
_6RD = (
    *[when(has(key), has(other)) for key in _6RD_PREFIXES for other in _6RD_PREFIXES[key]],
    {'properties': {'sixrd_prefix': {'pattern': ':'}, 'sixrd_relay_prefix': _IPV4_ONLY}},
)
_IS_OVER_IPV6: Schema = {'required': ['remote'], 'properties': {'remote': {'pattern': ':'}}}
_GENEVE = (
    when(_IS_EXTERNAL, lacks('remote', *_OF_GENEVE), has('id', 'remote')),
    when(holds('ttl_inherit', 'true'), lacks('ttl')),
    when(_IS_OVER_IPV6, lacks('udpcsum'), lacks('udp6zerocsumtx', 'udp6zerocsumrx', 'flowlabel')),
)


def _over(version: int) -> Schema:
    pattern = _IPV4_ONLY if version == 4 else {'pattern': ':'}
    return {'properties': dict.fromkeys(('local', 'remote'), pattern)}


def _tunnel(version: int) -> tuple[Schema, ...]:
    return (
        _over(version),
        lacks('link_namespace'),
        _ENCAP,
        _REMCSUM,
        when(_IS_EXTERNAL, lacks(*OF_ONE_TUNNEL)),
    )


_OF_IP = lacks('mac')
_WITH_REMOTE = either(_IS_EXTERNAL, has('remote'))
_IGNORE_DF = when(holds('ignore_df', 'true'), both(has('pmtudisc'), negated(holds('pmtudisc', 'true'))))
KIND_RULES: dict[str, tuple[Schema, ...]] = {
    'tap': (_NO_QUEUES,),
    'tun': (_NO_QUEUES, lacks('mac')),
    'gre': (*_tunnel(4), _OF_IP, _IGNORE_DF),
    'gretap': (*_tunnel(4), _WITH_REMOTE, _IGNORE_DF),
    'ipip': (*_tunnel(4), _OF_IP),
    'sit': (*_tunnel(4), _OF_IP, *_6RD),
    'vti': (_over(4), lacks('link_namespace'), _OF_IP),
    'ip6gre': (*_tunnel(6), _OF_IP),
    'ip6gretap': (*_tunnel(6), _WITH_REMOTE),
    'ip6tnl': (*_tunnel(6), _OF_IP),
    'vti6': (_over(6), lacks('link_namespace'), _OF_IP),
    'geneve': _GENEVE,
    'wireguard': (_OF_IP,),
    'xfrm': (lacks('link_namespace'), _OF_IP, when(_IS_EXTERNAL, lacks('if_id', 'link'), has('if_id'))),
}
"""What holds between the keys of one kind of link (LinkKind.rules), as far as JSON Schema can say it."""


SHORT_RULES = (when(has('jitter'), has('delay')), when(has('reorder'), has('delay')))
"""What holds between the keys of the short form of qdiscs."""

QDISC_RULES: dict[str, tuple[Schema, ...]] = {
    'netem': SHORT_RULES,
    'tbf': (
        negated(has('latency', 'limit')),
        when(has('peakrate'), has('minburst'), lacks('minburst')),
    ),
}
"""The same for kinds of qdiscs."""
