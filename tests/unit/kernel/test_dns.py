# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions to name servers on the wire, and what is made of answers, broken ones too."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel.dns import Reply, question, reply

ASKED = bytes.fromhex('beef 0100 0001 0000 0000 0000 03 777777 07 6578616d706c65 00 0001 0001')
# RFC 1035 4.1.4: a name that points to the one in the question.
ALIAS = bytes.fromhex('c00c 0005 0001 0000003c 0002 c010')
RECORD = bytes.fromhex('c010 0001 0001 0000003c 0004 c0000201')


def answer(flags: int, *records: bytes) -> bytes:
    return (
        ASKED[:2]
        + flags.to_bytes(2, 'big')
        + ASKED[4:6]
        + len(records).to_bytes(2, 'big')
        + ASKED[8:]
        + b''.join(records)
    )


def test_question() -> None:
    assert question(0xBEEF, 'www.example', 'A') == ASKED
    assert question(0xBEEF, 'www.example', 'AAAA') == ASKED[:-4] + b'\0\x1c\0\1'


def test_answers() -> None:
    assert reply(answer(0x8180, ALIAS, RECORD), ASKED, 'A') == Reply('NOERROR', ('192.0.2.1',), False)
    assert reply(answer(0x8180, ALIAS, RECORD), ASKED, 'A').text() == 'NOERROR\n192.0.2.1'  # type: ignore[union-attr]
    assert reply(answer(0x8380, RECORD), ASKED, 'A') == Reply('NOERROR', ('192.0.2.1',), True)
    assert reply(answer(0x8183), ASKED, 'A') == Reply('NXDOMAIN', (), False)
    assert reply(answer(0x818F), ASKED, 'A') == Reply('RCODE15', (), False)
    six = question(0xBEEF, 'www.example', 'AAAA')
    found = (
        six[:2]
        + b'\x81\x80\0\1\0\1\0\0\0\0'
        + six[12:]
        + bytes.fromhex('c00c 001c 0001 0000003c 0010')
        + b'\xfd'
        + bytes(14)
        + b'\1'
    )
    assert reply(found, six, 'AAAA') == Reply('NOERROR', ('fd00::1',), False)
    # Without the question, as some servers refuse.
    assert reply(bytes.fromhex('beef 8105 0000 0000 0000 0000'), ASKED, 'A') == Reply('REFUSED', (), False)
    assert reply(answer(0x8180).replace(b'www', b'WwW'), ASKED, 'A') == Reply('NOERROR', (), False)


@pytest.mark.parametrize(
    'data',
    [
        b'',
        b'\xbe',
        ASKED,
        ASKED[:12],
        b'\xbe\xee' + answer(0x8180)[2:],
        answer(0x8180).replace(b'www', b'vvv'),
        answer(0x8180, RECORD)[:-1],
        answer(0x8180, RECORD)[:-6],
        answer(0x8180, b'\x3f'),
        answer(0x8180, bytes.fromhex('c010 0001 0001 0000003c 0003 c00002')),
        answer(0x8180, bytes.fromhex('c010 0001 0001 0000003c ffff c0000201')),
    ],
)
def test_what_is_no_answer(data: bytes) -> None:
    assert reply(data, ASKED, 'A') is None


def test_no_bytes_make_it_fail() -> None:
    whole = answer(0x8180, ALIAS, RECORD)
    for size in range(len(whole)):
        reply(whole[:size], ASKED, 'A')
        for byte in (0, 0x3F, 0xC0, 0xFF):
            reply(whole[:size] + bytes((byte,)) + whole[size + 1 :], ASKED, 'A')
