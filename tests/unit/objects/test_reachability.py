# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What probes and separate namespaces mean, and what is said of wrong ones."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.reachability import (
    Crossings,
    Probe,
    read_reachability,
)
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.tests.unit.objects.wrong_values import (
    EXAMPLES,
    scalars,
    values,
)
from hypothesis import given
from hypothesis import strategies as st


def only(**keys: t.Any) -> Probe:
    return read_reachability({'probes': [keys]}).probes[0]


def problems_of(**document: t.Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_reachability(document)
    return list(caught.value.texts())


def test_defaults() -> None:
    probe = only(kind='tcp', to='10.0.0.1', port='22')
    assert (probe.path, probe.namespace, probe.expect, probe.port, probe.timeout, probe.tries) == (
        'probes[0]',
        '',
        'open',
        22,
        2.0,
        2,
    )
    assert (
        only(kind='http', to='10.0.0.1').port == 80
        and only(kind='dns', to='10.0.0.1', query='a.example').port == 53
    )
    assert (
        only(kind='icmp', to='10.0.0.1', namespace='host').namespace == ''
        and only(kind='icmp', to='[FD00:0::1]').to == 'fd00::1'
    )
    assert only(kind='dns', to='10.0.0.1', query='a.example.').query == 'a.example'
    echo = {'kind': 'icmp', 'to': '10.0.0.1'}
    found = read_reachability({'timeout': '0.5', 'tries': '3', 'probes': [echo, {**echo, 'timeout': 4}]})
    assert [(probe.timeout, probe.tries) for probe in found.probes] == [(0.5, 3), (4.0, 3)]


def test_text() -> None:
    assert only(kind='http', to='fd00::1', path='/ping').text() == 'http fd00::1 port 80 /ping'
    assert (
        only(kind='dns', to='10.0.0.1', query='a.example', type='AAAA').text()
        == 'dns 10.0.0.1 port 53 for AAAA a.example'
    )
    assert (
        only(kind='unix', path='@stats').text() == 'unix @stats'
        and only(kind='icmp', to='10.0.0.1').text() == 'icmp 10.0.0.1'
    )


def test_separate() -> None:
    found = read_reachability(
        {
            'separate': ['host', 'sig'],
            'crossings': {
                'links': ['to-sig', 'host/up0'],
                'networks': ['10.9.0.0/16', 'fd09::/64'],
                'nameservers': ['FD00::53'],
                'forwarding': ['host'],
            },
        }
    )
    assert (
        found.separate == ('', 'sig')
        and found.overlap
        and found.namespaces() == {'': 'separate', 'sig': 'separate'}
    )
    allowed = found.crossings
    assert (
        allowed.has_link('sig', 'to-sig')
        and allowed.has_link('', 'up0')
        and not allowed.has_link('sig', 'up0')
    )
    assert (
        allowed.covers('10.9.1.0/24')
        and allowed.covers('10.9.0.1')
        and not allowed.covers('10.0.0.0/8')
        and allowed.covers('fd09::1')
    )
    assert allowed.nameservers == {'fd00::53'} and allowed.forwarding == {''}
    assert read_reachability({'separate': ['a', 'b']}).crossings == Crossings()


TCP = {'kind': 'tcp', 'to': '10.0.0.1', 'port': 80}
ICMP = {'kind': 'icmp', 'to': '10.0.0.1'}
DNS = {'kind': 'dns', 'to': '10.0.0.1', 'query': 'a.example'}
HTTP = {'kind': 'http', 'to': '10.0.0.1'}
UNIX = {'kind': 'unix', 'path': '/run/x'}


@pytest.mark.parametrize(
    'probe, path, found',
    [
        ('tcp', '', "is not a mapping (found 'tcp')"),
        ({}, 'kind', 'is missing'),
        (
            {'kind': 'tpc'},
            'kind',
            "is unknown (found 'tpc', want one of icmp, tcp, udp, http, dns, unix); did you mean tcp?",
        ),
        ({'kind': 'icmp'}, 'to', 'is missing; add it'),
        (
            {**ICMP, 'to': 'localhost'},
            'to',
            "is not an address (found 'localhost'); names are looked up by probes of kind dns alone",
        ),
        ({**ICMP, 'to': 'fe80::1%eth0'}, 'to', 'is not an address'),
        ({**ICMP, 'to': 'fe80::1'}, 'to', 'is on every link (found fe80::1); add device: LINK'),
        ({**ICMP, 'to': '224.0.0.1'}, 'to', 'cannot be the address of a host'),
        ({**ICMP, 'to': '0.0.0.0'}, 'to', 'cannot be the address of a host'),
        ({**ICMP, 'port': 7}, 'port', 'is not a known key'),
        ({**ICMP, 'answer': 'x'}, 'answer', 'is not a known key'),
        ({**ICMP, 'sources': '10.0.0.1'}, 'sources', 'did you mean source?'),
        (
            {**ICMP, 'source': 'fd00::1'},
            'source',
            'is not of the family of the destination (found fd00::1, want one as 10.0.0.1)',
        ),
        ({**ICMP, 'source': 'eth0'}, 'source', "is not an address (found 'eth0')"),
        ({**ICMP, 'source_seen': 'fd00::1'}, 'source_seen', 'is not of the family'),
        (
            {**ICMP, 'source_seen': '10.0.0.2', 'expect': 'silent'},
            'source_seen',
            'needs the other side to see something',
        ),
        ({**ICMP, 'device': 'a/b'}, 'device', 'is not a valid link name'),
        ({**ICMP, 'namespace': 'a b'}, 'namespace', 'is not a valid namespace name'),
        (
            {**ICMP, 'expect': 'closed'},
            'expect',
            "is unknown (found 'closed', want one of open, refused, silent)",
        ),
        ({**ICMP, 'timeout': 0}, 'timeout', 'is out of range (found 0, want 0.05 to 60 seconds)'),
        ({**ICMP, 'timeout': True}, 'timeout', 'is not a number of seconds (found True)'),
        ({**ICMP, 'timeout': 'soon'}, 'timeout', "is not a number of seconds (found 'soon')"),
        ({**ICMP, 'timeout': 10**400}, 'timeout', 'is not a number of seconds'),
        ({**ICMP, 'timeout': float('nan')}, 'timeout', 'is out of range'),
        ({**ICMP, 'tries': 0}, 'tries', 'is out of range (found 0, want 1 to 100)'),
        ({'kind': 'tcp', 'to': '10.0.0.1'}, 'port', 'is missing'),
        ({**TCP, 'port': 65536}, 'port', 'is out of range'),
        ({**TCP, 'port': 'ssh'}, 'port', "is not a whole number (found 'ssh', want 1 to 65535)"),
        ({**TCP, 'send': ['x']}, 'send', "is not text (found ['x'])"),
        ({**TCP, 'answer': '('}, 'answer', "is not a regular expression (found '(': "),
        ({**TCP, 'answer': 'a{99999999999999999999}'}, 'answer', 'is not a regular expression'),
        ({**TCP, 'answer': 'x', 'expect': 'refused'}, 'answer', 'needs an answer (found expect: refused)'),
        ({**TCP, 'path': '/'}, 'path', 'is not a known key'),
        ({**HTTP, 'path': 'who'}, 'path', "is not a URL path (found 'who'"),
        ({**HTTP, 'path': '/a b'}, 'path', 'is not a URL path'),
        ({**HTTP, 'host': 'a\r\nb'}, 'host', 'is not a host'),
        ({**HTTP, 'status': 99}, 'status', 'is out of range (found 99, want 100 to 599)'),
        ({**HTTP, 'status': 200, 'expect': 'silent'}, 'status', 'needs an answer'),
        ({'kind': 'dns', 'to': '10.0.0.1'}, 'query', 'is missing'),
        ({**DNS, 'query': 'a..example'}, 'query', "is not a DNS name (found 'a..example')"),
        ({**DNS, 'query': '.'}, 'query', 'is not a DNS name'),
        ({**DNS, 'query': 'x' * 64}, 'query', 'is not a DNS name'),
        ({**DNS, 'query': '.'.join(['x' * 60] * 5)}, 'query', 'is not a DNS name'),
        ({**DNS, 'type': 'MX'}, 'type', "is unknown (found 'MX', want one of A, AAAA)"),
        ({'kind': 'unix'}, 'path', 'is missing'),
        ({**UNIX, 'path': 'run/x'}, 'path', 'is not a socket path'),
        ({**UNIX, 'path': '@'}, 'path', 'is not a socket path'),
        ({**UNIX, 'path': '/' + 'x' * 107}, 'path', 'want at most 107 bytes'),
        ({**UNIX, 'to': '10.0.0.1'}, 'to', 'is not a known key'),
    ],
)
def test_problems_of_a_probe(probe: t.Any, path: str, found: str) -> None:
    said = problems_of(probes=[TCP, probe])
    where = 'probes[1].' + path if path else 'probes[1]'
    assert len(said) == 1 and said[0].startswith(where + ': ') and found in said[0], said


@pytest.mark.parametrize(
    'document, path, found',
    [
        ({}, 'probes', 'is missing; give probes, separate or both'),
        ({'probes': []}, 'probes', 'is missing'),
        ({'probes': {'kind': 'icmp'}}, 'probes', 'is not a list'),
        ({'timeout': 61, 'probes': [ICMP]}, 'timeout', 'is out of range'),
        ({'tries': 0, 'probes': [ICMP]}, 'tries', 'is out of range'),
        ({'separate': ['host']}, 'separate', 'needs two namespaces or more (found host)'),
        ({'separate': ['red', 'red']}, 'separate[1]', 'is listed twice (found red)'),
        ({'separate': ['red', '../etc']}, 'separate[1]', 'is not a valid namespace name'),
        ({'separate': ['red', '']}, 'separate[1]', 'is not a valid namespace name'),
        ({'separate': 'red'}, 'separate', 'is not a list'),
        ({'separate': ['red', 'blue'], 'overlap': 'maybe'}, 'overlap', 'is neither true nor false'),
        (
            {'probes': [ICMP], 'crossings': {'links': ['up0']}},
            'crossings',
            'are for namespaces that have to be separate',
        ),
        ({'separate': ['red', 'blue'], 'crossings': ['up0']}, 'crossings', 'is not a mapping'),
        (
            {'separate': ['red', 'blue'], 'crossings': {'link': ['up0']}},
            'crossings.link',
            'did you mean links?',
        ),
        (
            {'separate': ['red', 'blue'], 'crossings': {'links': ['a b']}},
            'crossings.links[0]',
            'is not a valid link name',
        ),
        (
            {'separate': ['red', 'blue'], 'crossings': {'links': ['-/up0']}},
            'crossings.links[0]',
            'is not a valid namespace name',
        ),
        (
            {'separate': ['red', 'blue'], 'crossings': {'networks': ['10.0.0.1/24']}},
            'crossings.networks[0]',
            'has host bits set',
        ),
        (
            {'separate': ['red', 'blue'], 'crossings': {'nameservers': ['ns1']}},
            'crossings.nameservers[0]',
            "is not an address (found 'ns1')",
        ),
        (
            {'separate': ['red', 'blue'], 'crossings': {'forwarding': ['a/b']}},
            'crossings.forwarding[0]',
            'is not a valid namespace name',
        ),
    ],
)
def test_problems_of_a_task(document: dict[str, t.Any], path: str, found: str) -> None:
    said = problems_of(**document)
    assert len(said) == 1 and said[0].startswith(path + ': ') and found in said[0], said


def test_all_problems_are_told_at_once() -> None:
    said = problems_of(
        probes=[{'kind': 'tcp', 'to': 'x'}, {**ICMP, 'expect': 'no', 'tries': -1}],
        separate=['red'],
        crossings={'links': ['']},
    )
    assert [line.split(':')[0] for line in said] == [
        'probes[0].to',
        'probes[0].port',
        'probes[1].expect',
        'probes[1].tries',
        'separate',
        'crossings.links[0]',
    ]


def test_a_task_that_is_read_stays_as_it_was() -> None:
    document = {'probes': [TCP, DNS], 'separate': ['red', 'blue'], 'crossings': {'links': ['up0']}}
    before = json.dumps(document)
    read_reachability(document)
    assert json.dumps(document) == before


KEYS = (
    'to',
    'port',
    'namespace',
    'source',
    'device',
    'source_seen',
    'expect',
    'send',
    'answer',
    'path',
    'host',
    'status',
    'query',
    'type',
    'timeout',
    'tries',
    'name',
)
RIGHT = st.sampled_from([TCP, ICMP, DNS, HTTP, UNIX])
WRONG = st.dictionaries(st.sampled_from(KEYS), st.one_of(scalars, values), max_size=4)
PROBES = st.one_of(values, st.builds(lambda probe, more: {**probe, **more}, RIGHT, WRONG))
CROSSINGS = st.dictionaries(
    st.sampled_from(['links', 'networks', 'nameservers', 'forwarding', 'other']),
    st.one_of(values, st.lists(scalars, max_size=3)),
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            'probes': st.one_of(values, st.lists(PROBES, max_size=3)),
            'separate': st.one_of(values, st.lists(scalars, max_size=3)),
            'crossings': st.one_of(values, CROSSINGS),
            'overlap': scalars,
            'timeout': scalars,
            'tries': scalars,
        },
    )
)
@EXAMPLES
def test_whatever_is_asked_for_is_read_or_refused(document: dict[str, t.Any]) -> None:
    try:
        found = read_reachability(document)
    except InputError as exc:
        assert exc.texts() and len(set(exc.texts())) == len(exc.texts())
        assert all(re.match('^[^:]+: .+', problem) and problem.isprintable() for problem in exc.texts()), (
            exc.texts()
        )
    else:
        assert found.probes or found.separate
