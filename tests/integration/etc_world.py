# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An /etc of a world's own."""

from __future__ import annotations

import os
import pathlib

from .world import run

NSSWITCH = 'passwd: files systemd\nhosts: files resolve [!UNAVAIL=return] dns myhostname\nnetworks: files\n'


def own_etc() -> None:
    """From now on what is written to /etc ends with the world; its name server is 192.0.2.1."""
    for folder in ('/run/etc', '/run/etc-work'):
        os.mkdir(folder)
    run('mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc-work overlay /etc')
    for name in ('resolv.conf', 'nsswitch.conf'):
        pathlib.Path('/etc', name).unlink(missing_ok=True)
    pathlib.Path('/etc/resolv.conf').write_text('nameserver 192.0.2.1\n')
    pathlib.Path('/etc/nsswitch.conf').write_text(NSSWITCH)
