# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traffic control as the kernel has it. A dump is turned into the requests that make the same."""

from __future__ import annotations

import errno
import struct
import typing as t

from ...kernel import netlink, uapi
from ...kernel.netlink import messages_of
from ...kernel.nla import U32, pack_attribute, parse_attributes, unpack_text
from ..attached.value import CLASS, FILTER, QDISC, Attached

Names = t.Mapping[int, str]
"""The names of links by their numbers."""

_TC_ATTRIBUTES = (
    uapi.TCA_KIND,
    uapi.TCA_OPTIONS,
    uapi.TCA_CHAIN,
    uapi.TCA_INGRESS_BLOCK,
    uapi.TCA_EGRESS_BLOCK,
)
_WITH_CLASSES = ('htb', 'hfsc', 'drr', 'qfq', 'ets')  # the others make their classes themselves
_TCA_HTB_INIT = 2
_HTB_GLOB = struct.Struct('=IIIII')  # struct tc_htb_glob: version, ..., direct_pkts
# Where classifiers show their flags, of which the kernel takes only some, and counters.
_CLASSIFIER_FLAGS = {'u32': 11, 'flower': 22, 'matchall': 3}
_FLAGS_TAKEN = 1 | 2 | 16  # TCA_CLS_FLAGS_SKIP_HW, _SKIP_SW, _VERBOSE
_TCA_U32_PCNT = 9
_UNSUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL)


def dump(sock: netlink.NetlinkSocket, type_: int, body: bytes) -> list[tuple[bytes, int, int]]:
    """The messages of a dump; none from a kernel that does not know what is asked for."""
    try:
        return list(messages_of(sock.dump(type_, body)))
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        return []


def dump_traffic_control(sock: netlink.NetlinkSocket, names: Names) -> t.Iterator[Attached]:
    """Queueing disciplines that somebody made: those of the kernel have no handle."""
    qdiscs = [qdisc for qdisc in _dump_tc(sock, uapi.RTM_GETQDISC, QDISC, names, 0, 0) if _tc(qdisc).handle]
    roots = [qdisc for qdisc in qdiscs if _is_root(qdisc)]
    children = [qdisc for qdisc in qdiscs if not _is_root(qdisc)]
    indexes = {name: index for index, name in names.items()}
    classes = [
        each
        for qdisc in qdiscs
        if qdisc.text in _WITH_CLASSES
        for each in _dump_tc(sock, uapi.RTM_GETTCLASS, CLASS, names, indexes[qdisc.link], _tc(qdisc).handle)
    ]
    yield from roots
    yield from _parents_first(classes)
    yield from _outer_first(qdiscs, children)
    for qdisc in qdiscs:
        for parent in _places_of_filters(qdisc):
            yield from _dump_tc(sock, uapi.RTM_GETTFILTER, FILTER, names, indexes[qdisc.link], parent)


def _parents_first(classes: t.Sequence[Attached]) -> list[Attached]:
    """In the order that makes a tree of them: a class whose parent does not exist becomes a root (htb)."""
    parents = {(each.link, _tc(each).handle): _tc(each).parent for each in classes}

    def depth(each: Attached) -> int:
        count, parent = 0, _tc(each).parent
        while (each.link, parent) in parents:
            count, parent = count + 1, parents[each.link, parent]
        return count

    return sorted(classes, key=depth)


def _outer_first(qdiscs: t.Sequence[Attached], children: t.Sequence[Attached]) -> list[Attached]:
    """Each qdisc after the one that it is in."""
    above = {(each.link, _tc(each).handle >> 16): _tc(each).parent >> 16 for each in qdiscs}

    def depth(each: Attached) -> int:
        count, major = 0, _tc(each).parent >> 16
        while (each.link, major) in above and count < len(qdiscs):
            count, major = count + 1, above[each.link, major]
        return count

    return sorted(children, key=depth)


class _Tc(t.NamedTuple):
    """struct tcmsg without family and link."""

    handle: int
    parent: int
    info: int


def _tc(attached: Attached) -> _Tc:
    return _Tc(*uapi.TCMSG.unpack_from(attached.body)[2:])


def _is_root(qdisc: Attached) -> bool:
    return _tc(qdisc).parent in (uapi.TC_H_ROOT, uapi.TC_H_INGRESS)


def _places_of_filters(qdisc: Attached) -> tuple[int, ...]:
    if qdisc.text == 'clsact':
        return (uapi.TC_H_CLSACT_INGRESS, uapi.TC_H_CLSACT_EGRESS)
    return (_tc(qdisc).handle,)


def _dump_tc(
    sock: netlink.NetlinkSocket, type_: int, kind: str, names: Names, index: int, parent: int
) -> t.Iterator[Attached]:
    for data, start, end in dump(sock, type_, uapi.TCMSG.pack(0, index, 0, parent, 0)):
        _family, found_index, handle, found_parent, info = uapi.TCMSG.unpack_from(data, start)
        attributes = parse_attributes(data, start + uapi.TCMSG.size, end)
        name = unpack_text(attributes[uapi.TCA_KIND])
        if found_index not in names or (kind == FILTER and _comes_by_itself(name, handle)):
            continue
        key = struct.pack('=II', handle, found_parent)
        if kind == FILTER:
            key += struct.pack('=I', info)
        else:
            info = 0  # of a qdisc how many use it, of a class the qdisc in it
        body = uapi.TCMSG.pack(0, 0, handle, found_parent, info)
        if uapi.TCA_OPTIONS in attributes:
            attributes[uapi.TCA_OPTIONS] = _options(kind, name, attributes[uapi.TCA_OPTIONS])
        for number in _TC_ATTRIBUTES:
            if number in attributes:
                body += pack_attribute(number, attributes[number])
        yield Attached(kind, names[found_index], key, body, name)


def _comes_by_itself(classifier: str, handle: int) -> bool:
    """Each classifier is dumped once without a handle, and u32 has a table of its own from 800: on
    (u32_init)."""
    return not handle or classifier == 'u32' and handle >= 0x80000000 and not handle & 0xFFFFF


def _options(kind: str, name: str, payload: bytes) -> bytes:
    """Options as a request has them, where the kernel shows them in another way."""
    is_htb = kind == QDISC and name == 'htb'
    flags = _CLASSIFIER_FLAGS.get(name, 0) if kind == FILTER else 0
    if not is_htb and not flags:
        return payload
    options = parse_attributes(payload)
    if is_htb:  # it shows 0x30011 and takes 3 (htb_dump, htb_init)
        version, *given, _direct_packets = _HTB_GLOB.unpack(options[_TCA_HTB_INIT])
        options[_TCA_HTB_INIT] = _HTB_GLOB.pack(version >> 16, *given, 0)
    if flags in options:
        options[flags] = U32.pack(U32.unpack(options[flags]) & _FLAGS_TAKEN)
    if name == 'u32':
        options.pop(_TCA_U32_PCNT, None)
    return b''.join([pack_attribute(number, option) for number, option in options.items()])


def by_link(attached: t.Iterable[Attached]) -> dict[str, tuple[Attached, ...]]:
    """What was dumped, by the name of the link."""
    links: dict[str, list[Attached]] = {}
    for each in attached:
        links.setdefault(each.link, []).append(each)
    return {name: tuple(members) for name, members in links.items()}
