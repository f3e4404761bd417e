# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to the kernel, encoded by pyroute2's message classes; the frequent ones by pack.py.

Only the classes are used, none of pyroute2's sockets: netlink.NetlinkSocket sends what is encoded here.
So all releases from 0.7.2 to 0.9.x behave the same. pyroute2 is imported when the first request is encoded,
so a run that changes nothing works without it.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import struct
import sys
import types
import typing as t

from . import pack
from .uapi import NLM_F_REQUEST

OLDEST = '0.7.2'
_METADATA = re.compile(r'pyroute2(?:\.core)?-(\d+(?:\.\d+)*)[^/]*\.(?:dist|egg)-info$')

OWN_PLACE = '/usr/local/lib/multinet/python'
"""Where the role prepare puts pyroute2 on hosts whose own is missing or too old. It takes precedence over
theirs."""

Attrs = list[tuple[str, t.Any]]


class MissingLibrary(Exception):
    """pyroute2 is missing. ``trace`` is the traceback of the import."""

    def __init__(self, trace: str, message: str = 'pyroute2 cannot be imported') -> None:
        super().__init__(message)
        self.trace = trace


class OldLibrary(MissingLibrary):
    """pyroute2 is too old: it may load all the same, and write what the kernel misreads."""

    def __init__(self, version: str, folder: str) -> None:
        super().__init__(
            '',
            'pyroute2: is too old (found %s in %s, want %s or newer);'
            ' run the role multinet.linux.prepare on this host, which puts a newer one beside it'
            % (version, folder, OLDEST),
        )


def _refuse_old() -> None:
    """Raise OldLibrary. The version stands in the metadata beside the package; within it, releases differ in
    where."""
    spec = importlib.util.find_spec('pyroute2')
    if spec is None or not spec.submodule_search_locations:
        return  # the import says so
    folder = os.path.dirname(list(spec.submodule_search_locations)[0])
    if not os.path.isdir(folder):
        return  # an archive, such as the one that a host keeps for its boot: it was checked when it was made
    versions = [match[1] for match in map(_METADATA.match, os.listdir(folder)) if match]
    if versions:
        newest = max(versions, key=_numbers)
        if _numbers(newest) < _numbers(OLDEST):
            raise OldLibrary(newest, folder)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split('.')]


def _stubbed(names: t.Sequence[str]) -> list[types.ModuleType]:
    """Modules of pyroute2 without its package module, which would load everything: 0.04 s instead of 0.2
    s."""
    spec = importlib.util.find_spec('pyroute2')
    if spec is None or not spec.submodule_search_locations:
        raise ImportError('no package pyroute2')
    package = types.ModuleType('pyroute2')
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    package.__file__ = spec.origin
    sys.modules['pyroute2'] = package
    try:
        return [importlib.import_module('pyroute2.' + name) for name in names]
    except Exception:
        for name in [name for name in sys.modules if name == 'pyroute2' or name.startswith('pyroute2.')]:
            del sys.modules[name]
        raise


class _Classes(t.NamedTuple):
    link: t.Any
    address: t.Any
    route: t.Any
    rule: t.Any
    nsid: t.Any


def _load() -> _Classes:
    names = ['netlink.rtnl.' + name for name in ('ifinfmsg', 'ifaddrmsg', 'rtmsg', 'fibmsg', 'nsidmsg')]
    try:
        if os.path.isdir(OWN_PLACE) and OWN_PLACE not in sys.path:
            sys.path.insert(0, OWN_PLACE)
        _refuse_old()
        if 'pyroute2' in sys.modules:
            modules = [importlib.import_module('pyroute2.' + name) for name in names]
        else:
            try:
                modules = _stubbed(names)
            except Exception:  # a private trick: whatever goes wrong with it, the plain import decides
                modules = [importlib.import_module('pyroute2.' + name) for name in names]
        return _Classes(*(getattr(module, name.rsplit('.', 1)[1]) for module, name in zip(modules, names)))
    except OldLibrary:
        raise
    except (
        Exception
    ) as exc:  # an unsuitable release fails in many ways: ImportError, AttributeError, SyntaxError
        import traceback  # rarely needed

        raise MissingLibrary(traceback.format_exc()) from exc


_loaded: list[_Classes] = []


def _classes() -> _Classes:
    if not _loaded:
        _loaded.append(_load())
    return _loaded[0]


def require() -> None:
    """Raise MissingLibrary now rather than in the middle of a change."""
    _classes()


def encoded(
    name: str, type_: int, flags: int, fields: dict[str, t.Any], attrs: Attrs, raw: bytes = b''
) -> bytes:
    """A message of the class *name*, one of _Classes. *raw* are packed attributes that follow *attrs*."""
    data = pack.packed(type_, flags | NLM_F_REQUEST, fields, attrs)
    if data is None:
        message = getattr(_classes(), name)()
        for key, value in fields.items():
            message[key] = value
        message['attrs'] = attrs
        message['header']['type'] = type_
        message['header']['flags'] = flags | NLM_F_REQUEST
        message.encode()
        data = bytes(message.data)
    if raw:
        data += raw
        data = struct.pack('=I', len(data)) + data[4:]
    return data
