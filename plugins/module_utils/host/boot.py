# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What survives a reboot: the last confirmed document of each scope, the engine as one file, and a unit that
applies them.

    /etc/multinet/layouts/SCOPE.json     the document as it was last confirmed
    /usr/local/lib/multinet/multinet.pyz the engine, run by the system's Python
    /usr/local/sbin/multinet             the same as a command
    multinet.service                     applies all documents before the network is up
    netns@NAME.service                   is there when the namespace is: for other units to order after

With the last document all of it goes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import typing as t

from ..kernel import files
from ..values.problems import EngineError, Problem

LAYOUTS = '/etc/multinet/layouts'
LIBRARY = '/usr/local/lib/multinet'
ENGINE = LIBRARY + '/multinet.pyz'
COMMAND = '/usr/local/sbin/multinet'
UNITS = '/etc/systemd/system'
_PYTHON = '/usr/bin/python3'

# As nftables.service does it: early, before anything that waits for the network. network.target is wanted for
# who comes after network-online.target: where nobody else wants it, that would not wait (systemd.special(7)).
# systemd-analyze(1) security finds 9.5, as for every service that may do all that root may. This one makes
# mounts that others are to see, so it cannot have mounts of its own (which most of the settings bring along),
# writes below /proc/sys, enters namespaces and has kernel modules loaded. It reads files of root only.
_SERVICE = """\
[Unit]
Description=Networks declared with multinet.linux
Documentation=https://galaxy.ansible.com/multinet/linux
DefaultDependencies=no
RequiresMountsFor=%s /usr/local /etc
After=local-fs.target systemd-modules-load.service systemd-sysctl.service systemd-udevd.service
Before=network-pre.target network.target shutdown.target
Wants=network-pre.target network.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=%s boot
TimeoutStartSec=90

[Install]
WantedBy=sysinit.target
""" % (LAYOUTS, COMMAND)

# The unit of a namespace looks at the namespace itself: the scope of another one may have failed, or a file
# be left over without a namespace on it. 6e736673 is NSFS_MAGIC (linux/include/uapi/linux/magic.h).
_NAMESPACE = """\
[Unit]
Description=Network namespace %i
DefaultDependencies=no
After=multinet.service
Wants=multinet.service
Before=network.target
StopWhenUnneeded=yes

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'test "$$(stat -f -c %%t /run/netns/%i 2>&1)" = 6e736673 || \
 { echo "there is no namespace %i" >&2; exit 1; }'
CapabilityBoundingSet=
IPAddressDeny=any
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077
"""

_ADVICE = 'apply its layout once more, which keeps it anew'
_WANTS = UNITS + '/sysinit.target.wants/multinet.service'
_SCRIPT = '#!/bin/sh\nexec %s -I %s "$@"\n' % (_PYTHON, ENGINE)


def available() -> bool:
    """Whether systemd runs this host; elsewhere nothing can be kept over a reboot."""
    return os.path.isdir('/run/systemd/system')


def _write(path: str, content: bytes, mode: int = 0o644) -> bool:
    """Put a file in place, whole or not at all. Whether anything changed."""
    with contextlib.suppress(FileNotFoundError), open(path, 'rb') as file:
        if file.read() == content and os.stat(path).st_mode & 0o777 == mode:
            return False
    files.make_folders(os.path.dirname(path))
    files.replace(path, content, mode)
    return True


def _remove(path: str) -> bool:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def _layout(scope: str) -> str:
    return os.path.join(LAYOUTS, scope + '.json')


def scopes() -> list[str]:
    """The scopes that have a document."""
    with contextlib.suppress(FileNotFoundError):
        return sorted(name[:-5] for name in os.listdir(LAYOUTS) if name.endswith('.json'))
    return []


def document(scope: str, previous: bool = False) -> dict[str, t.Any] | None:
    """``{document, policy}`` as last confirmed, or the one before that; None if there is none.

    Raises EngineError if the file holds anything else.
    """
    path = _layout(scope) + ('.previous' if previous else '')
    try:
        with open(path, encoding='utf-8') as file:
            kept = json.load(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise EngineError(Problem(path, 'cannot be read: %s' % error, do=_ADVICE)) from error
    parts = [kept.get(key) for key in ('document', 'policy')] if isinstance(kept, dict) else [None]
    if not all(isinstance(part, dict) for part in parts):
        raise EngineError(Problem(path, 'is not a document as this product keeps it', do=_ADVICE))
    return t.cast('dict[str, t.Any]', kept)


def _content(declared: t.Mapping[str, t.Any], policy: t.Mapping[str, t.Any]) -> bytes:
    return (
        json.dumps({'version': 1, 'document': declared, 'policy': policy}, indent=1, sort_keys=True) + '\n'
    ).encode()


def summary_of(declared: t.Mapping[str, t.Any], policy: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """A kept document as one line of text."""
    return ('applied at boot, document %s' % hashlib.sha256(_content(declared, policy)).hexdigest()[:12],)


def summary(scope: str) -> tuple[str, ...]:
    """The document that is kept for a scope now, as one line of text; nothing where there is none."""
    with contextlib.suppress(FileNotFoundError), open(_layout(scope), 'rb') as file:
        return ('applied at boot, document %s' % hashlib.sha256(file.read()).hexdigest()[:12],)
    return ()


def differs(declared: t.Mapping[str, t.Any], policy: t.Mapping[str, t.Any]) -> bool:
    """Whether another document is kept for the scope than this one."""
    scope = str(declared['name'])
    try:
        with open(_layout(scope), 'rb') as file:
            kept = file.read()
    except FileNotFoundError:
        return True
    return kept != _content(declared, policy) or not all(map(os.path.exists, (_WANTS, ENGINE)))


@contextlib.contextmanager
def _all_or_none(*paths: str) -> t.Iterator[None]:
    """If the block fails, these files are as they were before, also on a disk that is full: the old ones are
    still there under another name.
    """
    held: dict[str, str | None] = {}
    try:
        for path in paths:
            _remove(path + '.held')  # of a run that was killed
            held[path] = path + '.held' if os.path.lexists(path) else None
            if held[path]:
                os.link(path, path + '.held')
        yield
    except BaseException:
        for path, old in held.items():
            with contextlib.suppress(OSError):
                if old:
                    os.replace(old, path)
                else:
                    _remove(path)
        raise
    finally:
        for path in held:
            _remove(path + '.held')


def save(
    declared: t.Mapping[str, t.Any], policy: t.Mapping[str, t.Any], engine: t.Callable[[], bytes]
) -> bool:
    """Keep a document and whatever is needed to apply it at boot. Whether anything changed. If that cannot be
    written, the documents from before stay.

    *engine* makes the archive; it is asked for where there is none yet, or where the document is new.
    """
    path = _layout(str(declared['name']))
    with _all_or_none(path, path + '.previous', ENGINE, COMMAND):
        return _save(path, declared, policy, engine)


def _save(
    path: str,
    declared: t.Mapping[str, t.Any],
    policy: t.Mapping[str, t.Any],
    engine: t.Callable[[], bytes],
) -> bool:
    content = _content(declared, policy)
    with contextlib.suppress(FileNotFoundError), open(path, 'rb') as file:
        old = file.read()
        if old != content:
            _write(path + '.previous', old, 0o600)
    changed = _write(path, content, 0o600)
    if changed or not os.path.exists(ENGINE):
        changed = _write(ENGINE, engine()) or changed  # the engine that proved the document
    changed = _write(COMMAND, _SCRIPT.encode(), 0o755) or changed
    units = _write(UNITS + '/multinet.service', _SERVICE.encode())
    units = _write(UNITS + '/netns@.service', _NAMESPACE.encode()) or units
    if not os.path.islink(_WANTS):
        files.make_folders(os.path.dirname(_WANTS))
        os.symlink('../multinet.service', _WANTS)
        units = True
    if units:
        _reload()
    return changed or units


def forget(scope: str) -> bool:
    """Keep nothing of a scope any more; with the last one everything goes. Whether anything changed."""
    changed = _remove(_layout(scope))
    _remove(_layout(scope) + '.previous')
    if scopes() or not (changed or os.path.exists(ENGINE)):
        return changed
    units = [_remove(path) for path in (_WANTS, UNITS + '/multinet.service', UNITS + '/netns@.service')]
    for path in (COMMAND, ENGINE):
        changed = _remove(path) or changed
    for directory in (LIBRARY, LAYOUTS, os.path.dirname(LAYOUTS), os.path.dirname(_WANTS)):
        with contextlib.suppress(OSError):  # not empty, or never there
            os.rmdir(directory)
    if any(units):
        _reload()
        for verb in ('stop', 'reset-failed'):  # else systemd remembers them, as active or as failed
            _systemctl(verb, 'multinet.service')
    return changed or any(units)


def _reload() -> None:
    _systemctl('daemon-reload')


def _systemctl(*words: str) -> None:
    if available():
        subprocess.run(  # pylint: disable=ansible-bad-function
            ['systemctl', *words], check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
        )
