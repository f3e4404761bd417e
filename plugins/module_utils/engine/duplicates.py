# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPv6 addresses with ``dad: true``: a run ends when it is known that no other host has them."""

from __future__ import annotations

import time
import typing as t

from ..objects.address.operation import AddressOperation
from ..objects.address.value import Address
from ..objects.operation import Operation
from ..values.names import HOST, place
from ..values.problems import EngineError, Problem
from .observe import observe
from .query import Query

_LONGEST, _PAUSE = 3.0, 0.1  # seconds; one probe takes about one second (RFC 4862, 5.4)


def refuse_duplicates(ops: t.Iterable[Operation]) -> None:
    """Wait for the detection of the addresses that a run has added. Raises EngineError for duplicates.

    Where a link has no carrier the detection does not begin: that is not waited for longer than usual.
    """
    added = [op.after for op in ops if isinstance(op, AddressOperation) and op.after and op.after.dad]
    if not added:
        return
    deadline = time.monotonic() + _LONGEST
    while True:
        states = _states(added)
        if 'tentative' not in states.values() or time.monotonic() > deadline:
            break
        time.sleep(_PAUSE)
    failed = [address for address in added if states.get(address.key) == 'dadfailed']
    if failed:
        raise EngineError(*[_problem(address) for address in failed])


def _states(added: t.Sequence[Address]) -> dict[t.Any, str]:
    names = {address.namespace for address in added}
    seen = observe(Query(names | {HOST})).seen
    present = [address for name in names & seen.keys() for address in seen[name].addresses]
    return {address.key: address.detection for address in present}


def _problem(address: Address) -> Problem:
    return Problem(
        'address %s on %s/%s' % (address.address, place(address.namespace), address.link),
        'is in use: another host on the link answered the detection of duplicates',
        do='choose another address, or remove it there',
    )
