# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print links, addresses, routes, policy rules and nexthops as the kernel's bytes, one a line.

What changes by itself is left out: counters, times (but whether something ends is told), and whether the
kernel has just asked for a router.
"""

import os
import socket
import struct
import sys

FORTY_YEARS = 40 * 365 * 24 * 3600
DONE, ERROR = 3, 2
# Name, request (linux/rtnetlink.h), length of the header, and whether the order of messages tells something.
DUMPS = (
    ("link", 18, 16, False),
    ("address", 22, 8, True),
    ("route", 26, 12, False),
    ("rule", 34, 12, True),
    ("nexthop", 106, 8, False),
)
# Statistics, 64-bit statistics, the queue (given at the first use), counts of carrier changes.
VOLATILE_OF_LINK = (6, 7, 23, 35, 47, 48)
# In IFLA_AF_SPEC, AF_INET6: statistics and reachable time.
VOLATILE_OF_INET6 = (3, 5, 6)
IF_RS_SENT_IF_RA_RCVD = 0x30


def attributes(data):
    while len(data) >= 4:
        length, number = struct.unpack_from("HH", data)
        yield number & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]


def text(found):
    words = []
    for number, payload in found:
        words.append(f"{number}={payload if isinstance(payload, str) else payload.hex()}")
    return " ".join(words)


def families(payload):
    """IFLA_AF_SPEC without counters."""
    for family, inner in attributes(payload):
        if family != socket.AF_INET6:
            yield family, inner
            continue
        for number, value in attributes(inner):
            if number == 1:
                value = struct.pack("I", struct.unpack("I", value)[0] & ~IF_RS_SENT_IF_RA_RCVD)
            if number not in VOLATILE_OF_INET6:
                yield f"{family}.{number}", value


def steady(name, number, payload):
    """An attribute without what changes by itself; None for one that is nothing else."""
    if name == "link" and number in VOLATILE_OF_LINK:
        return None
    if name == "link" and number == 26:
        return "[" + text(families(payload)) + "]"
    if name == "address" and number == 6:
        preferred, valid = struct.unpack_from("II", payload)
        return f"preferred={ending(preferred)},valid={ending(valid)}"
    if name == "route" and number == 12:
        expires, error = struct.unpack_from("iI", payload, 8)
        return f"expires={bool(expires)},error={error}"
    return payload


def ending(seconds):
    if not seconds:
        return "over"
    return "ends" if seconds < FORTY_YEARS else "stays"


def dump(name, request, length):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        # NLM_F_REQUEST | NLM_F_DUMP
        kernel.send(struct.pack("IHHII", 16 + length, request, 0x301, 1, 0) + bytes(length))
        while True:
            data = kernel.recv(1 << 20)
            while data:
                size, kind, _flags, _number, _port = struct.unpack_from("IHHII", data)
                if kind == ERROR:
                    sys.exit(f"{name}: {os.strerror(-struct.unpack_from('i', data, 16)[0])}")
                if kind == DONE:
                    return
                yield data[16 : 16 + length], data[16 + length : size]
                data = data[(size + 3) & ~3 :]


for name, request, length, ordered in DUMPS:
    lines = []
    for header, rest in dump(name, request, length):
        found = [(number, steady(name, number, payload)) for number, payload in attributes(rest)]
        lines.append(f"{header.hex()} {text(one for one in found if one[1] is not None)}")
    for place, line in enumerate(lines if ordered else sorted(lines)):
        print(f"bytes {name} {place if ordered else '-'} {line}")
