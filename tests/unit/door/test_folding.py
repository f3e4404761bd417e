# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alike changes in few words: nothing is told as alike that cannot be counted from the first to the last."""

from __future__ import annotations

import itertools
import random
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.door.changes import fitting_changes
from ansible_collections.multinet.linux.plugins.module_utils.door.folding import folded, folded_texts, runs
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Change


def cluster(count: int, links: int = 2) -> list[Change]:
    """The changes of nodes with some links each, in the order of their names as text."""
    changes = []
    for number in sorted(range(1, count + 1), key=str):
        name = 'web%d' % number
        changes.append(Change('namespace', '', name, (), ('exclusive no',)))
        for link in range(links):
            lines = ('kind veth', 'peer host/br%d-%d' % (link, number), 'state up')
            changes.append(Change('link', name, 'eth%d' % link, (), lines))
            address = '10.%d.%d.%d/16' % (link, *divmod(number + 1, 256))
            changes.append(Change('address', name, 'eth%d %s' % (link, address), (), ('scope global',)))
            address = 'fd0%d::%x/64' % (link, number + 1)
            changes.append(Change('address', name, 'eth%d %s' % (link, address), (), ('scope global',)))
        changes.append(Change('route', name, 'default', (), ('via 10.0.0.1',)))
    return changes


@pytest.mark.parametrize('count', [3, 64, 300])
def test_replicas_are_told_once(count: int) -> None:
    last = count + 1
    places = {'n': count, 'high': last // 256, 'low': last % 256, 'hex': '%x' % last}
    titles = (
        'namespace web1 ... web%(n)d (%(n)d)',
        'link web1/eth0 ... web%(n)d/eth0 (%(n)d)',
        'link web1/eth1 ... web%(n)d/eth1 (%(n)d)',
        'address web1/eth0 10.0.0.2/16 ... web%(n)d/eth0 10.0.%(high)d.%(low)d/16 (%(n)d)',
        'address web1/eth1 10.1.0.2/16 ... web%(n)d/eth1 10.1.%(high)d.%(low)d/16 (%(n)d)',
        'address web1/eth0 fd00::2/64 ... web%(n)d/eth0 fd00::%(hex)s/64 (%(n)d)',
        'address web1/eth1 fd01::2/64 ... web%(n)d/eth1 fd01::%(hex)s/64 (%(n)d)',
        'route web1 default ... web%(n)d default (%(n)d)',
    )
    wanted = [title % places for title in titles]
    assert [fold.title for fold in folded(cluster(count))] == wanted


def test_what_differs_in_more_than_counting_stands_by_itself() -> None:
    changes = cluster(5, links=1)
    changes[1] = changes[1]._replace(after=('kind veth', 'mtu 1400', 'state up'))
    titles = [fold.title for fold in folded(changes)]
    assert 'link web1/eth0' in titles and 'link web2/eth0 ... web5/eth0 (4)' in titles


@pytest.mark.parametrize(
    'numbers, wanted',
    [
        ([1, 2], [1, 1]),
        ([1, 2, 4], [1, 1, 1]),
        ([1, 2, 4, 6, 8], [1, 4]),
        ([5, 3, 1], [3]),
        ([1, 2, 3, 7, 11, 15], [3, 3]),
    ],
)
def test_only_even_counting_is_alike(numbers: list[int], wanted: list[int]) -> None:
    texts = ['link host/x%d' % number for number in numbers]
    assert [len(run) for run in runs(texts)] == wanted


def test_each_text_is_in_one_run_that_counts_evenly() -> None:
    generator = random.Random(7)
    for _round in range(200):
        size = generator.randint(0, 30)
        values = [(generator.randint(0, 9), generator.randint(0, 3)) for _place in range(size)]
        texts = ['x%d/y%d' % value for value in values]
        found = runs(texts)
        assert sorted(itertools.chain.from_iterable(found)) == list(range(len(texts)))
        for run in found:
            assert len(set(map(_step, _along(values, run), _along(values, run[1:])))) <= 1, (texts, run)


def _along(values: list[tuple[int, int]], run: list[int]) -> list[tuple[int, int]]:
    return [values[place] for place in run]


def _step(first: tuple[int, int], second: tuple[int, int]) -> tuple[int, int]:
    return (second[0] - first[0], second[1] - first[1])


def test_problems_of_replicas_are_told_once() -> None:
    problems = ['namespaces[%d].mtu: is too small (found %d)' % (n, 10 + n) for n in range(64)]
    assert folded_texts(['other', *problems]) == [
        'other',
        problems[0] + '; and 63 alike, the last: ' + problems[-1],
    ]


def size(value: t.Any) -> int:
    return len(str(value))


def test_a_result_has_its_limits_and_says_where_the_rest_is(monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, bytes] = {}
    module = 'ansible_collections.multinet.linux.plugins.module_utils.door.changes.files.'
    monkeypatch.setattr(module + 'make_folders', lambda path: None)
    monkeypatch.setattr(module + 'replace', lambda path, data, mode: written.update({path: data}))
    few = fitting_changes(cluster(4096), 'made', 'lab', True)
    assert size(few) < 10_000 and not few.rest
    generator = random.Random(7)
    names = ['%x' % generator.getrandbits(50) for _place in range(4096)]
    changes = [Change('namespace', '', name, (), ('exclusive no', 'x' * 100)) for name in names]
    many = fitting_changes(changes, 'made', 'lab', True)
    assert size(many) < 200_000
    assert many.rest == '/run/multinet/changes/lab'
    text = written[many.rest].decode()
    assert all('+ namespace %s\n' % name in text for name in names)
    assert many.differences[0]['prepared'].endswith('lines more, all in /run/multinet/changes/lab\n')


def test_what_removes_comes_first() -> None:
    changes = [
        *cluster(1, 0),
        Change('link', '', 'old', ('kind dummy',), ()),
        Change('sysctl', '', 'a', ('1',), ('2',)),
    ]
    assert fitting_changes(changes, 'done', 'lab', True).differences[0] == {
        'prepared': 'done\n- link host/old\n~ sysctl host a\n+ namespace web1\n+ route web1 default\n'
    }
