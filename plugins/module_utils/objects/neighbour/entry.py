# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A neighbour as a document says it."""

from __future__ import annotations

from ..attribute import Entry
from ..extra import USUAL_PROTOCOLS
from .schema import NEIGHBOUR, STATES
from .value import Neighbour


def neighbour_entry(neighbour: Neighbour) -> Entry:
    """The entry of ``neighbours`` that declares one, with nothing said that is usual."""
    entry: Entry = {'to': neighbour.to, 'dev': neighbour.dev}
    unsaid = {'protocol'} if neighbour.protocol in USUAL_PROTOCOLS else set()
    if neighbour.managed:
        unsaid |= {'lladdr', 'nud'}
    for name, attribute in NEIGHBOUR.items():
        value = getattr(neighbour, name)
        if name not in unsaid and value != attribute.default:
            entry[attribute.key] = value
    if 'nud' in entry and neighbour.nud not in STATES:
        entry['nud'] = 'stale'  # the kernel asks for it just now
    return entry
