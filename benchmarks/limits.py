# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a goal is not reached, and what the limit is: from profiles (benchmarks/run --profile, perf, -X importtime)."""

from __future__ import annotations

WHY: dict[str, str] = {
    "G1": "Of a build of 512 in 4.0 to 4.4 s of CPU, `iptables-restore` takes 1.2 to 1.4 s and `iptables-save`, which proves the result, 1.2 s; scripts need "
          "only the first. The rest is less than their `ip` takes. With one process for each namespace the limit is about 1.5 (estimated by leaving out "
          "what proves); more needs iptables' rules written and read over nfnetlink without a process.",
    "G2": "As G1. By the clock the engine keeps 16 processes in flight and the scripts none, so the ratio is larger on a machine with idle processors. "
          "The legacy programs wait for no RCU, and hold a lock for the whole host, so several at once win nothing.",
    "G3": "Against single processes as G1: 43 starts of programs in each namespace take 85 ms of CPU, the engine 8.5 ms and its start. Against tasks only the "
          "number of items counts.",
    "G4": "Of 0.7 s of CPU at 512 reading the document takes 0.3 s, reading the kernel 0.25 s, comparing 0.08 s. What could be left out is making objects of "
          "both, by digests of the document and of what the kernel sends.",
    "G5": "As G4: reading the document and comparing, which `ip -j` does not do, are more than half.",
    "G6": "Measured while all namespaces were still observed again after a change. Only those that it touched are now: in one run of one process a "
          "route at 512 took 0.05 s of CPU more than no change.",
    "G7": "The kernel is done with 512 namespaces 0.6 s after `ip netns delete` began; the rest is Python: its start, the document, which is read for a "
          "removal too, the kernel's state and 8709 operations in the plan.",
    "G9": "One process of iptables in each namespace that is built where the kernel tells of all rules as it did when they were spelled, two elsewhere.",
    "G12": "Ansible sends the module as a zip of sources, and Python compiles all that is imported at each start, which is most of it: from compiled files the "
           "engine starts in 0.13 s of CPU. `ping` compiles half as much, all of it ansible-core's. The limit is code that a host keeps compiled, by the "
           "digest of the zip.",
    "G13": "The document, the plan and what was observed are held as Python objects at the same time, four generations of them during a build.",
    "G14": "All links of a removal go by one message, as a group, and the kernel holds rtnl while it takes them apart. Smaller groups would hold it for less, "
           "each at the price of one more wait for RCU, 20 ms.",
    "G16": "The controller builds the zip once for a play, and sends two to three times as many bytes to each host as for `ping`.",
}
