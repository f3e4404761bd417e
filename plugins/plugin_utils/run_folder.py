# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tasks of one run of ansible-playbook tell each other. Each runs in a process of its own, so files hold
it, in the temporary folder of the run, which ends with it.
"""

from __future__ import annotations

import os

from ansible import constants as C


def run_folder(purpose: str) -> str:
    """A folder of this run for *purpose*. It exists."""
    # The parent is the process of the run; several may have forked from one that has the temporary folder.
    folder = os.path.join(C.DEFAULT_LOCAL_TMP, 'multinet-%s-%d' % (purpose, os.getppid()))
    os.makedirs(folder, 0o700, exist_ok=True)
    return folder
