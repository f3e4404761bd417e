# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the complaints of iptables-restore mean."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.errors import (
    LockBusy,
    restore_error,
)

TEXT = '*filter\n:U - [0:0]\n-A U -j X\n-A U -j Y\nCOMMIT\n'


@pytest.mark.parametrize(
    'code, errors, blames',
    [
        (
            2,
            "iptables-nft-restore v1.8.9 (nf_tables): Chain 'X' does not exist\nError occurred at line: 3\n"
            "Try `iptables-nft-restore -h' or 'iptables-nft-restore --help' for more information.\n",
            [(3, '-A U -j X', "Chain 'X' does not exist")],
        ),
        (
            4,
            'iptables-nft-restore v1.8.9 (nf_tables): \n'
            'line 3: RULE_APPEND failed (Invalid argument): rule in chain U\n'
            'line 4: RULE_APPEND failed (Too many links): rule in chain U\n',
            [
                (3, '-A U -j X', 'RULE_APPEND failed (Invalid argument): rule in chain U'),
                (4, '-A U -j Y', 'RULE_APPEND failed (Too many links): rule in chain U'),
            ],
        ),
        (
            1,
            'iptables-restore: line 5 failed\n',
            [(5, 'COMMIT', 'iptables-restore: line 5 failed')],
        ),
        (
            2,
            "iptables-restore v1.8.9 (legacy): Couldn't load target `X':No such file or directory\n\n"
            "Error occurred at line: 3\nTry `x'\n",
            [(3, '-A U -j X', "Couldn't load target `X':No such file or directory")],
        ),
        (
            2,
            "Bad argument `b'\nError occurred at line: 3\n",
            [(3, '-A U -j X', "Bad argument `b'")],
        ),
        (
            1,
            'iptables-nft-restore: line 4 failed: No chain/target/match by that name.\n',
            [(4, '-A U -j Y', 'iptables-nft-restore: line 4 failed: No chain/target/match by that name.')],
        ),
        (139, '', [(0, '', 'exit code 139 without a message')]),
    ],
)
def test_what_a_complaint_means(code: int, errors: str, blames: list[tuple[int, str, str]]) -> None:
    error = restore_error('iptables-restore', TEXT, code, errors)
    assert not isinstance(error, LockBusy)
    assert list(error.blames) == blames
    assert (error.line, error.text, error.reason) == blames[0]


def test_a_taken_lock_is_known_by_its_message() -> None:
    said = 'Another app is currently holding the xtables lock. Stopped waiting after 1s.\n'
    error = restore_error('iptables-restore', TEXT, 4, said)
    assert isinstance(error, LockBusy)
    assert str(error).startswith('iptables-restore: another process held the xtables lock')
