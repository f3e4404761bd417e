# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    Case,
    host,
    inside,
    sysctl,
)

CASES = [
    Case('sysctls-list', host(sysctls=['net.ipv4.ip_forward=1']), 'sysctls', 'ip_forward'),
    Case(
        'twice-sysctl',
        host(sysctls={'net.ipv4.ip_forward': 1, 'net/ipv4/ip_forward': 0}),
        'sysctls[net/ipv4/ip_forward]',
        'net.ipv4.ip_forward',
    ),
    Case('sysctl-flush', sysctl('net.ipv4.route.flush'), 'sysctls[net.ipv4.route.flush]', 'holds no value'),
    Case('sysctl-kernel', sysctl('kernel.panic'), 'sysctls[kernel.panic]', "'kernel.panic'"),
    Case('sysctl-vm', sysctl('vm/swappiness'), 'sysctls[vm/swappiness]', "'vm/swappiness'"),
    Case(
        'sysctl-traversal',
        sysctl('net/../kernel/panic'),
        'sysctls[net/../kernel/panic]',
        "'net/../kernel/panic'",
    ),
    Case('sysctl-traversal-dots', sysctl('net.//.kernel'), 'sysctls[net.//.kernel]', "'net.//.kernel'"),
    Case(
        'sysctl-absolute',
        sysctl('/proc/sys/net/ipv4/ip_forward'),
        'sysctls[/proc/sys/net/ipv4/ip_forward]',
        "'/proc/sys",
    ),
    Case('sysctl-short', sysctl('net.ipv4'), 'sysctls[net.ipv4]', "'net.ipv4'"),
    Case(
        'sysctl-two-names',
        host(sysctls={'net.ipv4.ip_forward': 1, 'net.ipv4.conf.all.forwarding': 0}),
        'sysctls[net.ipv4.conf.all.forwarding]',
        'here and as net.ipv4.ip_forward (found \'1\' and \'0\')',
    ),
    Case(
        'sysctl-two-units',
        host(sysctls={'net.ipv4.neigh.lo.retrans_time_ms': 7, 'net.ipv4.neigh.lo.retrans_time': 1}),
        'sysctls[net.ipv4.neigh.lo.retrans_time]',
        'here and as net.ipv4.neigh.lo.retrans_time_ms',
    ),
    Case('sysctl-empty', sysctl('net.ipv4.ip_forward', ''), 'sysctls[net.ipv4.ip_forward]', "''"),
    Case('sysctl-none', sysctl('net.ipv4.ip_forward', None), 'sysctls[net.ipv4.ip_forward]', 'None'),
    Case('sysctl-list', sysctl('net.ipv4.tcp_rmem', [1, 2, 3]), 'sysctls[net.ipv4.tcp_rmem]', '[1, 2, 3]'),
    Case('sysctl-nul-key', sysctl('net.ipv4.ip_forward\0'), 'sysctls[net.ipv4.ip_forward\\x00]', '\\x00'),
    Case('sysctl-nul-value', sysctl('net.ipv4.ip_forward', '1\0'), 'sysctls[net.ipv4.ip_forward]', '\\x00'),
    Case(
        'sysctl-newline-key',
        sysctl('net.ipv4\nkernel.panic'),
        'sysctls[net.ipv4\\nkernel.panic]',
        '\\nkernel',
    ),
    Case(
        'sysctl-no-such-link',
        inside(sysctls={'net.ipv4.conf.eth9.rp_filter': 1}),
        'namespaces[0].sysctls[net.ipv4.conf.eth9.rp_filter]',
        'eth9',
    ),
    Case('word-unknown', host(forwarding='ipv5'), 'forwarding', "'ipv5'"),
    Case('word-boolean', host(forwarding=True), 'forwarding', 'True'),
    Case('word-in-namespace', inside(forwarding='all'), 'namespaces[0].forwarding', "'all'"),
    Case(
        'word-of-link',
        host(links=[{'name': 'br0', 'kind': 'bridge', 'rp_filter': 1}]),
        'links[0].rp_filter',
        "'1'",
    ),
    Case(
        'word-and-sysctl',
        host(forwarding='ipv4', sysctls={'net.ipv4.conf.all.forwarding': 0}),
        'forwarding',
        "net.ipv4.ip_forward at sysctls (found '1', and '0' there)",
    ),
    Case(
        'word-of-peer-and-sysctl',
        host(
            links=[{'name': 'a', 'kind': 'veth', 'peer': {'name': 'b', 'accept_ra': False}}],
            sysctls={'net.ipv6.conf.b.accept_ra': 2},
        ),
        'links[0].peer.accept_ra',
        "'0', and '2' there",
    ),
]
