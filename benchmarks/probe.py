# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long one has to wait for rtnl, the kernel's one lock for all changes of links, addresses and routes,
while others work.

Asks for it in short intervals until SIGTERM, then prints the waits as JSON, in milliseconds. It runs ahead of
all other processes, so that what it waits for is the lock and not a processor. A wait is at most as long as
somebody holds the lock.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import sys
import time

INTERVAL = 0.0002
LONG = 2.0  # ms
# RTM_SETLINK (19) for lo, which is always 1, without any change: takes the lock and gives it back.
# rtnetlink(7)
REQUEST = struct.pack("=IHHII", 32, 19, 1, 1, 0) + struct.pack("=BxHiII", socket.AF_UNSPEC, 0, 1, 0, 0)


class Ended(Exception):
    pass


def _end(_number: int, _frame: object) -> None:
    raise Ended


def waits() -> list[float]:
    found: list[float] = []
    ask = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    ask.bind((0, 0))
    clock = time.perf_counter
    with contextlib.suppress(Ended):
        while True:
            time.sleep(INTERVAL)
            started = clock()
            ask.send(REQUEST)  # the kernel does it before this returns
            found.append(1000 * (clock() - started))
    return found


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    print("ready", flush=True)
    taken = sorted(waits())
    json.dump(
        {
            "asked": len(taken),
            "median": taken[len(taken) // 2],
            "p99": taken[int(0.99 * len(taken))],
            "max": taken[-1],
            "long": sum(one > LONG for one in taken),
        },
        sys.stdout,
    )
