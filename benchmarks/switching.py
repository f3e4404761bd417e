# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wall and CPU seconds of one switch into a namespace and back, as the engine does it, over all names in
random order."""

from __future__ import annotations

import os
import random
import time

from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces

SWITCHES = 20000
# As many as are open at a time: the usual limit of a process is 1024.
OPEN = 512


def measured() -> tuple[float, float]:
    home = namespaces.open_current()
    names = namespaces.named()
    random.shuffle(names)
    wall = cpu = 0.0
    done = 0
    while done < SWITCHES:
        for first in range(0, len(names), OPEN):
            fds = [namespaces.open_named(name) for name in names[first : first + OPEN]]
            turns = max(1, SWITCHES // max(len(names), 1))
            order = fds * turns
            random.shuffle(order)
            started, used = time.perf_counter(), time.thread_time()
            for fd in order:
                with namespaces.entered(fd, home):
                    pass
            wall += time.perf_counter() - started
            cpu += time.thread_time() - used
            done += len(order)
            for fd in fds:
                os.close(fd)
    return wall / done, cpu / done


if __name__ == "__main__":
    print(*namespaces.in_thread(measured))
