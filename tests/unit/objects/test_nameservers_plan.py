# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of name servers of namespaces: from what is wanted and what is there to files."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.tests.unit.objects.lab import bare, planned, steps_of

RESOLV, OWN = '/etc/resolv.conf', '/etc/netns/a/resolv.conf'
TEXT = '# multinet:lab\nnameserver 10.0.0.53\n'
NAMESPACE: dict[str, t.Any] = {'name': 'a'}
SERVER: dict[str, t.Any] = {**NAMESPACE, 'nameservers': {'addresses': ['10.0.0.53']}}
WRITTEN = Owned(files={('a', OWN): (None, TEXT)})
REPLACED = Owned(files={('a', OWN): ('theirs', TEXT)})
CHANGE = ['change file ' + OWN]
TABLE: dict[str, tuple[dict[str, t.Any], dict[str, str | None], Owned, list[str]]] = {
    'a new file': (SERVER, {RESOLV: ''}, Owned(), CHANGE),
    'a file that is there': (SERVER, {RESOLV: '', OWN: TEXT}, WRITTEN, []),
    'another server': (SERVER, {RESOLV: '', OWN: TEXT.replace('53', '54')}, WRITTEN, CHANGE),
    'a file of others': (
        SERVER,
        {RESOLV: '', OWN: 'theirs'},
        Owned(),
        ['file %s: already exists and belongs to no known scope' % OWN],
    ),
    'a host without one of its own': (
        SERVER,
        {RESOLV: None},
        Owned(),
        ['file %s: does not exist, so that a namespace cannot have one of its own' % RESOLV],
    ),
    'no longer declared': (NAMESPACE, {RESOLV: '', OWN: TEXT}, REPLACED, CHANGE),
    'no longer declared, and changed by others': (NAMESPACE, {RESOLV: '', OWN: 'new'}, REPLACED, []),
}


@pytest.mark.parametrize('namespace, files, owned, steps', TABLE.values(), ids=TABLE)
def test_files(
    namespace: dict[str, t.Any], files: dict[str, str | None], owned: Owned, steps: list[str]
) -> None:
    have = [bare('a', mark='multinet:lab')]
    assert steps_of(planned({'namespaces': [namespace]}, have, files=files, owned=owned)) == steps
