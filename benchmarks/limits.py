# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a goal is not reached, and what limits it: from profiles (benchmarks/run --profile, perf, -X
importtime)."""

from __future__ import annotations

WHY: dict[str, str] = {
    "G1": "`iptables-restore` takes 1.0 s of the 2.6 s of CPU that a build of 512 takes, as it does in the "
    "scripts. Reading the document takes 0.23 s, planning twice 0.25 s, netlink with the journal "
    "0.27 s, observing the result 0.32 s, of which the rules are 0.14 s. Where these figures have a "
    "process for each namespace, they predate rules that are written over nfnetlink.",
    "G2": "As G1. By the clock the engine runs 16 processes at a time and the scripts one, so the ratio is "
    "larger on a machine with idle processors. The legacy programs wait for no RCU, and hold a lock "
    "for the whole host, so running several at once gains nothing.",
    "G3": "Against single processes as G1: starting 43 programs in each namespace takes 74 ms of CPU, the "
    "engine 5 ms plus its own start. Against tasks only the number of items counts.",
    "G4": "Of 0.58 s of CPU at 512, reading the document takes 0.24 s, reading the kernel 0.2 s, comparing "
    "0.07 s. Digests of the document and of what the kernel sends would save making objects of both. "
    "Since these figures were taken, routes and rules that namespaces have in common are read once, "
    "which saves a quarter of the reading.",
    "G5": "As G4: reading the document and comparing, which `ip -j` does not do, are more than half.",
    "G6": "These figures predate planning only what a change touched. Since then, with the two versions in "
    "turn on a machine at half this speed, observing and planning again take 10 ms instead of 176, "
    "the journal 15 instead of 40. The rest is loading the library for what is written, 46 ms, and "
    "the ownership record, 26 ms, which is written as a whole.",
    "G7": "Of 1.05 s, the start of Python takes 0.12 s, reading everything that exists, so that nothing of "
    "others is removed, 0.18 s, the plan and the journal 0.1 s, and applying 8709 operations 0.46 s, "
    "of which 0.25 s are waits for the kernel; 0.15 s pass until the kernel is done. Deleting links "
    "in groups of 64 rather than all at once costs seven more waits for RCU of 20 ms each.",
    "G9": "No process of iptables in a new namespace if all of its rules are known from the scratch "
    "namespace, otherwise two.",
    "G12": "Hosts keep the compiled code, and the module starts faster than `ping`, which is compiled at "
    "each start. What is left are imports: half of them are ansible-core's `AnsibleModule`, which takes "
    "the arguments, and modules of Python itself.",
    "G13": "The document, the plan and the observed state are held as Python objects at the same time, in "
    "four generations during a build.",
    "G14": "Links are removed in groups of 64, by one message each, and the kernel holds rtnl while it "
    "dismantles a group. `ip netns delete` leaves all of it to the kernel, which holds rtnl three "
    "times as long. Smaller groups would hold it for less, each at the price of one more wait for "
    "RCU, 20 ms.",
    "G16": "The controller sends 8 kB to a host that keeps the code, a twentieth of what `ping` takes.",
}
