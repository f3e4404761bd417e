# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said when the kernel could not be read."""

from __future__ import annotations

import contextlib
import errno
import typing as t

from ..kernel import netlink
from ..kernel.netlink import plainly
from ..values.problems import NEEDS_ROOT, EngineError, Problem


def reading_failed(exc: OSError, what: str = 'reading the kernel') -> EngineError:
    """The error for people, with what they can do about it."""
    denied = exc.errno in (errno.EPERM, errno.EACCES)
    return EngineError(Problem(what, plainly(exc), do=NEEDS_ROOT if denied else 'run it again'))


@contextlib.contextmanager
def reading(errors: type[OSError] = OSError) -> t.Iterator[None]:
    """Raises EngineError for what can go wrong when the kernel is read: for a torn dump, and for *errors*."""
    try:
        yield
    except netlink.Torn as exc:
        do = 'run it again when the host is quieter'
        raise EngineError(Problem('reading the kernel', str(exc), do=do)) from exc
    except errors as exc:
        raise reading_failed(exc) from exc
