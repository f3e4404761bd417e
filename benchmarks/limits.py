# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a goal is not reached, and what the limit is: from profiles (benchmarks/run --profile, perf, -X importtime)."""

from __future__ import annotations

WHY: dict[str, str] = {
    "G1": "Of a build of 512 in 4.0 s of CPU, `iptables-restore` takes 1.2 s and `iptables-save`, which proves the result, 1.2 s; scripts need only the "
          "first. The rest, 1.6 s, is below what their `ip` takes. The limit with one process for each namespace is about 1.5; more needs iptables' "
          "rules written and read over nfnetlink without a process.",
    "G2": "As G1. By the clock the engine keeps 16 processes in flight and the scripts none, so the ratio is larger on a machine with idle processors. "
          "The legacy programs are quick (2 ms) and hold a lock for the whole host, so little is left to win.",
    "G3": "Against single processes as G1: 43 starts of programs in each namespace take 60 to 90 ms of CPU, the engine 8 ms. Against tasks only the number of "
          "items counts.",
    "G4": "Of 0.73 s of CPU at 512 reading the document takes 0.32 s, reading the kernel 0.26 s, comparing 0.08 s. The limit without reading either into "
          "objects, by digests of the document and of what the kernel sends, is about 0.2 s.",
    "G5": "As G4: reading the document and comparing, which `ip -j` does not do, are more than half.",
    "G6": "All namespaces are observed again after the change, and the record is written anew: 0.24 and 0.04 s of CPU at 512. Observing only what was touched "
          "leaves 0.05 s.",
    "G7": "The kernel needs 0.3 s for the removal of 512 (group delete, names); the rest is Python: its start, the document, which is read for a "
          "removal too, the kernel's state and 8709 operations in the plan.",
    "G8": "The kernel's part of a build grows, Python's does not.",
    "G9": "Two processes of iptables in each namespace that is built, one to write and one to prove, and a few for the spelling of all rules.",
    "G12": "Ansible sends the module as a zip of sources, and Python compiles all that is imported at each start, which is most of it: from compiled files the "
           "engine starts in 0.13 s of CPU. `ping` compiles half as much, all of it ansible-core's. The limit is code that a host keeps compiled, by the "
           "digest of the zip.",
    "G13": "The document, the plan and what was observed are held as Python objects at the same time, four generations of them during a build.",
    "G14": "All links of a removal go by one message, as a group, and the kernel holds rtnl while it takes them apart. Smaller groups would hold it for less, "
           "each at the price of one more wait for RCU, 20 ms.",
    "G16": "The controller builds the zip once for a play, and sends two to three times as many bytes to each host as for `ping`.",
}
