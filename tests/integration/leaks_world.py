# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces that shall be separate, and what is reported to leak between them."""

from __future__ import annotations

import pathlib
import typing as t

from . import reachability_world
from .etc_world import own_etc

Leaks = list[tuple[str, str]]


def told(*separate: str, **more: t.Any) -> Leaks:
    """Kind and text of each leak that is reported."""
    done = reachability_world.reach(separate=list(separate or ('red', 'blue')), **more)
    assert 'leaks' in done and bool(done.get('failed')) == bool(done['leaks']), done
    return [(leak['kind'], leak['text']) for leak in done['leaks']]


def kinds(*separate: str, **more: t.Any) -> list[str]:
    return sorted({kind for kind, _text in told(*separate, **more)})


def furnish() -> None:
    """The two wires, and files about names for the namespaces on them."""
    own_etc()
    reachability_world.furnish()
    for side in ('red', 'blue'):
        folder = pathlib.Path('/etc/netns', side)
        folder.mkdir(parents=True)
        # The same address, on the wire of each.
        (folder / 'resolv.conf').write_text('nameserver %s\n' % reachability_world.PEER)
        (folder / 'nsswitch.conf').write_text('hosts: files dns\n')
