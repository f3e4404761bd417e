# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queueing disciplines."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    Case,
    host,
    inside,
    link,
    veth,
)

QDISC = 'qdiscs[0]'


def qdisc(**keys: t.Any) -> dict[str, t.Any]:
    return host(qdiscs=[{'link': 'eth0', **keys}])


def netem(**keys: t.Any) -> dict[str, t.Any]:
    return qdisc(kind='netem', **keys)


def tbf(**keys: t.Any) -> dict[str, t.Any]:
    return qdisc(kind='tbf', rate='1mbit', **keys)


def htb(*classes: t.Any, **keys: t.Any) -> dict[str, t.Any]:
    members = [{'classid': '1:1', 'rate': '9mbit'}, *classes]
    return qdisc(**{'kind': 'htb', 'handle': '1:', 'classes': members, **keys})


CLASSES, FILTERS = QDISC + '.classes', QDISC + '.filters'
CASES = [
    Case('qdiscs-number', host(qdiscs=100), 'qdiscs', '100'),
    Case('qdisc-text', host(qdiscs=['netem']), QDISC, 'netem'),
    Case('qdisc-without-link', host(qdiscs=[{'kind': 'clsact'}]), QDISC + '.link', 'add it'),
    Case('qdisc-unknown-kind', qdisc(kind='netmem'), QDISC + '.kind', 'did you mean netem?'),
    Case('qdisc-unknown-key', netem(lag='1ms'), QDISC + '.lag', 'want one of'),
    Case('qdisc-without-kind', qdisc(), QDISC + '.kind', 'or one of limit, delay, jitter, loss'),
    Case('qdisc-short-handle', qdisc(delay='1ms', handle='1:'), QDISC + '.handle', 'needs a kind'),
    Case('qdisc-handle', netem(handle='1:1'), QDISC + '.handle', "'1:1'"),
    Case('qdisc-handle-too-high', netem(handle='ffff:'), QDISC + '.handle', "'ffff:'"),
    Case('qdisc-parent', netem(parent='1:'), QDISC + '.parent', "'1:'"),
    Case('qdisc-parent-unquoted', netem(parent=70), QDISC + '.parent', 'quote it'),
    Case('clsact-with-handle', qdisc(kind='clsact', handle='1:'), QDISC + '.handle', 'a place of its own'),
    Case(
        'delay-without-unit', netem(delay=20), QDISC + '.delay', 'has no unit (found 20, want such as 20ms)'
    ),
    Case('delay-rate', netem(delay='20mbit'), QDISC + '.delay', 'is not a time'),
    Case('delay-negative', netem(delay='-20ms'), QDISC + '.delay', "'-20ms'"),
    Case('delay-too-long', netem(delay='2000s'), QDISC + '.delay', 'is out of range'),
    Case('delay-list', netem(delay=['20ms']), QDISC + '.delay', "['20ms']"),
    Case('loss-too-much', netem(loss='101%'), QDISC + '.loss', '0% to 100%'),
    Case('loss-word', netem(loss='much'), QDISC + '.loss', "'much'"),
    Case('rate-unit', netem(rate='5mbyte'), QDISC + '.rate', 'such as 100mbit'),
    Case('jitter-alone', netem(jitter='2ms'), QDISC + '.jitter', 'needs a delay'),
    Case('short-jitter-alone', qdisc(jitter='2ms'), QDISC + '.jitter', 'needs a delay'),
    Case('short-reorder-alone', qdisc(reorder='25%'), QDISC + '.reorder', 'needs a delay'),
    Case('short-corrupt', qdisc(corrupt='101%'), QDISC + '.corrupt', '101%'),
    Case('reorder-alone', netem(reorder='5%'), QDISC + '.reorder', 'needs a delay'),
    Case('tbf-without-rate', qdisc(kind='tbf'), QDISC + '.rate', 'is missing'),
    Case('tbf-rate-0', qdisc(kind='tbf', rate=0), QDISC + '.rate', 'is out of range'),
    Case('tbf-limit-latency', tbf(limit='9kb', latency='1ms'), QDISC + '.latency', 'say the same'),
    Case('tbf-peakrate-alone', tbf(peakrate='2mbit'), QDISC + '.minburst', 'is missing'),
    Case('tbf-minburst-alone', tbf(minburst='2kb'), QDISC + '.peakrate', 'is missing'),
    Case(
        'tbf-peakrate-below',
        tbf(peakrate='500kbit', minburst='2kb'),
        QDISC + '.peakrate',
        'found 500kbit, want more than 1mbit',
    ),
    Case('tbf-burst-too-slow', tbf(burst='4000mb'), QDISC + '.burst', 'takes too long'),
    Case('fq-codel-flows', qdisc(kind='fq_codel', flows=0), QDISC + '.flows', '1 to 65536'),
    Case('sfq-divisor', qdisc(kind='sfq', divisor=500), QDISC + '.divisor', 'is not a power of two'),
    Case('prio-bands', qdisc(kind='prio', bands=2), QDISC + '.bands', 'give a priomap'),
    Case('prio-map-short', qdisc(kind='prio', priomap=[0, 1]), QDISC + '.priomap', '16 numbers'),
    Case('prio-map-band', qdisc(kind='prio', priomap=[3] * 16), QDISC + '.priomap', 'less than 3'),
    Case('cake-flow-mode', qdisc(kind='cake', flow_mode='all'), QDISC + '.flow_mode', 'is unknown'),
    *[
        Case('short-limit-' + str(rate), qdisc(limit=rate), QDISC + '.limit', 'is out of range')
        for rate in ('700gbit', '1tbit', '300bit', '8bit', 100)
    ],
    Case('link-limit', link(limit='fast'), 'links[0].limit', "'fast'"),
    Case('peer-loss', host(links=[veth(peer={'name': 'v', 'loss': -1})]), 'links[0].peer.loss', '-1'),
    Case('link-jitter', link(jitter='1ms'), 'links[0].jitter', 'needs a delay'),
    Case(
        'qdisc-of-no-link',
        inside(qdiscs=[{'link': 'eth0', 'delay': '1ms'}]),
        'namespaces[0].qdiscs[0].link',
        'is not a link of namespace red',
    ),
    Case(
        'qdisc-twice',
        host(qdiscs=[{'link': 'eth0', 'kind': 'cake'}, {'link': 'eth0', 'delay': '1ms'}]),
        'qdiscs[1]',
        'is in the same place as the one of qdiscs[0]',
    ),
    Case(
        'qdisc-handle-twice',
        host(
            qdiscs=[
                {'link': 'eth0', 'kind': 'prio', 'handle': '1:'},
                {'link': 'eth0', 'kind': 'sfq', 'parent': '1:1', 'handle': '1:'},
            ]
        ),
        'qdiscs[1]',
        'has the handle of the one of qdiscs[0]',
    ),
    Case(
        'qdisc-in-none',
        host(qdiscs=[{'link': 'eth0', 'kind': 'sfq', 'parent': '1:1'}]),
        QDISC + '.parent',
        'is in a qdisc that is not declared before it',
    ),
    Case('htb-without-handle', htb(handle=None), QDISC + '.handle', 'classes are numbered by it'),
    Case('htb-default', htb(default='1:1'), QDISC + '.default', "'1:1'"),
    Case('class-text', htb('1:2'), CLASSES + '[1]', '1:2'),
    Case('class-without-rate', htb({'classid': '1:2'}), CLASSES + '[1].rate', 'is missing'),
    Case('class-minor', htb({'classid': '1:', 'rate': '1mbit'}), CLASSES + '[1].classid', "'1:'"),
    Case('class-unquoted', htb({'classid': 70, 'rate': '1mbit'}), CLASSES + '[1].classid', 'quote it'),
    Case('class-twice', htb({'classid': '1:1', 'rate': '1mbit'}), CLASSES + '[1].classid', 'declared twice'),
    Case('class-of-another', htb({'classid': '2:2', 'rate': '9mbit'}), CLASSES + '[1].classid', 'one of 1:'),
    Case(
        'class-in-none',
        htb({'classid': '1:3', 'parent': '1:2', 'rate': '1mbit'}),
        CLASSES + '[1].parent',
        'is not declared before it',
    ),
    Case(
        'class-ceil', htb({'classid': '1:2', 'rate': '2mbit', 'ceil': '1mbit'}), CLASSES + '[1].ceil', '2mbit'
    ),
    Case('filter-without-class', htb(filters=[{'to': '10.0.0.1'}]), FILTERS + '[0].flowid', 'is missing'),
    Case('filter-of-no-class', htb(filters=[{'flowid': '1:9'}]), FILTERS + '[0].flowid', 'is not a class'),
    Case(
        'filter-port',
        htb(filters=[{'flowid': '1:1', 'dport': 80}]),
        FILTERS + '[0].dport',
        'needs a protocol',
    ),
    Case(
        'filter-mark',
        htb(filters=[{'flowid': '1:1', 'mark': 7, 'to': '10.0.0.1'}]),
        FILTERS + '[0].mark',
        'stands alone',
    ),
    Case(
        'filter-families',
        htb(filters=[{'flowid': '1:1', 'from': 'fd00::1', 'to': '10.0.0.1'}]),
        FILTERS + '[0].to',
        'another address family',
    ),
    Case(
        'filter-pref',
        htb(filters=[{'flowid': '1:1', 'pref': 2}, {'flowid': '1:1', 'pref': 2}]),
        FILTERS + '[1].pref',
        'is that of another filter',
    ),
    Case('classes-of-tbf', tbf(classes=[]), QDISC + '.classes', 'is not a known key'),
    Case('short-to', qdisc(delay='1ms', to='10.0.0.1/8'), QDISC + '.to', 'host bits'),
    Case('short-only-to', qdisc(to='10.0.0.1'), QDISC + '.kind', 'is missing'),
    Case(
        'short-families',
        qdisc(delay='1ms', to='10.0.0.1', **{'from': 'fd00::1'}),
        QDISC + '.to',
        'another address family',
    ),
    Case(
        'short-pair-twice',
        host(qdiscs=[{'link': 'eth0', 'delay': '1ms', 'to': '10.0.0.1'}] * 2),
        'qdiscs[1]',
        'is about the same packets',
    ),
]
