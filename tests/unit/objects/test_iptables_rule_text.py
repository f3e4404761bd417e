# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be the text of a rule."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import rule_text
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.chain_name import chain_problem
from ansible_collections.multinet.linux.tests.unit.objects.lab import layout
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    'spec, expected',
    [
        ('', []),
        ('  -p tcp\t-j  ACCEPT ', ['-p', 'tcp', '-j', 'ACCEPT']),
        ('--comment "a b"', ['--comment', 'a b']),
        ('--comment ""', ['--comment', '']),
        (r'--comment "\"a\\"', ['--comment', '"a\\']),
        ('--comment ab"c d"e', ['--comment', 'abc d', 'e']),
        ("--comment 'a b'", ['--comment', "'a", "b'"]),
        (r'a\"b"', ['a\\b']),
        ('a"b"c"d"', ['ab', 'cd']),
        ('"a""b c"', ['a', 'b c']),
        (r'"a\"b\\" c', ['a"b\\', 'c']),
        ('" a "\t"" "', None),
        ('a"b c', None),
        (r'"a\"', None),
        (r'"a\\" "b\"', None),
        ('"', None),
    ],
)
def test_words_are_cut_as_iptables_restore_does(spec: str, expected: list[str] | None) -> None:
    if expected is not None:
        assert rule_text.words(spec) == expected
        return
    with pytest.raises(ValueError, match='not closed'):
        rule_text.words(spec)


@pytest.mark.parametrize(
    'spec',
    [
        '',
        '-j ACCEPT',
        '-s 10.0.0.1 -j ACCEPT',
        '-s 10.0.0.0/8,192.168.0.0/255.255.0.0 -j DROP',
        '-s "10.0.0.1, 10.0.0.2"',
        '-d 10/8',
        '! -s 10.0.0.1',
        '--src 10.0.0.1 --destination=10.0.0.2',
        '-m comment --comment "-A INPUT -s some.host"',
        '-m comment --comment -D',
        '-m comment --comment=-h',
        '-j LOG --log-prefix "-t nat "',
        '-m string --algo bm --string -F',
        '-m recent --name x --set --mask 255.255.255.0',
        '-j CONNMARK --set-mark 1 --mask 0xff',
        '-m string --algo bm --to 1500 --string x',
        '-j NETMAP --to 10.1.0.0/16',
        '-m policy --dir in --pol ipsec',
        '-m statistic --mode nth --every 3',
        '-m limit --limit 5/s',
        '-m addrtype --dst-type LOCAL --limit-iface-in',
        '-m iprange --src-range 10.0.0.1-10.0.0.9',
        '-j DNAT --to-destination 10.0.0.1:80',
        '-m set --match-set names src,dst',
        '-i eth0 -o eth1 -f',
        '-p tcp --source-port 1:2 --tcp-flags ALL NONE',
        '-m recent --set',
        '-m multiport --sports 1,2',
        '-m mac --mac-source 00:11:22:33:44:55',
        '-g next',
        '-jACCEPT',
        '-m comment --comment "caf\u00e9"',
    ],
)
def test_specs_that_may_be_rules(spec: str) -> None:
    assert rule_text.check_spec(spec, 'ipv4') is None


@pytest.mark.parametrize(
    'spec, said',
    [
        ('-j ACCEPT\n-A INPUT -j DROP', 'one line'),
        ('-j ACCEPT\nCOMMIT\n*nat', 'one line'),
        ('-j ACCEPT\0', 'one line'),
        ('\r', 'one line'),
        ('-A INPUT -j ACCEPT', 'no command'),
        ('-I INPUT', 'no command'),
        ('-j ACCEPT -D INPUT 1', 'no command'),
        ('"-F"', 'no command'),
        ('--append INPUT', 'no command'),
        ('--appe INPUT', 'no command'),
        ('-fA INPUT', 'no command'),
        ('--policy', 'no command'),
        ('-t nat -j ACCEPT', '-t: does not belong'),
        ('--table=nat', '--table: does not'),
        ('-j LOG -h', '-h: does not'),
        ('-V', '-V: does not'),
        ('--versi', '--version: does not'),
        ('-6 -j ACCEPT', '-6: does not'),
        ('-4', '-4: does not'),
        ('--ipv6', '--ipv6: does not'),
        ('--modprobe=/tmp/x', '--modprobe: does not'),
        ('-M /tmp/x', '-M: does not'),
        ('-c 1 2', '-c: does not'),
        ('-m comment --comment "open', 'not closed'),
        ('-s 10.0.0.1 "-j ACCEPT', 'not closed'),
        ('-m comment --comment %s' % ('x' * 10000), 'too long'),
        ('%s -A INPUT' % (' ' * 10240), 'too long'),
        ('-s10.0.0.1', 'apart'),
        ('-fs some.host', 'apart'),
        ('-s some.host', 'not an IPv4 address'),
        ('-s localhost', 'not an IPv4'),
        ('--sourc some.host', 'not an IPv4'),
        ('-d=', 'apart'),
        ('--source=some.host', 'not an IPv4'),
        ('--dst some.host', 'not an IPv4'),
        ('! -d 10.0.0.1,some.host/8', "found 'some.host/8'"),
        ('-s 300.1.1.1', 'not an IPv4'),
        ('-s 1.2.3.4.5', 'not an IPv4'),
        ('-s 10.0.0.1,', 'not an IPv4'),
        ('-s ""', 'not an IPv4'),
        ('-s ! 10.0.0.1', 'not an IPv4'),
        ('-s 2001:db8::1', 'not an IPv4'),
        ('-s dead.beef', 'not an IPv4'),
        ('-s', 'not an IPv4'),
        ('-m conntrack --ctorigsrc some.host', 'not an IPv4'),
        ('-j TEE --gateway some.host', 'not an IPv4'),
        ('-j TPROXY --on-ip some.host --on-port 1', 'not an IPv4'),
        ('-m policy --tunnel-src a.b', 'not an IPv4'),
        ('-j NETMAP --to some.host', 'not an IPv4'),
        ('-m recent --mask some.host --set', 'not an IPv4'),
        ('-s \uff11\uff10.0.0.1', 'not an IPv4'),
        ('-m comment --comment "x" -s some.host', 'not an IPv4'),
    ],
)
def test_specs_that_are_no_rule(spec: str, said: str) -> None:
    assert said in (rule_text.check_spec(spec, 'ipv4') or 'nothing')


@pytest.mark.parametrize(
    'spec, good',
    [
        ('-s 2001:db8::/32,::1', True),
        ('-s ::ffff:10.0.0.1', True),
        ('-s 10.0.0.1', False),
        ('-s fe80::1%eth0', False),
        ('-s cafe', False),
    ],
)
def test_addresses_of_the_other_family(spec: str, good: bool) -> None:
    assert (rule_text.check_spec(spec, 'ipv6') is None) == good
    assert rule_text.check_spec('-s 10.0.0.1') is rule_text.check_spec('-s ::1') is None


@given(st.text(max_size=80))
def test_check_spec_takes_any_text(spec: str) -> None:
    problem = rule_text.check_spec(spec)
    assert problem is None or problem
    if '\n' in spec or '\0' in spec:
        assert problem


@pytest.mark.parametrize(
    'name, good',
    [
        ('INPUT', True),
        ('web-in.4_x#', True),
        ('x' * 28, True),
        ('x' * 29, False),
        ('', False),
        ('-A', False),
        ('!x', False),
        ('a b', False),
        ('a\n', False),
        ('a\nCOMMIT', False),
        ('a"b', False),
        ('caf\u00e9', False),
        ('ACCEPT', False),
    ],
)
def test_chain_names(name: str, good: bool) -> None:
    assert (chain_problem(name) is None) == good


USUAL = [' -j ACCEPT\t', '-m comment --comment " a " -j DROP', '-j\u00a0X', '\x0b-j X']


# Such of ASCII letters alone are read together.
@pytest.mark.parametrize('rules', [USUAL[:2], USUAL[1:3], USUAL])
def test_rules_lose_the_blanks_around_them(rules: list[str]) -> None:
    chains = layout(iptables=[{'chain': 'INPUT', 'family': 'both', 'rules': rules}]).iptables
    stripped = tuple(rule.strip(' \t') for rule in rules)
    assert [chain.rules for chain in chains] == [stripped, stripped]
