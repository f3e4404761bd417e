# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the host remembers while it is up: the lock, what each scope owns, and the journal of a run.

    /run/multinet/lock                  held while a run changes the host
    /run/multinet/scopes/SCOPE.json     what the scope owns
    /run/multinet/journal/SCOPE.jsonl   what a run that has not ended may own in the end
    /run/multinet/mounted               exists if /run/netns became a mount by us

A reboot empties the directory, as it empties the kernel. Otherwise it goes with the last scope.
"""

from __future__ import annotations

import contextlib
import functools
import glob
import json
import os
import time
import typing as t

from ..kernel import files, namespaces
from ..kernel.locks import holders_of, try_lock
from ..objects.owned import Key, Owned
from ..objects.state import Snapshot
from ..values.problems import NEEDS_ROOT, EngineError, Problem
from ..values.struct import Struct

ROOT = '/run/multinet'
_VERSION = 1
_WAIT = 120.0
_PAUSE = 0.05


def boot_id() -> str:
    """The kernel's name for the time since the last boot."""
    with open('/proc/sys/kernel/random/boot_id', encoding='utf-8') as file:
        return file.read().strip()


def host_id() -> str:
    """What identifies this host, for hardware addresses that are derived from names; '' if nothing does."""
    for path in ('/etc/machine-id', '/var/lib/dbus/machine-id'):
        with contextlib.suppress(OSError), open(path, encoding='utf-8') as file:
            return file.read().strip()
    return ''


class Record(Struct):
    """What is known of a scope.

    identities  of each namespace that the scope has something in
    proofs      of firewalls that a run found as declared: by kind and namespace ("iptables NAME",
                "nftables NAME") the stamp of its rules and a digest of the declaration; "plain NAME" has
                families of iptables in place of the digest (objects/firewall_proof.py)
    known       whether there is a record of the scope
    crashed     whether a run did not end; *owned* then includes what it was about to make
    stored      whether *owned* is what the last run stored
    """

    owned: Owned = Owned()
    identities: dict[str, str] = {}
    proofs: dict[str, list[str]] = {}
    known: bool = False
    crashed: bool = False
    stored: bool = False


class Store:
    """The files of one scope. Use everything else inside the block of :meth:`lock`."""

    def __init__(self, scope: str, root: str = ROOT) -> None:
        self.scope, self.root = scope, root
        self._record = os.path.join(root, 'scopes', scope + '.json')
        self._journal = os.path.join(root, 'journal', scope + '.jsonl')
        self._lock = os.path.join(root, 'lock')
        self._mounted = os.path.join(root, 'mounted')
        self._fd = -1

    # The lock

    @contextlib.contextmanager
    def lock(self, reading: bool = False, wait: float = _WAIT) -> t.Iterator[None]:
        """One run at a time changes the host. With *reading* the block waits for runs that change it, and
        creates nothing. Raises EngineError after *wait* seconds."""
        try:
            fd = self._open_lock(reading, wait)
        except PermissionError as exc:
            raise EngineError(Problem(exc.filename or self.root, exc.strerror or '', do=NEEDS_ROOT)) from exc
        self._fd = fd
        try:
            yield
        finally:
            if fd >= 0:
                if not reading:
                    self._remove_unused()
                os.close(fd)

    def release(self) -> None:
        """Release the lock early, in a process that was forked inside the block and does not leave it."""
        os.close(self._fd)

    def _open_lock(self, reading: bool, wait: float) -> int:
        """A descriptor that holds the lock; -1 if there is none because nothing was ever changed here."""
        deadline = time.monotonic() + wait
        while True:
            if not reading:  # each time again: a run that removes the last scope removes the directory
                files.make_folders(self.root)
            try:
                fd = os.open(self._lock, os.O_RDONLY | os.O_CLOEXEC | (0 if reading else os.O_CREAT), 0o600)
            except FileNotFoundError:
                if reading:
                    return -1
                continue
            if not try_lock(fd, shared=reading):
                expired = time.monotonic() > deadline
                holders = holders_of(fd) if expired else []
                os.close(fd)
                if expired:
                    names = ', '.join(holder.text() for holder in holders)
                    what = 'another run has held the lock for more than %d s' % int(wait)
                    raise EngineError(Problem(self._lock, what, names, do='wait for it, or end it'))
                time.sleep(_PAUSE)
                continue
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.stat(self._lock), os.fstat(fd)):
                    return fd
            os.close(fd)  # removed between open and lock

    def _remove_unused(self) -> None:
        """Remove the lock and the directory if nothing else is in it."""
        if os.listdir(self.root) == [os.path.basename(self._lock)]:
            os.unlink(self._lock)
            with contextlib.suppress(OSError):  # it may be a mount
                os.rmdir(self.root)

    # The record and the journal

    def load(self) -> Record:
        """What is known. Files from before the last boot count for nothing. If a run did not end, its journal
        says what it was about to make."""
        stored = _read_record(self._record)
        begun = _read_record(self._journal)
        if begun is None:
            record = stored[0] if stored else Record()
            record.stored = stored is not None
            return record
        record, is_addition = begun
        record.crashed = True
        if stored and is_addition:
            record.owned = stored[0].owned.joined(record.owned)
            record.identities = {**stored[0].identities, **record.identities}
        return record

    def new_tables_to_share(self, owned: Owned, wanted: set[Key]) -> set[Key]:
        """Those of the *wanted* tables of iptables, (namespace, family, table), that came with another scope,
        if this one uses any for the first time. They go with the last scope that has chains in them."""
        known = set()
        for place, chains in owned.iptables.items():
            known |= {(*place, table) for table, _chain in chains}
        if wanted <= known:
            return set()
        tables: set[Key] = set()
        for _path, record in self._other_records():
            tables |= record.owned.new_tables
        return wanted & tables

    def with_scopes(self, have: Snapshot) -> Snapshot:
        """A snapshot that can tell what other scopes own; their records are read once, when it is asked."""
        return have.replaced(scopes=functools.lru_cache(None)(lambda: self._other_scopes(have)))

    def _other_scopes(self, have: Snapshot) -> dict[str, Owned]:
        """What each other scope owns, without what was in namespaces that are gone."""
        from ..engine.ownership import drop_stale_ownership  # not loaded by the modules for listeners

        scopes = {}
        for path, record in self._other_records():
            drop_stale_ownership(record.owned, record.identities, have)
            scopes[os.path.basename(path)[: -len('.json')]] = record.owned
        return scopes

    def _other_records(self) -> t.Iterator[tuple[str, Record]]:
        for path in sorted(glob.glob(os.path.join(glob.escape(self.root), 'scopes', '*.json'))):
            stored = _read_record(path) if path != self._record else None
            if stored:
                yield path, stored[0]

    def begin(self, record: Record, after: Owned, identities: t.Mapping[str, str]) -> None:
        """Write the journal: all that may belong to the scope in the end, for the run after a crash. If the
        record is stored, only what comes to it. Raises OSError."""
        whole = _owned_by_either(record.owned, after)
        if record.stored:
            added = dict(identities.items() - record.identities.items())
            head = self._data(whole.without(record.owned), added)
        else:
            head = self._data(whole, identities)
        head['more'] = record.stored
        folder = os.path.dirname(self._journal)
        files.make_folders(folder, 0o700)
        try:
            files.replace(self._journal, _line(head), 0o600)
        except OSError:
            with contextlib.suppress(OSError):  # other journals are in it
                os.rmdir(folder)
            raise

    def commit(
        self, owned: Owned, identities: t.Mapping[str, str], proofs: t.Mapping[str, list[str]]
    ) -> None:
        """Store what the scope owns now. A scope that owns nothing leaves no file. Raises OSError."""
        owned.links.clear()  # they carry their mark now
        if not owned.touched():
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._record)
            return
        data = {**self._data(owned, identities), 'proofs': dict(sorted(proofs.items()))}
        files.make_folders(os.path.dirname(self._record), 0o700)
        files.replace(self._record, _line(data), 0o600)

    def _data(self, owned: Owned, identities: t.Mapping[str, str]) -> dict[str, t.Any]:
        return {
            'version': _VERSION,
            'boot': boot_id(),
            'scope': self.scope,
            'identities': dict(sorted(identities.items())),
            'owned': owned.as_data(),
        }

    # What a run leaves on the host

    def prepare_names(self) -> None:
        """Make /run/netns ready for names, and note if that was our work."""
        if not namespaces.run_dir_is_mounted():
            files.write(self._mounted, '')
            namespaces.prepare_run_dir()

    def tidy(self) -> None:
        """Remove the journal and, with the last scope, all that we made on the host."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._journal)
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(self._journal))
        if os.path.exists(self._mounted) and (
            namespaces.release_run_dir() or namespaces.release_run_dir()
        ):  # a second time, for what is in use for a moment
            os.unlink(self._mounted)
        try:
            os.rmdir(os.path.dirname(self._record))
        except FileNotFoundError:
            pass
        except OSError:
            return  # other scopes
        with contextlib.suppress(FileNotFoundError):  # others have names in /run/netns: it is theirs now
            os.unlink(self._mounted)


def _line(data: t.Mapping[str, t.Any]) -> bytes:
    return json.dumps(data, separators=(',', ':')).encode() + b'\n'


def _read_record(path: str) -> tuple[Record, bool] | None:
    """A record or journal of this boot, and whether it only says what comes to the record; None if there is
    none that can be read. The marks in the kernel then say what is ours."""
    try:
        with open(path, encoding='utf-8') as file:
            data = json.loads(file.readline())
        if data['version'] != _VERSION or data['boot'] != boot_id():
            return None
        record = Record(Owned.from_data(data['owned']), data['identities'], data.get('proofs', {}), True)
        is_addition = bool(data.get('more'))
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # not there, written half, or not by us
    if not _is_sound(record):
        return None
    return record, is_addition


def _is_sound(record: Record) -> bool:
    """Whether a record that was read has the shape of one that was written."""
    owned = record.owned
    mappings = [record.identities, record.proofs, owned.namespaces, *owned.moved.values()]
    if not all(isinstance(mapping, dict) for mapping in mappings):
        return False
    chains: list[t.Any] = []
    for members in owned.iptables.values():
        if not isinstance(members, list):
            return False
        chains += members
    keys: list[tuple[t.Any, ...]] = []
    for field in Owned.field_names:
        if field != 'namespaces':
            keys += getattr(owned, field)
    pairs = [*owned.sysctls.values(), *owned.fields.values(), *owned.files.values()]
    names = [*record.identities.values(), *owned.namespaces.values()]
    names += [key[0] if len(key) > 1 else None for key in keys]
    return (
        set(map(type, names)) <= {str}
        and set(map(len, pairs)) <= {2}
        and _are_strings(record.proofs.values(), 2)
        and _are_strings(owned.nftables, 3)
        and _are_strings(chains, 2)
    )


def _are_strings(rows: t.Iterable[t.Any], count: int) -> bool:
    """Whether each row is a list of *count* strings."""
    return all(isinstance(row, (list, tuple)) and list(map(type, row)) == [str] * count for row in rows)


def _owned_by_either(before: Owned, after: Owned) -> Owned:
    """All that is in either. What a value was before the scope changed it, *before* knows."""
    whole = before.joined(after)
    for name in ('sysctls', 'fields', 'files'):
        values = getattr(whole, name)
        for key, (original, _written) in getattr(before, name).items():
            values[key] = (original, values[key][1])
    whole.moved.update(before.moved)
    for key, chains in before.iptables.items():
        either = {tuple(chain) for chain in (*chains, *after.iptables.get(key, ()))}
        whole.iptables[key] = [list(chain) for chain in sorted(either)]
    return whole


__all__ = ['ROOT', 'Record', 'Store', 'boot_id', 'host_id']
