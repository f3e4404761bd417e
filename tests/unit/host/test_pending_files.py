# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a change that waits for its confirmation, also those that an earlier version wrote."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.commit_confirm import PendingFiles

CONNECTION = ['192.0.2.1', 40000, '192.0.2.2', 22]


@pytest.mark.parametrize('key', ['connection', 'way'])
def test_the_connection_of_a_change_is_read(key: str, tmp_path: pathlib.Path) -> None:
    pending = PendingFiles('abc', str(tmp_path))
    pending.write({'state': 'waiting', key: CONNECTION})
    assert pending.read() == {'state': 'waiting', 'connection': CONNECTION}
