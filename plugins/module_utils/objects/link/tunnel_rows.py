# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows that tables of tunnels have in common, and rules between them.

Sources of the names and numbers: linux/include/uapi/linux/if_tunnel.h.

The kernel takes a change of a tunnel only with all that stays as it is (ipgre_netlink_parms and
ip6_tnl_netlink_parms forget what is not sent), and none from one remote address to many
(ip_tunnel_changelink): another value means another link.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ...kernel.nla import BE16, BE32, FLAG, U16, U32, Form, Nla
from ...values.reading import Reader
from ..attribute import Attribute, Boolean, Choice, Flag, Integer, IpAddress, Table, Value
from .kind import ETHERNET, LinkKind, of_kernel

Rows = tuple[Attribute, ...]

_KEY, _CSUM, _SEQ = 0x2000, 0x8000, 0x1000  # GRE_KEY, GRE_CSUM, GRE_SEQ in the byte order of the network
_IN, _OUT = Nla('IFLA_GRE_IFLAGS', 2, BE16), Nla('IFLA_GRE_OFLAGS', 3, BE16)
_ENCAP_CSUM, _ENCAP_CSUM6, _ENCAP_REMCSUM = 1, 2, 4  # TUNNEL_ENCAP_FLAG_*


def fixed(attribute: Attribute) -> Attribute:
    """A row that cannot change in place, with the value that the kernel chooses by itself as its default."""
    return of_kernel(attribute._replace(immutable=True))


def held(attribute: Attribute) -> Attribute:
    """Such a row whose default holds in a document that does not say it."""
    return attribute._replace(kernel_default=attribute.default, immutable=True)


def ends(names: str, local: int, remote: int, form: Form, about_remote: str = '') -> Rows:
    """Where the outer packets come from and go to. *names* is the prefix of the netlink attributes."""
    about = 'Destination of the outer packets, a unicast address or a multicast group.'
    return (
        Attribute(
            'local',
            IpAddress(),
            'Source address of the outer packets.',
            (Nla(names + '_LOCAL', local, form),),
            immutable=True,
        ),
        Attribute(
            'remote',
            IpAddress(),
            about_remote or about,
            (Nla(names + '_REMOTE', remote, form),),
            immutable=True,
        ),
    )


WITH_NEIGHBOURS = (
    'Destination of the outer packets, a unicast address or a multicast group. Without it, the neighbours on '
    'the link have one each (ip-neighbour(8)).'
)


def external(names: str, number: int) -> Attribute:
    nla = Nla(names + '_COLLECT_METADATA', number, FLAG)
    text = 'Whether routes with C(encap) and filters, not the link, set the destination of each packet.'
    return fixed(Attribute('external', Boolean(), text, (nla,), default=False))


def encapsulation(names: str, first: int, csum6: bool) -> Rows:
    """UDP around the outer packets; *csum6* is whether IPv6 has a checksum by default."""
    flags = Nla(names + '_ENCAP_FLAGS', first + 1, U16)
    ports = Integer(0, 65535)
    return (
        fixed(
            Attribute(
                'encap',
                Choice({'none': 0, 'fou': 1, 'gue': 2}),
                'UDP around the packets. The other end needs a port that takes them (ip-fou(8)).',
                (Nla(names + '_ENCAP_TYPE', first, U16),),
                default='none',
            )
        ),
        fixed(
            Attribute(
                'encap_sport',
                ports,
                'UDP source port. V(0) chooses one for each flow.',
                (Nla(names + '_ENCAP_SPORT', first + 2, BE16),),
                default=0,
                iproute2='encap-sport',
            )
        ),
        fixed(
            Attribute(
                'encap_dport',
                ports,
                'UDP destination port.',
                (Nla(names + '_ENCAP_DPORT', first + 3, BE16),),
                default=0,
                iproute2='encap-dport',
            )
        ),
        _bit('encap_csum', 'Whether UDP over IPv4 has checksums.', Flag(flags, _ENCAP_CSUM), 'encap-csum'),
        _bit(
            'encap_csum6',
            'Whether UDP over IPv6 has checksums.',
            Flag(flags, _ENCAP_CSUM6),
            'encap-csum6',
        )._replace(
            default=csum6 or None,
        ),
        _bit(
            'encap_remcsum',
            'Whether checksums are offloaded to the other end. Needs C(encap=gue).',
            Flag(flags, _ENCAP_REMCSUM),
            'encap-remcsum',
        ),
    )


def _bit(key: str, text: str, flag: Flag, iproute2: str = '') -> Attribute:
    return fixed(Attribute(key, Boolean(), text, flag=flag, default=False, iproute2=iproute2))


def fwmark(names: str, number: int) -> Attribute:
    text = 'Firewall mark that the routing of outer packets sees.'
    nla = Nla(names + '_FWMARK', number, U32)
    return fixed(Attribute('fwmark', Integer(0, 0xFFFFFFFF), text, (nla,), default=0))


GRE_ROWS: Rows = (
    Attribute(
        'ikey',
        Integer(0, 0xFFFFFFFF),
        'Key that received packets have to have. By default, none.',
        (Nla('IFLA_GRE_IKEY', 4, BE32),),
        flag=Flag(_IN, _KEY),
        immutable=True,
    ),
    Attribute(
        'okey',
        Integer(0, 0xFFFFFFFF),
        'Key of sent packets. By default, none.',
        (Nla('IFLA_GRE_OKEY', 5, BE32),),
        flag=Flag(_OUT, _KEY),
        immutable=True,
    ),
    *[
        held(Attribute(key, Boolean(), text, flag=flag, default=False))
        for key, flag, text in (
            ('icsum', Flag(_IN, _CSUM), 'Whether received packets have to have a checksum.'),
            ('ocsum', Flag(_OUT, _CSUM), 'Whether sent packets have a checksum.'),
            ('iseq', Flag(_IN, _SEQ), 'Whether received packets have to be in sequence.'),
            ('oseq', Flag(_OUT, _SEQ), 'Whether sent packets are numbered.'),
        )
    ],
)


def vti_rows(local_remote: Form) -> Rows:
    """IFLA_VTI_*. The keys are the marks of IPsec policies."""
    key = Integer(0, 0xFFFFFFFF)
    return (
        *ends('IFLA_VTI', 4, 5, local_remote, 'Destination of the outer packets.'),
        fixed(
            Attribute(
                'ikey',
                key,
                'Mark of received packets, which the IPsec policies have.',
                (Nla('IFLA_VTI_IKEY', 2, BE32),),
                default=0,
            )
        ),
        fixed(
            Attribute(
                'okey',
                key,
                'Mark of sent packets, which the IPsec policies have.',
                (Nla('IFLA_VTI_OKEY', 3, BE32),),
                default=0,
            )
        ),
        fwmark('IFLA_VTI', 6),
    )


# Rules


def check_no_mac(reader: Reader) -> None:
    if reader.has('mac'):
        reader.problem('mac', 'does not fit a tunnel of IP, which has no hardware address', do='leave it out')


def check_outer(reader: Reader, values: dict[str, Value], version: int) -> None:
    """What holds for the outer packets of all tunnels over IPv4, or over IPv6."""
    for name in ('local', 'remote'):
        if name in values and not _is_of(version, str(values[name])):
            reader.problem(
                name,
                'does not fit a tunnel over IPv%d' % version,
                found=str(values[name]),
                want='an IPv%d address' % version,
            )
            return
    if values.get('external'):
        refuse_beside(reader, 'external', OF_ONE_TUNNEL)
    encap = values.get('encap', 'none')
    for key in ('encap_sport', 'encap_dport', 'encap_csum', 'encap_csum6', 'encap_remcsum'):
        if encap == 'none' and reader.has(key):
            reader.problem(key, 'needs an encap', do='set encap: fou or gue, or leave it out')
    if encap == 'fou' and values.get('encap_remcsum'):
        reader.problem('encap_remcsum', 'does not fit encap: fou', do='set encap: gue')
    refuse_link_namespace(reader)


def refuse_link_namespace(reader: Reader) -> None:
    """A tunnel looks for the link below in its own namespace (ip_tunnel_bind_dev)."""
    if reader.has('link_namespace'):
        reader.problem('link_namespace', 'does not fit this tunnel', do='make the tunnel in that namespace')


OF_ONE_TUNNEL = ('local', 'remote', 'ttl', 'tos', 'ikey', 'okey', 'encaplimit', 'tclass', 'flowlabel')


def refuse_beside(reader: Reader, key: str, others: t.Iterable[str]) -> None:
    for other in others:
        if reader.has(other):
            reader.problem(other, 'does not fit %s: true' % key, do='remove one of the two')


def check_group(reader: Reader, values: dict[str, Value]) -> None:
    remote = values.get('remote')
    if remote is not None and ipaddress.ip_address(str(remote)).is_multicast and 'local' not in values:
        reader.problem('local', 'is missing: the group %s needs one' % remote, do='add it')


def check_remote(reader: Reader, values: dict[str, Value]) -> None:
    """Ethernet over IP has to go somewhere (ipgre_tap_validate)."""
    if 'remote' not in values and not reader.has('remote') and not values.get('external'):
        reader.problem('remote', 'is missing', do='add it')


def _is_of(version: int, text: str) -> bool:
    address = ipaddress.ip_address(text)
    return address.version == version and not address.is_unspecified


# Kinds


def tunnel(
    module: str, text: str, table: Table, rules: t.Any, link: str, mtu: int, own_mac: bool = False
) -> LinkKind:
    """A kind of tunnel. *link* is the netlink attribute of the link below, *mtu* what the fewest headers
    leave of DEFAULT_MTU: keys, checksums, sequence numbers, limits and UDP take four bytes and more."""
    return LinkKind(
        module,
        text,
        table,
        rules,
        parent='optional',
        parent_nla=Nla(link, 1, U32),
        own_mac=own_mac,
        usual_mtus=tuple(range(mtu, mtu - 36, -4)),
        title=('remote',),
        **(ETHERNET if own_mac else {}),
    )
