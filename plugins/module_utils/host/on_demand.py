# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is loaded when a run first needs it: most runs have no use for it, and what is loaded takes time at
every start.
"""

from __future__ import annotations

import importlib

NAMES = (
    'engine.apply',
    'engine.attached',
    'engine.duplicates',
    'engine.moved',
    'engine.ownership',
    'engine.undo',
    'host.predicted',
    'host.pending',
    'host.management_path',
    'host.rounds',
    'host.watcher',
    'kernel.counts',
    'objects.attached.codec',
    'objects.fdb.codec',
    'objects.fdb.entry',
    'objects.fdb.parse',
    'objects.fdb.plan',
    'objects.document.nexthop_checks',
    'objects.document.qdisc_checks',
    'objects.predicted',
    'objects.iptables.canonical_rules',
    'objects.iptables.flush_conntrack',
    'objects.iptables.known_rules',
    'objects.iptables.observe',
    'objects.iptables.parse',
    'objects.iptables.plan',
    'objects.iptables.plan_own_chains',
    'objects.iptables.plan_whole_tables',
    'objects.iptables.programs',
    'objects.iptables.read_tables',
    'objects.iptables.rule_bytes',
    'objects.iptables.rule_keys',
    'objects.iptables.rule_text',
    'objects.link.features',
    'objects.link.held',
    'objects.link.moves',
    'objects.link.operations',
    'objects.link.tun_operation',
    'objects.link.vlans_codec',
    'objects.losses',
    'objects.neighbour.codec',
    'objects.neighbour.entry',
    'objects.neighbour.features',
    'objects.neighbour.parse',
    'objects.neighbour.plan',
    'objects.nexthop.codec',
    'objects.nexthop.entry',
    'objects.nexthop.features',
    'objects.nexthop.parse',
    'objects.nexthop.plan',
    'objects.nexthop.undo',
    'objects.nexthop.schema',
    'objects.nexthop.side_effects',
    'objects.nftables.canonical_tables',
    'objects.nftables.observe',
    'objects.nftables.parse',
    'objects.nftables.plan',
    'objects.nftables.undo',
    'objects.nftables.tool',
    'objects.qdisc.codec',
    'objects.qdisc.dump',
    'objects.qdisc.entry',
    'objects.qdisc.expand_short',
    'objects.qdisc.features',
    'objects.qdisc.operation',
    'objects.qdisc.parse',
    'objects.qdisc.plan',
    'objects.route.features',
    'objects.rule.features',
    'objects.side_effects',
    'objects.sysctl.words',
    'objects.wireguard.codec',
    'objects.wireguard.plan',
    'objects.wireguard.undo',
)


def load() -> None:
    """Load all of it, for what goes on without the files that it comes from."""
    for name in NAMES:
        importlib.import_module('..' + name, __package__)


__all__ = ['NAMES', 'load']
