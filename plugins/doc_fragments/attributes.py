# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """What is true of every module of the collection."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode). It reads only, and predicts exactly what the real run would do.
  diff_mode:
    support: full
    description: Tells what changes as one small text difference per object, the same in check mode and for real.
  idempotent:
    support: full
    description: A second run sends nothing to the kernel that changes anything, commits no firewall rules and writes no file.
  platform:
    platforms: linux
    support: full
    description: Linux, kernel 4.18 or newer, with root.
requirements:
  - On the managed host Python 3.9 or newer.
  - On the managed host pyroute2 0.7.2 or newer, when there is something to change.
  - On the managed host iptables, when firewall rules are declared, and nft, when tables of nft are.
notes:
  - Only objects that carry the mark of the scope are ever removed. Links carry it as their alias (C(multinet:SCOPE)), routes, rules
    and addresses as their protocol number 117. What others made is left alone.
  - A failure in the middle is taken back, and the message says so. A run that was killed is finished by the next one.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode). It never changes anything.
  diff_mode:
    support: N/A
    description: Nothing changes.
  idempotent:
    support: full
    description: It never changes anything.
  platform:
    platforms: linux
    support: full
    description: Linux, kernel 4.18 or newer, with root.
requirements:
  - On the managed host Python 3.9 or newer.
  - On the managed host iptables and nft, when firewall rules are asked for.
"""

    POLICY = r"""
options:
  adopt:
    description:
      - Take over what is in the way and belongs to nobody or to another scope, in place of failing with its name.
      - What was taken over is removed with the scope.
    type: bool
    default: false
  overlap:
    description: Let a new network overlap one that the namespace already reaches over another link.
    type: bool
    default: false
"""

    DOOR = r"""
options:
  scope:
    description:
      - The scope that the object belongs to from now on. This module adds to a scope or takes from it; it removes nothing that it does not name.
      - Take another than those of M(multinet.linux.layout). A layout is the whole of its scope, so its next run would remove the object.
    type: str
    default: adhoc
  state:
    description:
      - V(present) makes the object or changes what differs.
      - V(absent) removes it, whoever made it. What goes along with it in the kernel goes too. What is not there is no change.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description: Take over what is in the way and belongs to nobody or to another scope, in place of failing with its name.
    type: bool
    default: false
"""

    OVERLAP = r"""
options:
  overlap:
    description: Let a new network overlap one that the namespace already reaches over another link.
    type: bool
    default: false
"""

    CONFIRM = r"""
options:
  confirm:
    description:
      - Whether a change is applied under a timer on the host and kept only when it is confirmed over a new connection.
      - V(auto) does so when the change touches the way of the SSH connection that Ansible came in by. V(always) does it for every change.
      - Without a confirmation the host takes everything back by itself, and the task fails.
    type: str
    choices: [auto, always, never]
    default: auto
  confirm_timeout:
    description: Seconds from the first operation until an unconfirmed change is taken back.
    type: int
    default: 60
  confirm_token:
    description: For the action plugin alone, which confirms with it.
    type: str
  confirm_ask:
    description: For the action plugin alone, which asks with it how a change stands.
    type: bool
    default: false
"""
