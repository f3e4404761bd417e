# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SSH_CONNECTION, which any user can set to anything."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host import ssh_connection
from ansible_collections.multinet.linux.plugins.module_utils.objects.management_path import Connection


@pytest.mark.parametrize(
    'text',
    [
        '',
        'a b c d',
        '192.0.2.9 50000 192.0.2.1',
        '192.0.2.9 50000 192.0.2.1 22 23',
        '192.0.2.9 x 192.0.2.1 22',
        '192.0.2.9 50000 192.0.2.1 2\x002',
        '192.0.2.999 50000 192.0.2.1 22',
        '% 50000 % 22',
    ],
)
def test_rubbish_is_no_connection(text: str) -> None:
    assert ssh_connection._parsed(text.split()) is None


def test_what_sshd_writes_is_read() -> None:
    wanted = Connection('192.0.2.9', 50000, 'fe80::1', 22)
    assert ssh_connection._parsed('::ffff:192.0.2.9 50000 fe80::1%eth0 22'.split()) == wanted
