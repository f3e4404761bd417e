# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the files of systemd-networkd to a document."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError, Problem

from .netdev import take_netdev
from .network import NetworkFile
from .network_links import NetworkLinks
from .translation import Entry, Translation
from .units import Unit, read_units
from .veths import join_pairs

_ENDINGS = ('.netdev', '.network', '.link')


def from_networkd(data: t.Any, name: str, leave_out: t.Collection[str] = ()) -> Entry:
    """The document for what files of networkd declare, given as a mapping of their names to their texts.
    Raises InputError with all problems, each with its file, section and key."""
    run = Translation(leave_out)
    if not isinstance(data, dict) or not all(isinstance(text, str) for text in data.values()):
        raise InputError([Problem('document', 'is not a mapping of file names to texts')])
    return run.finish(translate(data, name, run))


def translate(data: t.Mapping[str, str], name: str, run: Translation) -> Entry:
    """The document, as far as it can be made; problems are noted."""
    document: Entry = {'name': name}
    links = NetworkLinks(run)
    files = _files(data, run)
    for file, units in files.items():
        if file.endswith('.netdev'):
            take_netdev(file, units, links)
    for file, units in files.items():
        if file.endswith('.network'):
            NetworkFile(file, units, links, document).take()
    links.stack()
    for link_name, entry in links.entries.items():
        if entry['kind'] != 'veth':
            run.append(document, 'links', entry, links.files[link_name])
    for end in join_pairs(links.veth_ends(), run):
        run.append(document, 'links', end.entry, links.files[end.entry['name']])
    return document


def _files(data: t.Mapping[str, str], run: Translation) -> dict[str, list[Unit]]:
    """The sections of each file, in the order of their names, which is that of networkd. Files in FILE.d
    belong to FILE. Files of udev (.link) are passed over: it reads them with or without networkd."""
    files: dict[str, list[Unit]] = {}
    for path in sorted(data, key=_place):
        file = _place(path)[0]
        if not file.endswith(_ENDINGS):
            run.problems.add(
                path, 'is no file of networkd', want='a name that ends with %s' % ', '.join(_ENDINGS)
            )
        elif not file.endswith('.link'):
            files.setdefault(file, []).extend(read_units(data[path], path, run))
    return files


def _place(path: str) -> tuple[str, str]:
    """The file that a path belongs to, and its place among those of the file."""
    folder, _slash, last = path.rpartition('/')
    whole = folder.rpartition('/')[2]
    return (whole[:-2], last) if whole.endswith('.d') else (last, '')


__all__ = ['from_networkd', 'translate']
