# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a goal is not reached, and what the limit is: from profiles (benchmarks/run --profile, perf, -X importtime)."""

from __future__ import annotations

WHY: dict[str, str] = {
    "G1": "Of a build of 512 in 2.6 s of CPU `iptables-restore` takes 1.0 s, as it does in the scripts. Reading the document takes 0.23 s, planning "
    "twice 0.25 s, netlink with the journal 0.27 s, observing what was built 0.32 s, of which the rules are 0.14 s. More needs rules that are "
    "written over nfnetlink, without a process.",
    "G2": "As G1. By the clock the engine keeps 16 processes in flight and the scripts none, so the ratio is larger on a machine with idle processors. "
    "The legacy programs wait for no RCU, and hold a lock for the whole host, so several at once win nothing.",
    "G3": "Against single processes as G1: 43 starts of programs in each namespace take 74 ms of CPU, the engine 5 ms and its start. Against tasks only "
    "the number of items counts.",
    "G4": "Of 0.58 s of CPU at 512 reading the document takes 0.24 s, reading the kernel 0.2 s, comparing 0.07 s. What could be left out is making "
    "objects of both, by digests of the document and of what the kernel sends. Since these figures routes and rules that namespaces have alike "
    "are read once, which takes a quarter of the reading away.",
    "G5": "As G4: reading the document and comparing, which `ip -j` does not do, are more than half.",
    "G6": "These figures are from before a change was planned again for what it touched alone. Since then, the two versions in turn on a machine at "
    "half this speed, observing and planning again take 10 ms in the place of 176, the journal 15 in the place of 40. What is left there is "
    "loading the library for what is written, 46 ms, and the record of what is ours, 26 ms, which is written as a whole.",
    "G7": "Of 1.05 s Python's start takes 0.12 s, looking at all that is there, so that nothing of others goes, 0.18 s, the plan and the journal 0.1 s, "
    "carrying out 8709 operations 0.46 s, of which 0.25 s are waits for the kernel, and 0.15 s pass until the kernel is done. To delete links in "
    "groups of 64 in place of all at once costs seven more waits for RCU of 20 ms.",
    "G9": "One process of iptables in each namespace that is built where the kernel tells of all rules as it did when they were spelled, two elsewhere.",
    "G12": "Ansible sends the module as a zip of sources, and Python compiles all that is imported at each start, which is most of it: from compiled "
    "files the engine starts in 0.13 s of CPU. `ping` takes 0.17 s, all of it ansible-core's. The limit is code that a host keeps compiled, by "
    "the digest of the zip.",
    "G13": "The document, the plan and what was observed are held as Python objects at the same time, four generations of them during a build.",
    "G14": "Links are removed in groups of 64, by one message each, and the kernel holds rtnl while it takes a group apart. `ip netns delete` leaves "
    "all of it to the kernel, which holds it three times as long. Smaller groups would hold it for less, each at the price of one more wait for "
    "RCU, 20 ms.",
    "G16": "The controller builds the zip once for a play, and sends two to three times as many bytes to each host as for `ping`.",
}
