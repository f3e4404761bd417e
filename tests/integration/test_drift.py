# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run leaves unread because nothing seems to have touched it, held against a run that reads
everything.

Others change what random documents made, or one object of a document goes and comes. Both runs have to
predict the same, and the quick one has to do it so that the thorough one finds nothing left to do, and the
same things its own. MULTINET_DRIFTS is how many documents are tried (20), MULTINET_FIRST_SEED the first of
them (0).
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import random
import subprocess
import time
import typing as t
from unittest import mock

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.host.store import Store
from ansible_collections.multinet.linux.plugins.module_utils.objects import firewall_proof
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError, InputError
from ansible_collections.multinet.linux.tests.generator import Document, random_document
from ansible_collections.multinet.linux.tests.integration import canonical_forms, foreign, world

DRIFTS = int(os.environ.get('MULTINET_DRIFTS', '20'))
FIRST = int(os.environ.get('MULTINET_FIRST_SEED', '0'))
BATCH = 10
HOST = ''
PATIENCE = 60.0
Deed = t.Callable[[str, random.Random], str]


@contextlib.contextmanager
def thoroughly() -> t.Iterator[None]:
    """Runs in here believe no proof of an earlier run: they read all rules and tables with the tools."""
    with mock.patch.object(firewall_proof, 'declaration_digests', lambda layout, policy: {}):
        yield


def read(namespace: str, words: str) -> list[t.Any]:
    """What ``ip -j`` tells."""
    return t.cast(
        'list[t.Any]',
        json.loads(world.run('ip -j %s %s' % ('-n ' + namespace if namespace else '', words)) or '[]'),
    )


def inside(namespace: str, words: str, text: str = '') -> bool:
    """Carry out a command that need not succeed: the dice do not know what can be done."""
    place = ['ip', 'netns', 'exec', namespace] if namespace else []
    return (
        subprocess.run(
            [*place, *words.split()], input=text, check=False, capture_output=True, text=True
        ).returncode
        == 0
    )


def _one(members: t.Sequence[t.Any], dice: random.Random) -> t.Any:
    return dice.choice(members) if members else None


def address(namespace: str, dice: random.Random) -> str:
    found = [
        (link['ifname'], '%s/%d' % (one['local'], one['prefixlen']))
        for link in read(namespace, 'address')
        for one in link['addr_info']
    ]
    one = _one(found, dice)
    return one and 'ip address del %s dev %s' % (one[1], one[0])


def route(namespace: str, dice: random.Random) -> str:
    family = dice.choice(('-4', '-6'))
    one = _one(read(namespace, family + ' route show table all proto 117'), dice)
    return one and 'ip %s route del %s %s table %s' % (
        family,
        one.get('type', ''),
        one['dst'],
        one.get('table', 'main'),
    )


def rule(namespace: str, dice: random.Random) -> str:
    family = dice.choice(('-4', '-6'))
    one = _one(
        [one for one in read(namespace, family + ' rule') if one['priority'] not in (0, 32766, 32767)], dice
    )
    return one and 'ip %s rule del priority %d' % (family, one['priority'])


def link(namespace: str, dice: random.Random) -> str:
    one = _one([one['ifname'] for one in read(namespace, 'link') if one['ifname'] != 'lo'], dice)
    return (
        one
        and dice.choice(
            ('ip link del %s', 'ip link set %s down', 'ip link set %s mtu 1300', 'ip link set %s nomaster')
        )
        % one
    )


def setting(_namespace: str, dice: random.Random) -> str:
    return 'sysctl -qw ' + dice.choice(
        (
            'net.ipv4.ip_forward=1',
            'net.ipv4.ip_default_ttl=99',
            'net.core.somaxconn=77',
            'net.ipv4.conf.all.rp_filter=2',
        )
    )


def chain(_namespace: str, dice: random.Random) -> str:
    return (
        dice.choice(('iptables', 'ip6tables'))
        + ' '
        + dice.choice(
            (
                '-F',
                '-P FORWARD DROP',
                '-P INPUT ACCEPT',
                '-A INPUT -s 203.0.113.9 -j DROP',
                '-A OUTPUT -j ACCEPT',
                '-D INPUT 1',
                '-D OUTPUT 1',
                '-N others',
                '-t nat -F',
                '-t mangle -A PREROUTING -j ACCEPT',
                '-X',
            )
        )
    )


def table(namespace: str, dice: random.Random) -> str:
    world_of = ['ip', 'netns', 'exec', namespace] if namespace else []
    told = subprocess.run(
        [*world_of, 'nft', 'list', 'tables'], check=True, capture_output=True, text=True
    ).stdout.split('\n')
    one = _one([line[6:] for line in told if line.startswith('table') and 'multinet' in line], dice)
    return (
        one
        and 'nft '
        + dice.choice(
            (
                'flush table %s',
                'delete table %s',
                'add chain %s others',
                'add set %s others { type ipv4_addr; }',
            )
        )
        % one
    )


def itself(namespace: str, dice: random.Random) -> str:
    """Another namespace of the same name."""
    if not namespace:
        return ''
    # The kernel ends a namespace in its own time: after the mounts that a command of "ip netns exec" had of
    # it went, which is after that command (delayed_mntput in linux/fs/namespace.c). All of its links go at
    # once.
    world.run('ip link add last0 type veth peer name last1 netns ' + namespace)
    world.run('ip netns del ' + namespace)
    end = time.monotonic() + PATIENCE
    while any(one['ifname'] == 'last0' for one in read(HOST, 'link')):
        assert time.monotonic() < end
        time.sleep(0.01)
    if dice.random() < 0.7:
        world.run('ip netns add ' + namespace)
    return 'true'


DEEDS: tuple[Deed, ...] = (address, route, rule, link, setting, chain, chain, chain, table, table, itself)


def drift(document: Document, dice: random.Random) -> list[str]:
    """Change one to three things of a document's scope."""
    done: list[str] = []
    while len(done) < dice.choice((1, 1, 2, 3)):
        names = [HOST] + [
            one['name']
            for one in document.get('namespaces', ())
            if os.path.exists('/run/netns/' + one['name'])
        ]
        namespace = dice.choice(names)
        words = dice.choice(DEEDS)(namespace, dice)
        if words and (words == 'true' or inside(namespace, words)):
            done.append('%s: %s' % (namespace or 'host', words))
    return done


def outcome(document: Document, check: bool = True) -> list[str]:
    """What a run changes, or why it refuses to."""
    try:
        found = converge(document, check=check)
    except EngineError as exc:
        return ['refused', *exc.texts()]
    return [
        '%s %s: %s -> %s' % (change.action, change.title, change.before, change.after)
        for change in found.changes
    ]


def ours(document: Document) -> dict[str, t.Any]:
    """What is kept as made by the document's scope."""
    return Store(document['name']).load().owned.as_data()


def nothing_left(document: Document, where: str) -> None:
    """A thorough run has nothing to do, and takes the same for made by the document's scope."""
    kept = ours(document)
    with thoroughly():
        assert outcome(document, check=False) == [], where
    assert ours(document) == kept, where


def life(seed: int) -> str:
    dice = random.Random('drift %d' % seed)
    document = random_document(seed, 'medium' if seed % 4 == 0 else 'small')
    foreign.sprinkle(seed)
    converge(document)
    converge(document)  # the first run after a change finds all as declared, and keeps the proof
    told = 0
    for _time in range(4):
        done = drift(document, dice)
        quick = outcome(document)
        with thoroughly():
            assert outcome(document) == quick, 'after %s' % done
        told += bool(quick)
        if quick[:1] == ['refused']:
            break
        if dice.random() < 0.2:
            continue  # more of it, on what was not mended
        # A second round may have more to tell: with the MTU of a link the kernel raises that of its IPv6
        # routes which were as high (rt6_mtu_change_route in linux/net/ipv6/route.c).
        mended = outcome(document, check=False)
        assert mended[: len(quick)] == quick, 'after %s' % done
        nothing_left(document, 'after %s' % done)
        assert outcome(document) == [], 'found the second time after %s' % done
    return str(told)


def without_one(document: Document, dice: random.Random) -> Document:
    """The document without one object of the contents of a namespace, which are looked at by themselves after
    a change."""
    document = copy.deepcopy(document)
    places = [
        (holder, key)
        for holder in (document, *document.get('namespaces', ()))
        for key in ('routes', 'rules', 'iptables', 'nftables')
        if holder.get(key)
    ]
    if places:
        holder, key = dice.choice(places)
        del holder[key][dice.randrange(len(holder[key]))]
    return document


def edits(seed: int) -> str:
    dice = random.Random('edit %d' % seed)
    document = random_document(seed, 'medium' if seed % 4 == 0 else 'small')
    foreign.sprinkle(seed)
    converge(document)
    told = 0
    for _time in range(6):
        less = without_one(document, dice)
        with contextlib.suppress(InputError):  # others of the document may need it
            told += len(converge(less).changes)
            nothing_left(less, 'without')
            converge(document)
            nothing_left(document, 'with it again')
    return str(told)


@pytest.mark.parametrize('what', [life, edits])
@pytest.mark.parametrize('first', range(FIRST, FIRST + DRIFTS, BATCH))
def test_quick_and_thorough_runs_agree(what: t.Callable[[int], str], first: int) -> None:
    seeds = list(range(first, min(first + BATCH, FIRST + DRIFTS)))
    with canonical_forms.remembered():
        found = world.in_worlds(what, seeds)
    failed = [
        'seed %d %s' % (seed, what) for seed, what in zip(seeds, found) if isinstance(what, world.Broken)
    ]
    assert not failed, '%d of %d documents fail\n%s' % (len(failed), len(seeds), '\n\n'.join(failed))
    print(
        'seeds %d to %d: %s changes that mattered'
        % (seeds[0], seeds[-1], sum(int(t.cast(str, one)) for one in found))
    )
    assert any(one != '0' for one in found)
