# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept on a host while it is up: the lock, what each scope owns, and the journal of a run.

All of it lies in /run/multinet, which a reboot empties just as it empties the kernel. The directory goes when the last
scope does.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import json
import os
import time
import typing as t

from ..kernel import files, namespaces
from ..objects.owned import Owned
from ..values.problems import EngineError

ROOT = '/run/multinet'
_VERSION = 1
_WAIT = 120.0


def boot_id() -> str:
    with open('/proc/sys/kernel/random/boot_id', encoding='utf-8') as file:
        return file.read().strip()


def host_id() -> str:
    """What tells this host from others, for hardware addresses that are derived from names; '' where it has none."""
    for path in ('/etc/machine-id', '/var/lib/dbus/machine-id'):
        with contextlib.suppress(OSError), open(path, encoding='utf-8') as file:
            return file.read().strip()
    return ''


@dataclasses.dataclass
class Record:
    """What is known of a scope. ``identities`` are those of the namespaces that something of it is in.

    ``proofs``: of firewalls that a run found as declared (objects/firewall_proof.py). ``known`` is false where nothing was kept;
    ``crashed`` is true where a run did not end, ``stored`` where ``owned`` is as the last run kept it.
    """

    owned: Owned = dataclasses.field(default_factory=Owned)
    identities: dict[str, str] = dataclasses.field(default_factory=dict)
    proofs: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    known: bool = False
    crashed: bool = False
    stored: bool = False


class Journal:
    """What a run that is under way will own, written before its first operation. The next run reads it if this one is killed."""

    def __init__(self, path: str, head: dict[str, t.Any]) -> None:
        self.path = path
        temporary = path + '.new'
        self._fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            self._write(json.dumps(head, separators=(',', ':')) + '\n')
            os.replace(temporary, path)  # that of a run that was killed is there until then
        except OSError:
            self.close()
            os.unlink(temporary)
            raise

    def _write(self, text: str) -> None:
        data = text.encode()
        while data:
            try:
                data = data[os.write(self._fd, data) :]
            except OSError as exc:
                raise OSError(exc.errno, exc.strerror, self.path) from exc

    def close(self) -> None:
        os.close(self._fd)


class Store:
    """The files of one scope. Use :meth:`lock` around everything else."""

    def __init__(self, scope: str, root: str = ROOT) -> None:
        self.scope, self.root = scope, root
        self._state = os.path.join(root, 'scopes', scope + '.json')
        self._journal = os.path.join(root, 'journal', scope + '.jsonl')
        self._lock = os.path.join(root, 'lock')
        self._mounted = os.path.join(root, 'mounted')
        self._fd = -1

    @contextlib.contextmanager
    def lock(self, reading: bool = False, wait: float = _WAIT) -> t.Iterator[None]:
        """One run at a time changes the host. A run that only reads makes no file; it waits if there is one."""
        try:
            fd = self._locked(reading, wait)
        except PermissionError as exc:
            raise EngineError(
                '%s: %s; set become: true, root is needed' % (exc.filename or self.root, exc.strerror)
            ) from exc
        self._fd = fd
        try:
            yield
        finally:
            if fd >= 0:
                if not reading and os.listdir(self.root) == ['lock']:
                    os.unlink(self._lock)
                    with contextlib.suppress(OSError):  # a mount of its own stays
                        os.rmdir(self.root)
                os.close(fd)

    def _locked(self, reading: bool, wait: float) -> int:
        """A descriptor that holds the lock; -1 where nobody has changed anything yet."""
        deadline = time.monotonic() + wait
        while True:
            if not reading:  # each time anew: a run that removes the last scope takes the directory away
                os.makedirs(self.root, 0o755, exist_ok=True)
            try:
                fd = os.open(self._lock, os.O_RDONLY | os.O_CLOEXEC | (0 if reading else os.O_CREAT), 0o600)
            except FileNotFoundError:
                if not reading:
                    continue
                return -1  # nobody has changed anything here yet
            try:
                fcntl.flock(fd, (fcntl.LOCK_SH if reading else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            except OSError as exc:
                os.close(fd)
                if exc.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                    raise
                if time.monotonic() > deadline:
                    raise EngineError(
                        '%s: another run holds the lock for more than %d s; wait for it, or end it'
                        % (self._lock, int(wait))
                    ) from exc
                time.sleep(0.05)
                continue
            with contextlib.suppress(FileNotFoundError):
                if os.stat(self._lock).st_ino == os.fstat(fd).st_ino:
                    return fd
            os.close(fd)  # it was removed between open and lock

    def release(self) -> None:
        """Give the lock away before the block ends; for a process that was forked inside the block, and does not leave it."""
        os.close(self._fd)

    def load(self) -> Record:
        """What is known. Anything from before the last boot is not, and of a run that did not end its intentions count."""
        state, (begun, head) = self._read(self._state)[0], self._read(self._journal)
        if begun is None:
            if state is not None:
                state.stored = True
            return state or Record()
        begun.crashed = True
        if state is not None and head.get('more'):
            begun.owned, begun.identities = (
                state.owned.joined(begun.owned),
                {**state.identities, **begun.identities},
            )
        return begun

    @staticmethod
    def _read(path: str) -> tuple[Record | None, dict[str, t.Any]]:
        try:
            with open(path, encoding='utf-8') as file:
                data = json.loads(file.readline())
            if data['version'] == _VERSION and data['boot'] == boot_id():
                return Record(
                    Owned.from_data(data['owned']), data['identities'], data.get('proofs', {}), True
                ), data
        except FileNotFoundError:
            pass
        except (ValueError, KeyError, TypeError):
            pass  # written half: the marks in the kernel tell what is ours
        return None, {}

    def _data(self, owned: Owned, identities: t.Mapping[str, str]) -> dict[str, t.Any]:
        return {
            'version': _VERSION,
            'boot': boot_id(),
            'scope': self.scope,
            'identities': dict(sorted(identities.items())),
            'owned': owned.as_data(),
        }

    def begin(self, record: Record, after: Owned, identities: t.Mapping[str, str]) -> None:
        """Write the journal. Its first line is all that may be ours in the end, for whoever comes after a crash, or what that is
        more than was kept."""
        whole = union(record.owned, after)
        head = (
            self._data(whole, identities)
            if not record.stored
            else self._data(whole.without(record.owned), dict(identities.items() - record.identities.items()))
        )
        head['more'] = record.stored
        folder = os.path.dirname(self._journal)
        os.makedirs(folder, 0o700, exist_ok=True)
        try:
            Journal(self._journal, head).close()
        except OSError:
            with contextlib.suppress(OSError):  # journals of others are in it
                os.rmdir(folder)
            raise

    def commit(
        self, owned: Owned, identities: t.Mapping[str, str], proofs: t.Mapping[str, list[str]]
    ) -> None:
        """Keep what is ours now; a scope without anything leaves no file."""
        owned.links.clear()  # they carry their mark now
        if not owned.touched():
            self._remove()
            return
        data = {**self._data(owned, identities), 'proofs': dict(sorted(proofs.items()))}
        files.make_folders(os.path.dirname(self._state), 0o700)
        files.replace(self._state, json.dumps(data, separators=(',', ':')).encode() + b'\n', 0o600)

    def _remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._state)

    def prepare_names(self) -> None:
        """Have /run/netns ready for names, and remember when that was our work."""
        if not namespaces.run_dir_is_mounted():
            with open(self._mounted, 'w', encoding='utf-8'):
                pass
            namespaces.prepare_run_dir()

    def tidy(self) -> None:
        """Remove the journal, and all that we made on the host when the last scope is gone."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._journal)
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(self._journal))
        if os.path.exists(self._mounted) and (
            namespaces.release_run_dir() or namespaces.release_run_dir()
        ):  # once more, for what lasts a moment
            os.unlink(self._mounted)
        try:
            os.rmdir(os.path.dirname(self._state))
        except FileNotFoundError:
            pass
        except OSError:
            return  # other scopes
        with contextlib.suppress(FileNotFoundError):  # others have names there: it is theirs now
            os.unlink(self._mounted)


def union(one: Owned, other: Owned) -> Owned:
    """All that is in either; what a value was before us counts from the first."""
    return Owned(
        {**one.namespaces, **other.namespaces},
        one.links | other.links,
        one.addresses | other.addresses,
        one.routes | other.routes,
        one.rules | other.rules,
        {
            **other.sysctls,
            **{
                key: (value[0], other.sysctls[key][1] if key in other.sysctls else value[1])
                for key, value in one.sysctls.items()
            },
        },
        {
            **other.fields,
            **{
                key: (value[0], other.fields[key][1] if key in other.fields else value[1])
                for key, value in one.fields.items()
            },
        },
        {
            key: [
                list(chain)
                for chain in sorted(
                    {tuple(chain) for chain in (*one.iptables.get(key, ()), *other.iptables.get(key, ()))}
                )
            ]
            for key in {*one.iptables, *other.iptables}
        },
        one.nftables | other.nftables,
        {**other.moved, **one.moved},
        {
            **other.files,
            **{
                key: (value[0], other.files[key][1] if key in other.files else value[1])
                for key, value in one.files.items()
            },
        },
        one.flush_conntrack | other.flush_conntrack,
    )
