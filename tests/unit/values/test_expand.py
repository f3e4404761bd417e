# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of a replica."""

from __future__ import annotations

import time

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.values import expand


@pytest.mark.parametrize(
    'text, n, wanted',
    [
        ('{n}', 3, '3'),
        ('ns{n}-{n}', 7, 'ns7-7'),
        ('{n+1}', 3, '4'),
        ('{n-1}', 1, '0'),
        ('{1-n}', 3, '-2'),
        ('{n*2+1}', 3, '7'),
        ('{(n+1)*2}', 3, '8'),
        ('{n//2}', 5, '2'),
        ('{n%4}', 5, '1'),
        ('{ n }', 2, '2'),
        ('{-n}', 2, '-2'),
        ('{10+n}', 2, '12'),
        ('{10.0.0.1+n}', 4, '10.0.0.5'),
        ('{10.0.0.250+n}/16', 10, '10.0.1.4/16'),
        ('{10.0.255.255+n}', 1, '10.1.0.0'),
        ('{10.0.0.0+n*4}/30', 64, '10.0.1.0/30'),
        ('{10.0.1.0+(n-1)*4+1}/30', 1, '10.0.1.1/30'),
        ('{10.0.0.1 + n}', 1, '10.0.0.2'),
        ('{fd00::1+n}/64', 255, 'fd00::100/64'),
        ('{fd00::ffff+n}', 1, 'fd00::1:0'),
        ('{::+n}', 1, '::1'),
        ('10.{n//256}.{n%256}.1', 300, '10.1.44.1'),
        ('{}', 1, '{}'),
        ('{x}', 1, '{x}'),
        ('{name}', 1, '{name}'),
        ('{{n}}', 2, '{2}'),
        ('{n', 1, '{n'),
        ('n}', 1, 'n}'),
        ('{5}', 1, '{5}'),
        ('{10.0.0.1}', 1, '{10.0.0.1}'),
        ('{"a": 1}', 1, '{"a": 1}'),
        ('%d $n n', 1, '%d $n n'),
        ('{n1}', 1, '{n1}'),
        ('{nn}', 1, '{nn}'),
    ],
)
def test_text_of_a_replica(text: str, n: int, wanted: str) -> None:
    assert expand.text_for(text, n) == wanted


@pytest.mark.parametrize('inside', ['n ' * 8000 + '!', '10.0.0.1+' + ' ' * 16000 + '!', '1.' * 8000 + '+!'])
def test_a_long_text_in_braces_takes_no_time(inside: str) -> None:
    began = time.process_time()
    assert expand.text_for('{%s}' % inside, 1) == '{%s}' % inside
    assert time.process_time() - began < 0.05
