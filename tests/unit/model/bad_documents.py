# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wrong documents and what has to be said about them."""

from __future__ import annotations

import typing as t


class Case(t.NamedTuple):
    """A wrong document.

    ``path`` is where the first fault is and ``found`` what the message about it has to contain. ``more`` has
    the same pair for every other fault. A document that is not ``plain`` cannot be written in YAML or JSON.
    """

    id: str
    document: t.Any
    path: str
    found: str
    more: tuple[tuple[str, str], ...] = ()
    plain: bool = True

    @property
    def faults(self) -> list[tuple[str, str]]:
        return [(self.path, self.found), *self.more]


def host(**keys: t.Any) -> dict[str, t.Any]:
    """A document with *keys* in the host's own namespace."""
    return {'name': 'lab', **keys}


def inside(**keys: t.Any) -> dict[str, t.Any]:
    """A document with *keys* in a namespace that it makes."""
    return host(namespaces=[{'name': 'red', **keys}])


def bridge(**keys: t.Any) -> dict[str, t.Any]:
    return {'name': 'br0', 'kind': 'bridge', **keys}


def veth(**keys: t.Any) -> dict[str, t.Any]:
    return {'name': 'eth0', 'kind': 'veth', 'peer': {'name': 'veth0'}, **keys}


def link(**keys: t.Any) -> dict[str, t.Any]:
    return host(links=[bridge(**keys)])


def address(value: t.Any) -> dict[str, t.Any]:
    return link(addresses=[value])


def route(**keys: t.Any) -> dict[str, t.Any]:
    return host(routes=[{'to': '10.9.0.0/16', **keys}])


def routed(*routes: t.Any) -> dict[str, t.Any]:
    """Routes in a namespace that has 10.0.0.1/24 and fd00::1/64 on br0."""
    return inside(links=[bridge(addresses=['10.0.0.1/24', 'fd00::1/64'])], routes=list(routes))


def rule(**keys: t.Any) -> dict[str, t.Any]:
    return host(rules=[{'priority': 100, 'table': 7, **keys}])


def sysctl(key: t.Any, value: t.Any = 1) -> dict[str, t.Any]:
    return host(sysctls={key: value})


def chain(**keys: t.Any) -> dict[str, t.Any]:
    return host(iptables=[{'chain': 'INPUT', **keys}])


def table(content: t.Any = 'chain c { }', **keys: t.Any) -> dict[str, t.Any]:
    return host(nftables=[{'content': content, **keys}])


def replicas(count: t.Any, name: t.Any = 'red{n}', **keys: t.Any) -> dict[str, t.Any]:
    return host(namespaces=[{'name': name, 'replicas': count, **keys}])


def nested(levels: int) -> list[t.Any]:
    found: list[t.Any] = []
    for _level in range(levels):
        found = [found]
    return found


HUGE = 10**5000

_LINK = 'links[0]'
_ADDRESS = 'links[0].addresses[0]'
_ROUTE = 'routes[0]'
_RULE = 'rules[0]'
_CHAIN = 'iptables[0]'
_CONTENT = 'nftables[0].content'
_RED = 'namespaces[0]'
_RED_ROUTE = 'namespaces[0].routes[0]'

CASES: list[Case] = [
    # Types, level by level.
    Case('document-none', None, 'document', 'None', plain=False),
    Case('document-list', [], 'document', '[]', plain=False),
    Case('document-text', 'name: lab', 'document', 'name: lab', plain=False),
    Case('links-mapping', host(links={'br0': {'kind': 'bridge'}}), 'links', "{'br0'"),
    Case('links-text', host(links='br0'), 'links', "'br0'"),
    Case('links-number', host(links=3), 'links', '3'),
    Case('link-none', host(links=[None]), _LINK, 'None'),
    Case('link-text', host(links=['br0']), _LINK, "'br0'"),
    Case('link-list', host(links=[['br0']]), _LINK, "['br0']"),
    Case('link-name-list', host(links=[{'name': ['br0'], 'kind': 'bridge'}]), _LINK + '.name', "['br0']"),
    Case('link-name-true', host(links=[{'name': True, 'kind': 'bridge'}]), _LINK + '.name', 'True'),
    Case('link-name-fraction', host(links=[{'name': 1.5, 'kind': 'bridge'}]), _LINK + '.name', '1.5'),
    Case(
        'link-name-bytes',
        host(links=[{'name': b'br0', 'kind': 'bridge'}]),
        _LINK + '.name',
        "b'br0'",
        plain=False,
    ),
    Case('kind-mapping', host(links=[{'name': 'br0', 'kind': {'bridge': {}}}]), _LINK + '.kind', "{'bridge'"),
    Case('addresses-text', link(addresses='10.0.0.1/24'), _LINK + '.addresses', "'10.0.0.1/24'"),
    Case('address-fraction', address(10.5), _ADDRESS, '10.5'),
    Case('peer-text', host(links=[veth(peer='veth0')]), _LINK + '.peer', "'veth0'"),
    Case('port-list', link(master='br1', port=['isolated']), _LINK + '.port', "['isolated']"),
    Case('routes-mapping', host(routes={'to': 'default'}), 'routes', "{'to'"),
    Case('route-text', host(routes=['default via 10.0.0.1']), _ROUTE, 'default via'),
    Case('rules-number', host(rules=100), 'rules', '100'),
    Case('rule-number', host(rules=[100]), _RULE, '100'),
    Case('sysctls-list', host(sysctls=['net.ipv4.ip_forward=1']), 'sysctls', 'ip_forward'),
    Case('iptables-mapping', host(iptables={'chain': 'INPUT'}), 'iptables', "{'chain'"),
    Case('iptables-text', host(iptables=['-A INPUT -j DROP']), _CHAIN, '-A INPUT'),
    Case('firewall-rules-text', chain(rules='-j DROP'), _CHAIN + '.rules', "'-j DROP'"),
    Case('firewall-rule-number', chain(rules=[5]), _CHAIN + '.rules[0]', '5'),
    Case('namespaces-mapping', host(namespaces={'red': {}}), 'namespaces', "{'red'"),
    Case('namespace-text', host(namespaces=['red']), _RED, "'red'"),
    Case('namespace-create-word', inside(create='perhaps'), _RED + '.create', "'perhaps'"),
    Case('namespace-nsid-text', inside(nsid='first'), _RED + '.nsid', "'first'"),
    Case('key-number', {'name': 'lab', 5: 1}, 'document', '5', plain=False),
    # Keys.
    Case('unknown-key-top', host(link=[]), 'link', 'did you mean links?'),
    Case('unknown-key-odd', host(frobnicate=1), 'frobnicate', 'remove it'),
    Case('unknown-key-link', link(adresses=[]), _LINK + '.adresses', 'did you mean addresses?'),
    Case(
        'unknown-key-peer',
        host(links=[veth(peer={'name': 'veth0', 'namspace': 'red'})]),
        _LINK + '.peer.namspace',
        'did you mean namespace?',
    ),
    Case(
        'unknown-key-address',
        address({'address': '10.0.0.1/24', 'lable': 'x'}),
        _ADDRESS + '.lable',
        'did you mean label?',
    ),
    Case(
        'unknown-key-port',
        link(master='br1', port={'isolate': True}),
        _LINK + '.port.isolate',
        'did you mean isolated?',
    ),
    Case('unknown-key-route', route(gateway='10.0.0.1', via='10.0.0.1'), _ROUTE + '.gateway', 'want one of'),
    Case(
        'unknown-key-hop',
        route(nexthops=[{'via': '10.0.0.1', 'wieght': 2}]),
        _ROUTE + '.nexthops[0].wieght',
        'did you mean weight?',
    ),
    Case('unknown-key-rule', rule(fwmark=1), _RULE + '.fwmark', 'want one of'),
    Case('unknown-key-chain', chain(polcy='DROP'), _CHAIN + '.polcy', 'did you mean policy?'),
    Case('unknown-key-namespace', inside(route=[]), _RED + '.route', 'did you mean routes?'),
    Case('namespaces-in-namespace', inside(namespaces=[]), _RED + '.namespaces', 'want one of'),
    Case('setting-of-another-kind', link(stp=True, miimon=100), _LINK + '.miimon', 'want one of'),
    Case('key-breaks-lines', host(**{'a\nb: c': 1}), 'a\\nb? c', 'remove it'),
    # Names.
    Case('scope-missing', {'links': []}, 'name', 'is missing'),
    Case('scope-empty', {'name': ' '}, 'name', 'is empty'),
    Case('scope-blank', {'name': 'my lab'}, 'name', "'my lab'"),
    Case('scope-long', {'name': 'x' * 65}, 'name', 'x' * 65),
    Case('scope-traversal', {'name': '../lab'}, 'name', "'../lab'"),
    Case('link-name-missing', host(links=[{'kind': 'bridge'}]), _LINK + '.name', 'is missing'),
    Case('link-name-16-bytes', link(name='abcdefghijklmnop'), _LINK + '.name', '16 bytes'),
    Case(
        'link-name-16-bytes-unicode',
        link(name='\u00fcber-eight-ways'[:14] + '\u00fc'),
        _LINK + '.name',
        '17 bytes',
    ),
    Case('link-name-slash', link(name='a/b'), _LINK + '.name', "'a/b'"),
    Case('link-name-blank', link(name='a b'), _LINK + '.name', "'a b'"),
    Case('link-name-colon', link(name='a:1'), _LINK + '.name', "'a:1'"),
    Case('link-name-all', link(name='all'), _LINK + '.name', "'all'"),
    Case('link-name-default', link(name='default'), _LINK + '.name', "'default'"),
    Case('link-name-dots', link(name='..'), _LINK + '.name', "'..'"),
    Case('link-name-counted', link(name='br%d'), _LINK + '.name', "'br%d'"),
    Case('link-name-byte-of-blank', link(name='\u00e0'), _LINK + '.name', "'\u00e0'"),
    Case('link-name-lo', link(name='lo'), _LINK + '.kind', 'bridge'),
    Case('link-name-nul', link(name='a\0b'), _LINK + '.name', "'a\\x00b'"),
    Case('link-name-escape', link(name='\x1b[31m'), _LINK + '.name', "'\\x1b[31m'"),
    Case('link-name-half-a-letter', link(name='\ud800'), _LINK + '.name', "\\ud800", plain=False),
    Case('peer-name-missing', host(links=[veth(peer={})]), _LINK + '.peer.name', 'is missing'),
    Case('peer-name-slash', host(links=[veth(peer={'name': 'a/b'})]), _LINK + '.peer.name', "'a/b'"),
    Case('master-long', link(master='abcdefghijklmnop'), _LINK + '.master', '16 bytes'),
    Case('dev-blank', route(dev='a b'), _ROUTE + '.dev', "'a b'"),
    Case('iif-slash', rule(iif='a/b'), _RULE + '.iif', "'a/b'"),
    Case('namespace-missing-name', host(namespaces=[{}]), _RED + '.name', 'is missing'),
    Case('namespace-host', host(namespaces=[{'name': 'host'}]), _RED + '.name', "'host'"),
    Case('namespace-dots', host(namespaces=[{'name': '..'}]), _RED + '.name', "'..'"),
    Case('namespace-slash', host(namespaces=[{'name': 'a/b'}]), _RED + '.name', "'a/b'"),
    Case('namespace-dash', host(namespaces=[{'name': '-a'}]), _RED + '.name', "'-a'"),
    Case('namespace-long', host(namespaces=[{'name': 'x' * 255}]), _RED + '.name', 'x' * 255),
    Case(
        'peer-namespace-blank',
        host(links=[veth(peer={'name': 'veth0', 'namespace': 'a b'})]),
        _LINK + '.peer.namespace',
        "'a b'",
    ),
    Case(
        'peer-namespace-unknown',
        host(links=[veth(peer={'name': 'veth0', 'namespace': 'blue'})]),
        _LINK + '.peer.namespace',
        'blue',
    ),
    Case(
        'link-namespace-unknown',
        host(links=[{'name': 'm', 'kind': 'macvlan', 'link': 'a', 'link_namespace': 'blue'}]),
        _LINK + '.link_namespace',
        'blue',
    ),
    # What is there twice.
    Case('twice-link', host(links=[bridge(), bridge()]), 'links[1]', 'links[0]'),
    Case('twice-link-peer', host(links=[bridge(), veth(peer={'name': 'br0'})]), 'links[1].peer', 'links[0]'),
    Case(
        'twice-namespace',
        host(namespaces=[{'name': 'red', 'links': [bridge()]}, {'name': 'red', 'links': [bridge()]}]),
        'namespaces[1].name',
        'found red',
    ),
    Case(
        'twice-nsid',
        host(namespaces=[{'name': 'red', 'nsid': 4}, {'name': 'blue', 'nsid': 4}]),
        'namespaces',
        'nsid 4 twice',
    ),
    Case(
        'twice-address',
        link(addresses=['10.0.0.1/24', '10.0.0.1/25']),
        'links[0].addresses[1]',
        '10.0.0.1/25',
    ),
    Case(
        'twice-address-two-links',
        host(links=[bridge(addresses=['fd00::1/64']), bridge(name='br1', addresses=['FD00:0::1/64'])]),
        'links[1].addresses[0]',
        'fd00::1/64',
    ),
    Case(
        'twice-route',
        host(routes=[{'to': 'default', 'via': '10.0.0.1'}, {'to': '0.0.0.0/0', 'via': '10.0.0.2'}]),
        'routes[1]',
        'routes[0]',
    ),
    Case(
        'twice-route-ipv6-metric',
        host(routes=[{'to': 'fd01::/64', 'via': 'fd00::1'}, {'to': 'fd01::/64', 'dev': 'a', 'metric': 1024}]),
        'routes[1]',
        'routes[0]',
    ),
    Case(
        'twice-hop',
        route(nexthops=[{'via': '10.0.0.1'}, {'via': '10.0.0.1'}]),
        _ROUTE + '.nexthops',
        'same hop',
    ),
    Case(
        'twice-rule',
        host(rules=[{'priority': 5, 'table': 'main'}, {'priority': 5, 'table': 254}]),
        'rules[1]',
        'rules[0]',
    ),
    Case(
        'twice-rule-both',
        host(
            rules=[
                {'priority': 5, 'table': 9, 'family': 'both'},
                {'priority': 5, 'table': 9, 'family': 'ipv6'},
            ]
        ),
        'rules[1]',
        'rules[0]',
    ),
    Case(
        'twice-sysctl',
        host(sysctls={'net.ipv4.ip_forward': 1, 'net/ipv4/ip_forward': 0}),
        'sysctls[net/ipv4/ip_forward]',
        'net.ipv4.ip_forward',
    ),
    Case(
        'twice-chain',
        host(iptables=[{'chain': 'INPUT'}, {'chain': 'INPUT', 'table': 'filter'}]),
        'iptables[1]',
        'iptables[0]',
    ),
    Case(
        'twice-chain-both',
        host(iptables=[{'chain': 'INPUT', 'family': 'both'}, {'chain': 'INPUT', 'family': 'ipv6'}]),
        'iptables[1]',
        'iptables[0]',
    ),
    # Addresses.
    Case('address-word', address('dhcp'), _ADDRESS, "'dhcp'"),
    Case('address-256', address('10.0.0.256/24'), _ADDRESS, "'10.0.0.256/24'"),
    Case('address-bits', address('10.0.0.1/33'), _ADDRESS, "'10.0.0.1/33'"),
    Case('address-bits-ipv6', address('fd00::1/129'), _ADDRESS, "'fd00::1/129'"),
    Case('address-number', address(10), _ADDRESS, "'10'"),
    Case('address-network', address('10.0.0.0/24'), _ADDRESS, '10.0.0.0/24'),
    Case('address-multicast', address('224.0.0.1/24'), _ADDRESS, '224.0.0.1/24'),
    Case('address-multicast-ipv6', address('ff02::1/64'), _ADDRESS, 'ff02::1/64'),
    Case('address-unspecified', address('::/64'), _ADDRESS, '::/64'),
    Case('address-zone', address('fe80::1%br0/64'), _ADDRESS, 'fe80::1%br0/64'),
    Case('address-leading-zero', address('10.0.0.01/24'), _ADDRESS, "'10.0.0.01/24'"),
    Case('address-missing', address({'label': 'br0:1'}), _ADDRESS + '.address', 'is missing'),
    Case('address-none', address(None), _ADDRESS, 'None'),
    Case(
        'address-label-foreign',
        address({'address': '10.0.0.1/24', 'label': 'eth9:1'}),
        _ADDRESS + '.label',
        "'eth9:1'",
    ),
    Case(
        'address-label-ipv6',
        address({'address': 'fd00::1/64', 'label': 'br0:1'}),
        _ADDRESS + '.label',
        'IPv6',
    ),
    Case(
        'address-scope-unknown',
        address({'address': '10.0.0.1/24', 'scope': 'galaxy'}),
        _ADDRESS + '.scope',
        "'galaxy'",
    ),
    Case(
        'address-scope-ipv6', address({'address': 'fd00::1/64', 'scope': 'link'}), _ADDRESS + '.scope', 'IPv6'
    ),
    Case('address-dad-ipv4', address({'address': '10.0.0.1/24', 'dad': True}), _ADDRESS + '.dad', 'IPv4'),
    Case('address-mtu-ipv6', link(mtu=1000, addresses=['fd00::1/64']), _ADDRESS, '1000'),
    # Routes.
    Case('route-to-missing', host(routes=[{'via': '10.0.0.1'}]), _ROUTE + '.to', 'is missing'),
    Case('route-to-word', route(to='everywhere', via='10.0.0.1'), _ROUTE + '.to', "'everywhere'"),
    Case('route-host-bits', route(to='10.9.0.1/16', via='10.0.0.1'), _ROUTE + '.to', '10.9.0.1/16'),
    Case('route-nowhere', route(), _ROUTE + '.via', 'is missing'),
    Case('route-via-word', route(via='router'), _ROUTE + '.via', "'router'"),
    Case('route-via-length', route(via='10.0.0.1/24'), _ROUTE + '.via', "'10.0.0.1/24'"),
    Case('route-via-multicast', route(via='224.0.0.1'), _ROUTE + '.via', '224.0.0.1'),
    Case('route-via-unspecified', route(via='0.0.0.0'), _ROUTE + '.via', '0.0.0.0'),
    Case('route-via-other-family', route(via='fd00::1'), _ROUTE + '.via', 'ipv6'),
    Case('route-src-other-family', route(dev='a', src='fd00::1'), _ROUTE + '.via', 'ipv6'),
    Case(
        'route-hop-other-family',
        route(nexthops=[{'via': '10.0.0.1'}, {'via': 'fd00::1'}]),
        _ROUTE + '.via',
        'ipv6',
    ),
    Case('route-family-other', route(via='10.0.0.1', family='ipv6'), _ROUTE + '.family', 'ipv6'),
    Case(
        'route-hops-and-via',
        route(via='10.0.0.1', nexthops=[{'via': '10.0.0.1'}]),
        _ROUTE + '.nexthops',
        'beside via',
    ),
    Case(
        'route-hop-empty',
        route(nexthops=[{'weight': 2}, {'via': '10.0.0.1'}]),
        _ROUTE + '.nexthops[0]',
        'neither via nor dev',
    ),
    Case(
        'route-hop-weight',
        route(nexthops=[{'via': '10.0.0.1', 'weight': 257}]),
        _ROUTE + '.nexthops[0].weight',
        '257',
    ),
    Case('route-hops-text', route(nexthops='10.0.0.1'), _ROUTE + '.nexthops', "'10.0.0.1'"),
    Case(
        'route-hops-ipv6-without-via',
        route(to='fd09::/64', nexthops=[{'dev': 'a'}, {'via': 'fd00::1'}]),
        _ROUTE + '.nexthops',
        'without via',
    ),
    Case('route-blackhole-via', route(type='blackhole', via='10.0.0.1'), _ROUTE + '.type', 'blackhole'),
    Case('route-type-unknown', route(type='blackhol'), _ROUTE + '.type', 'did you mean blackhole?'),
    Case('route-onlink-alone', route(via='10.0.0.1', onlink=True), _ROUTE + '.onlink', 'via and dev'),
    Case('route-table-word', route(via='10.0.0.1', table='vpn'), _ROUTE + '.table', "'vpn'"),
    Case('route-table-zero', route(via='10.0.0.1', table=0), _ROUTE + '.table', '0'),
    Case('route-table-list', route(via='10.0.0.1', table=[7]), _ROUTE + '.table', '[7]'),
    Case('route-metric-negative', route(via='10.0.0.1', metric=-1), _ROUTE + '.metric', '-1'),
    Case('route-metric-large', route(via='10.0.0.1', metric=1 << 32), _ROUTE + '.metric', '4294967296'),
    Case('route-metric-true', route(via='10.0.0.1', metric=True), _ROUTE + '.metric', 'True'),
    Case('route-mtu-cut', route(via='10.0.0.1', mtu=65521), _ROUTE + '.mtu', '65521'),
    Case('route-hoplimit-cut', route(via='10.0.0.1', hoplimit=256), _ROUTE + '.hoplimit', '256'),
    Case('route-tos-ecn', route(via='10.0.0.1', tos=3), _ROUTE + '.tos', '3'),
    Case('route-tos-ipv6', route(to='fd09::/64', via='fd00::1', tos=16), _ROUTE + '.tos', 'IPv6'),
    Case('route-scope-ipv6', route(to='fd09::/64', via='fd00::1', scope='link'), _ROUTE + '.scope', 'IPv6'),
    Case(
        'gateway-unreachable', routed({'to': 'default', 'via': '10.0.1.9'}), _RED_ROUTE + '.via', '10.0.1.9'
    ),
    Case(
        'gateway-unreachable-ipv6',
        routed({'to': 'default', 'via': 'fd01::9'}),
        _RED_ROUTE + '.via',
        'fd00::/64',
    ),
    Case(
        'gateway-no-network',
        inside(routes=[{'to': 'default', 'via': '10.0.0.9'}]),
        _RED_ROUTE + '.via',
        'it has none',
    ),
    Case(
        'gateway-own-address', routed({'to': 'default', 'via': '10.0.0.1'}), _RED_ROUTE + '.via', '10.0.0.1'
    ),
    Case(
        'gateway-link-local-alone',
        routed({'to': 'default', 'via': 'fe80::1'}),
        _RED_ROUTE + '.dev',
        'fe80::1',
    ),
    Case('route-dev-unknown', routed({'to': '10.9.0.0/16', 'dev': 'eth9'}), _RED_ROUTE + '.dev', 'eth9'),
    Case(
        'route-src-unknown',
        routed({'to': 'default', 'via': '10.0.0.2', 'src': '10.0.0.7'}),
        _RED_ROUTE + '.src',
        '10.0.0.7',
    ),
    # Rules.
    Case('rule-no-priority', host(rules=[{'table': 7}]), _RULE + '.priority', 'is missing'),
    Case('rule-priority-zero', rule(priority=0), _RULE + '.priority', '0'),
    Case('rule-no-table', host(rules=[{'priority': 5}]), _RULE + '.table', 'is missing'),
    Case('rule-table-and-action', rule(action='blackhole'), _RULE + '.table', 'blackhole'),
    Case('rule-table-mapping', rule(table={}), _RULE + '.table', '{}'),
    Case(
        'rule-action-unknown',
        host(rules=[{'priority': 5, 'action': 'blackhol'}]),
        _RULE + '.action',
        'did you mean blackhole?',
    ),
    Case('rule-goto-backwards', host(rules=[{'priority': 100, 'goto': 50}]), _RULE + '.goto', '50'),
    Case('rule-goto-itself', host(rules=[{'priority': 100, 'goto': 100}]), _RULE + '.goto', '100'),
    Case(
        'rule-goto-nowhere',
        host(rules=[{'priority': 100, 'action': 'goto'}]),
        _RULE + '.goto',
        'goto: PRIORITY',
    ),
    Case('rule-goto-word', host(rules=[{'priority': 100, 'goto': 'end'}]), _RULE + '.goto', "'end'"),
    Case('rule-mark-word', rule(mark='red'), _RULE + '.mark', "'red'"),
    Case('rule-mark-outside-mask', rule(mark='0x100/0xff'), _RULE + '.mark', '0x100/0xff'),
    Case('rule-mark-large', rule(mark='0x100000000'), _RULE + '.mark', '0x100000000'),
    Case('rule-mark-half', rule(mark='1/'), _RULE + '.mark', "'1/'"),
    Case('rule-from-bits', rule(**{'from': '10.0.0.1/24'}), _RULE + '.from', '10.0.0.0/24'),
    Case(
        'rule-families', rule(**{'from': '10.0.0.0/24', 'to': 'fd00::/64'}), _RULE + '.to', 'another family'
    ),
    Case(
        'rule-family-both-address',
        rule(**{'from': '10.0.0.0/24', 'family': 'both'}),
        _RULE + '.family',
        'both',
    ),
    Case('rule-port-zero', rule(dport=0), _RULE + '.dport', '0'),
    Case('rule-port-last', rule(sport=65535), _RULE + '.sport', '65535'),
    Case('rule-port-backwards', rule(dport='90-80'), _RULE + '.dport', "'90-80'"),
    Case('rule-uidrange-word', rule(uidrange='root'), _RULE + '.uidrange', "'root'"),
    Case('rule-protocol', rule(ipproto='carrier-pigeon'), _RULE + '.ipproto', "'carrier-pigeon'"),
    Case('rule-tos-ecn', rule(tos=1), _RULE + '.tos', '1'),
    Case('rule-suppress', rule(suppress_prefixlength=129), _RULE + '.suppress_prefixlength', '129'),
    # Settings of the kernel.
    Case('sysctl-kernel', sysctl('kernel.panic'), 'sysctls[kernel.panic]', "'kernel.panic'"),
    Case('sysctl-vm', sysctl('vm/swappiness'), 'sysctls[vm/swappiness]', "'vm/swappiness'"),
    Case(
        'sysctl-traversal',
        sysctl('net/../kernel/panic'),
        'sysctls[net/../kernel/panic]',
        "'net/../kernel/panic'",
    ),
    Case('sysctl-traversal-dots', sysctl('net.//.kernel'), 'sysctls[net.//.kernel]', "'net.//.kernel'"),
    Case(
        'sysctl-absolute',
        sysctl('/proc/sys/net/ipv4/ip_forward'),
        'sysctls[/proc/sys/net/ipv4/ip_forward]',
        "'/proc/sys",
    ),
    Case('sysctl-short', sysctl('net.ipv4'), 'sysctls[net.ipv4]', "'net.ipv4'"),
    Case('sysctl-empty', sysctl('net.ipv4.ip_forward', ''), 'sysctls[net.ipv4.ip_forward]', "''"),
    Case('sysctl-none', sysctl('net.ipv4.ip_forward', None), 'sysctls[net.ipv4.ip_forward]', 'None'),
    Case('sysctl-list', sysctl('net.ipv4.tcp_rmem', [1, 2, 3]), 'sysctls[net.ipv4.tcp_rmem]', '[1, 2, 3]'),
    Case('sysctl-nul-key', sysctl('net.ipv4.ip_forward\0'), 'sysctls[net.ipv4.ip_forward\\x00]', '\\x00'),
    Case('sysctl-nul-value', sysctl('net.ipv4.ip_forward', '1\0'), 'sysctls[net.ipv4.ip_forward]', '\\x00'),
    Case(
        'sysctl-newline-key',
        sysctl('net.ipv4\nkernel.panic'),
        'sysctls[net.ipv4\\nkernel.panic]',
        '\\nkernel',
    ),
    Case(
        'sysctl-no-such-link',
        inside(sysctls={'net.ipv4.conf.eth9.rp_filter': 1}),
        'namespaces[0].sysctls[net.ipv4.conf.eth9.rp_filter]',
        'eth9',
    ),
    # Firewall.
    Case('iptables-table', chain(table='filtre'), _CHAIN + '.table', 'did you mean filter?'),
    Case('iptables-chain-missing', host(iptables=[{'table': 'nat'}]), _CHAIN + '.chain', 'is missing'),
    Case('iptables-chain-in-other-table', chain(table='nat', chain='FORWARD'), _CHAIN + '.chain', 'FORWARD'),
    Case('iptables-chain-long', chain(chain='c' * 29), _CHAIN + '.chain', 'at most 28'),
    Case('iptables-chain-blank', chain(chain='my chain'), _CHAIN + '.chain', "'my chain'"),
    Case('iptables-chain-option', chain(chain='-F'), _CHAIN + '.chain', "'-F'"),
    Case('iptables-chain-target', chain(chain='ACCEPT'), _CHAIN + '.chain', 'ACCEPT'),
    Case('iptables-chain-ours', chain(chain='mn-lab-INPUT'), _CHAIN + '.chain', 'mn-lab-INPUT'),
    Case('iptables-chain-newline', chain(chain='a\nCOMMIT'), _CHAIN + '.chain', "'a\\nCOMMIT'"),
    Case('iptables-family', chain(family='ipv5'), _CHAIN + '.family', "'ipv5'"),
    Case(
        'iptables-policy-user-chain',
        inside(iptables=[{'chain': 'mine', 'policy': 'DROP'}]),
        'namespaces[0].iptables[0].policy',
        'mine',
    ),
    Case(
        'iptables-policy-unknown',
        inside(iptables=[{'chain': 'INPUT', 'policy': 'REJECT'}]),
        'namespaces[0].iptables[0].policy',
        "'REJECT'",
    ),
    Case(
        'iptables-policy-nat',
        inside(iptables=[{'table': 'nat', 'chain': 'OUTPUT', 'policy': 'DROP'}]),
        'namespaces[0].iptables[0].policy',
        'DROP',
    ),
    Case('iptables-policy-shared', chain(policy='DROP'), _CHAIN + '.policy', 'DROP'),
    Case(
        'iptables-policy-shared-namespace',
        inside(iptables_mode='shared', iptables=[{'chain': 'INPUT', 'policy': 'DROP'}]),
        'namespaces[0].iptables[0].policy',
        'DROP',
    ),
    Case('iptables-rule-newline', chain(rules=['-j ACCEPT\n-F']), _CHAIN + '.rules[0]', '-j ACCEPT\\n-F'),
    Case('iptables-rule-return', chain(rules=['-j ACCEPT', '-j DROP\rx']), _CHAIN + '.rules[1]', '\\r'),
    Case('iptables-rule-nul', chain(rules=['-j ACCEPT\0']), _CHAIN + '.rules[0]', '\\x00'),
    Case('iptables-rule-empty', chain(rules=['  ']), _CHAIN + '.rules[0]', "'  '"),
    Case(
        'iptables-rule-other-table',
        chain(rules=['-j ACCEPT', '-t nat -j ACCEPT']),
        _CHAIN + '.rules[1]',
        '-t nat',
    ),
    Case('iptables-rule-command', chain(rules=['-j ACCEPT -F']), _CHAIN + '.rules[0]', '-F'),
    Case(
        'iptables-rule-program',
        chain(rules=['-j ACCEPT --modprobe=/tmp/x']),
        _CHAIN + '.rules[0]',
        '--modprobe',
    ),
    Case(
        'iptables-rule-name-of-a-host',
        chain(rules=['-s www.example.org -j ACCEPT']),
        _CHAIN + '.rules[0]',
        "'www.example.org'",
    ),
    Case(
        'iptables-rule-open-quote',
        chain(rules=['-m comment --comment "x']),
        _CHAIN + '.rules[0]',
        'not closed',
    ),
    Case(
        'iptables-rules-and-more',
        chain(rules=['-s www.example.org'], polcy=1),
        _CHAIN + '.polcy',
        'polcy',
        ((_CHAIN + '.rules[0]', 'www.example.org'),),
    ),
    Case('iptables-keys-no-target', chain(rules=[{'in': 'eth0'}]), _CHAIN + '.rules[0]', 'found none'),
    Case(
        'iptables-keys-two-targets',
        chain(rules=[{'jump': 'ACCEPT', 'clamp_mss': 1400}]),
        _CHAIN + '.rules[0]',
        'jump and clamp_mss',
        ((_CHAIN + '.rules[0].clamp_mss', 'found it in filter'),),
    ),
    Case(
        'iptables-keys-unknown',
        chain(rules=[{'jump': 'ACCEPT', 'prot': 'tcp'}]),
        _CHAIN + '.rules[0].prot',
        'did you mean',
    ),
    Case(
        'iptables-keys-address',
        chain(rules=[{'jump': 'ACCEPT', 'source': 'www.example.org'}]),
        _CHAIN + '.rules[0].source',
        "'www.example.org'",
    ),
    Case(
        'iptables-keys-list-turned',
        chain(rules=[{'jump': 'ACCEPT', 'source': ['!10.0.0.1', '10.0.0.2']}]),
        _CHAIN + '.rules[0].source',
        '10.0.0.2',
    ),
    Case(
        'iptables-keys-link',
        chain(rules=[{'jump': 'ACCEPT', 'in': 'eth0 -j DROP'}]),
        _CHAIN + '.rules[0].in',
        'eth0 -j DROP',
    ),
    Case(
        'iptables-keys-protocol',
        chain(rules=[{'jump': 'ACCEPT', 'protocol': 'tcp -j'}]),
        _CHAIN + '.rules[0].protocol',
        'tcp -j',
    ),
    Case(
        'iptables-keys-port',
        chain(rules=[{'jump': 'ACCEPT', 'protocol': 'tcp', 'ports': [22, 70000]}]),
        _CHAIN + '.rules[0].ports',
        "'70000'",
    ),
    Case(
        'iptables-keys-ports',
        chain(rules=[{'jump': 'ACCEPT', 'protocol': 'tcp', 'ports': [*range(1, 17)]}]),
        _CHAIN + '.rules[0].ports',
        'found 16',
    ),
    Case(
        'iptables-keys-port-of-nothing',
        chain(rules=[{'jump': 'ACCEPT', 'ports': 22}]),
        _CHAIN + '.rules[0].ports',
        'found none',
    ),
    Case(
        'iptables-keys-state',
        chain(rules=[{'jump': 'ACCEPT', 'state': 'old'}]),
        _CHAIN + '.rules[0].state',
        "'old'",
    ),
    Case(
        'iptables-keys-comment-lines',
        chain(rules=[{'jump': 'ACCEPT', 'comment': 'a\nCOMMIT'}]),
        _CHAIN + '.rules[0].comment',
        "'a\\nCOMMIT'",
    ),
    Case(
        'iptables-keys-comment-long',
        chain(rules=[{'jump': 'ACCEPT', 'comment': 'x' * 256}]),
        _CHAIN + '.rules[0].comment',
        '256 bytes',
    ),
    Case('iptables-keys-jump', chain(rules=[{'jump': 'a b'}]), _CHAIN + '.rules[0].jump', "'a b'"),
    Case(
        'iptables-keys-table',
        chain(rules=[{'masquerade': True}]),
        _CHAIN + '.rules[0].masquerade',
        'found it in filter',
    ),
    Case(
        'iptables-keys-false',
        host(iptables=[{'chain': 'POSTROUTING', 'table': 'nat', 'rules': [{'masquerade': False}]}]),
        _CHAIN + '.rules[0].masquerade',
        'is false',
    ),
    Case(
        'iptables-keys-dnat',
        host(iptables=[{'chain': 'PREROUTING', 'table': 'nat', 'rules': [{'dnat': 'web.example.org'}]}]),
        _CHAIN + '.rules[0].dnat',
        'web.example.org',
    ),
    Case(
        'iptables-keys-snat-port',
        host(iptables=[{'chain': 'POSTROUTING', 'table': 'nat', 'rules': [{'snat': '10.0.0.1:80'}]}]),
        _CHAIN + '.rules[0].snat',
        'found none',
    ),
    Case(
        'iptables-keys-redirect',
        host(iptables=[{'chain': 'OUTPUT', 'table': 'nat', 'rules': [{'redirect': 'http'}]}]),
        _CHAIN + '.rules[0].redirect',
        "'http'",
    ),
    Case(
        'iptables-keys-clamp',
        host(iptables=[{'chain': 'FORWARD', 'table': 'mangle', 'rules': [{'clamp_mss': 'auto'}]}]),
        _CHAIN + '.rules[0].clamp_mss',
        "'auto'",
    ),
    Case('iptables-position', chain(position='top'), _CHAIN + '.position', "'top'"),
    Case('iptables-position-number', chain(position=1000), _CHAIN + '.position', '1000'),
    Case(
        'iptables-position-exclusive',
        inside(iptables=[{'chain': 'INPUT', 'position': 'last'}]),
        'namespaces[0].iptables[0].position',
        "'last'",
    ),
    Case('iptables-position-own-chain', chain(chain='mine', position='last'), _CHAIN + '.position', "'last'"),
    Case('iptables-rule-half-a-letter', chain(rules=['\udc80']), _CHAIN + '.rules[0]', 'udc80', plain=False),
    # Tables of nft.
    Case('nft-mapping', host(nftables={'content': 'chain c { }'}), 'nftables', "{'content'"),
    Case('nft-text', host(nftables=['chain c { }']), 'nftables[0]', 'chain c'),
    Case('nft-family', table(family='ipv4'), 'nftables[0].family', "'ipv4'"),
    Case('nft-key', table(contents='x'), 'nftables[0].contents', 'did you mean content?'),
    Case('nft-content-missing', host(nftables=[{'table': 'mine'}]), _CONTENT, 'is missing'),
    Case('nft-content-empty', table(' \n'), _CONTENT, 'is empty'),
    Case('nft-content-list', table(['chain c { }']), _CONTENT, "['chain c { }']"),
    Case('nft-content-number', table(5), _CONTENT, '5'),
    Case('nft-content-half-a-letter', table('\udc80'), _CONTENT, 'udc80', plain=False),
    Case('nft-content-nul', table('chain c { }\n\0'), _CONTENT, 'line 2 has a control character'),
    Case('nft-content-return', table('chain c { }\r\n'), _CONTENT, "'\\r'"),
    Case(
        'nft-closes-the-table',
        table('chain c { }\n}\ntable inet other {'),
        _CONTENT,
        'line 2 has a "}"',
        ((_CONTENT, 'line 3 has a "{"'),),
    ),
    Case('nft-closes-too-much', table('chain c { } }'), _CONTENT, 'line 1 has a "}"'),
    Case('nft-flush', table('}\nflush ruleset'), _CONTENT, 'line 1 has a "}"'),
    Case('nft-open', table('chain c {\n accept'), _CONTENT, 'line 1 has a "{"'),
    Case('nft-brace-in-comment', table('chain c {\n accept # }'), _CONTENT, 'line 1 has a "{"'),
    Case('nft-brace-in-quotes', table('chain c {\n accept comment "}"'), _CONTENT, 'line 1 has a "{"'),
    Case('nft-quote', table('chain c {\n log prefix "a\n}'), _CONTENT, 'line 2 has a quote'),
    Case('nft-include', table('include "/etc/shadow"'), _CONTENT, 'line 1 reads another file'),
    Case(
        'nft-include-behind-a-number',
        table('chain c { tcp dport 5include "x"\n}'),
        _CONTENT,
        'line 1 reads another file',
    ),
    Case(
        'nft-include-inside', table('chain c { accept;include "x"\n}'), _CONTENT, 'line 1 reads another file'
    ),
    Case('nft-name', table(table='a b'), 'nftables[0].table', "'a b'"),
    Case(
        'nft-name-escape',
        table(table='x { }; flush ruleset; table inet y'),
        'nftables[0].table',
        'flush ruleset',
    ),
    Case('nft-name-digit', table(table='1st'), 'nftables[0].table', "'1st'"),
    Case('nft-name-long', table(table='t' * 256), 'nftables[0].table', 'at most 255'),
    Case('nft-name-of-iptables', table(table='filter', family='ip'), 'nftables[0].table', 'ip filter'),
    Case('nft-name-of-another-scope', table(table='multinet-pxc'), 'nftables[0].table', 'multinet-pxc'),
    Case(
        'twice-table',
        host(nftables=[{'content': 'chain c { }'}, {'content': 'chain d { }', 'table': 'multinet-lab'}]),
        'nftables[1]',
        'nftables[0]',
    ),
    Case('iptables-mode', host(iptables_mode='mine'), 'iptables_mode', "'mine'"),
    # Links.
    Case('link-kind-missing', host(links=[{'name': 'br0'}]), _LINK + '.kind', 'is missing'),
    Case('link-kind-unknown', link(kind='brigde'), _LINK + '.kind', 'did you mean bridge?'),
    Case('link-state', link(state='sideways'), _LINK + '.state', "'sideways'"),
    Case('mtu-small', link(mtu=67, addresses=['10.0.0.1/24']), _LINK + '.mtu', '67'),
    Case('mtu-large', link(mtu=65536), _LINK + '.mtu', '65536'),
    Case('mtu-word', link(mtu='jumbo'), _LINK + '.mtu', "'jumbo'"),
    Case('mtu-fraction', link(mtu=1500.0), _LINK + '.mtu', '1500.0'),
    Case('mac-group', link(mac='01:00:00:00:00:01'), _LINK + '.mac', '01:00:00:00:00:01'),
    Case('mac-zero', link(mac='00:00:00:00:00:00'), _LINK + '.mac', 'all zeros'),
    Case('mac-short', link(mac='02:00:00:00:01'), _LINK + '.mac', "'02:00:00:00:01'"),
    Case('mac-number', link(mac=20000000001), _LINK + '.mac', '20000000001'),
    Case('bridge-setting', link(hello_time=11), _LINK + '.hello_time', '11'),
    Case('bridge-stp-delay', link(stp=True, forward_delay=1), _LINK + '.forward_delay', '1'),
    Case('port-without-master', link(port={'isolated': True}), _LINK + '.port', 'needs a master'),
    Case('port-cost', link(master='br1', port={'cost': 0}), _LINK + '.port.cost', '0'),
    Case(
        'port-of-bond',
        host(links=[{'name': 'bond0', 'kind': 'bond'}, veth(master='bond0', port={'cost': 5})]),
        'links[1].port',
        'bond0',
    ),
    Case('veth-without-peer', host(links=[{'name': 'eth0', 'kind': 'veth'}]), _LINK + '.peer', 'two ends'),
    Case('veth-peer-itself', host(links=[veth(peer={'name': 'eth0'})]), _LINK + '.peer.name', 'eth0'),
    Case(
        'vlan-without-id',
        host(links=[{'name': 'v', 'kind': 'vlan', 'link': 'a'}]),
        _LINK + '.id',
        'is missing',
    ),
    Case(
        'vlan-without-link',
        host(links=[{'name': 'v', 'kind': 'vlan', 'id': 5}]),
        _LINK + '.link',
        'is missing',
    ),
    Case(
        'vlan-id-large',
        host(links=[{'name': 'v', 'kind': 'vlan', 'id': 4095, 'link': 'a'}]),
        _LINK + '.id',
        '4095',
    ),
    Case(
        'vlan-on-itself',
        host(links=[{'name': 'v', 'kind': 'vlan', 'id': 5, 'link': 'v'}]),
        _LINK + '.link',
        'v',
    ),
    Case(
        'vxlan-families',
        host(links=[{'name': 'x', 'kind': 'vxlan', 'id': 5, 'local': '10.0.0.1', 'remote': 'fd00::1'}]),
        _LINK + '.remote',
        'another family',
    ),
    Case(
        'vxlan-group-without-link',
        host(links=[{'name': 'x', 'kind': 'vxlan', 'id': 5, 'remote': '239.1.1.1'}]),
        _LINK + '.link',
        '239.1.1.1',
    ),
    Case(
        'vxlan-namespace-without-link',
        host(links=[{'name': 'x', 'kind': 'vxlan', 'id': 5, 'link_namespace': 'host'}]),
        _LINK + '.link_namespace',
        'needs a link',
    ),
    Case(
        'vxlan-port',
        host(links=[{'name': 'x', 'kind': 'vxlan', 'id': 5, 'dstport': 0}]),
        _LINK + '.dstport',
        '0',
    ),
    Case(
        'macvlan-mode',
        host(links=[{'name': 'm', 'kind': 'macvlan', 'link': 'a', 'mode': 'bridged'}]),
        _LINK + '.mode',
        'did you mean bridge?',
    ),
    Case(
        'macvlan-parent-unknown',
        inside(links=[{'name': 'm', 'kind': 'macvlan', 'link': 'eth9'}]),
        'namespaces[0].links[0].link',
        'eth9',
    ),
    Case('master-unknown', inside(links=[veth(master='br9')]), 'namespaces[0].links[0].master', 'br9'),
    Case(
        'master-no-bridge',
        host(links=[veth(master='v'), {'name': 'v', 'kind': 'vxlan', 'id': 5}]),
        'links[0].master',
        'vxlan',
    ),
    Case(
        'master-cycle',
        host(links=[bridge(master='br1'), bridge(name='br1', master='br0')]),
        _LINK,
        'host/br0 on host/br1 on host/br0',
    ),
    Case(
        'parent-cycle',
        host(
            links=[
                {'name': 'a', 'kind': 'macvlan', 'link': 'b'},
                {'name': 'b', 'kind': 'macvlan', 'link': 'a'},
            ]
        ),
        _LINK,
        'host/a on host/b on host/a',
    ),
    Case(
        'mixed-cycle',
        inside(
            links=[
                bridge(),
                {'name': 'v', 'kind': 'vlan', 'id': 5, 'link': 'br0', 'master': 'br0'},
                bridge(name='br1', master='br2'),
                bridge(name='br2', master='br1'),
            ]
        ),
        'namespaces[0].links[2]',
        'red/br1 on red/br2 on red/br1',
    ),
    Case(
        'one-card-twice',
        inside(
            links=[
                {'name': 'eth0', 'kind': 'physical'},
                {'name': 'a', 'kind': 'physical', 'match': {'mac': '02:00:00:00:00:01'}},
                {'name': 'b', 'kind': 'physical', 'match': {'mac': '02-00-00-00-00-01'}},
            ]
        ),
        'namespaces[0].links[2]',
        'is the same card as namespaces[0].links[1]',
    ),
    Case(
        'nameservers-on-host',
        host(nameservers={'addresses': ['10.0.0.1']}),
        'nameservers',
        'are for namespaces',
    ),
    Case(
        'nameservers-none',
        inside(nameservers={'search': ['a.b']}),
        'namespaces[0].nameservers.addresses',
        'is missing',
    ),
    Case(
        'nameservers-many',
        inside(nameservers={'addresses': ['10.0.0.%d' % n for n in range(4)]}),
        'namespaces[0].nameservers.addresses',
        'found 4',
    ),
    Case(
        'nameservers-name',
        inside(nameservers={'addresses': ['dns.example']}),
        'namespaces[0].nameservers.addresses[0]',
        'dns.example',
    ),
    Case(
        'nameservers-line',
        inside(nameservers={'addresses': ['10.0.0.1'], 'search': ['a\nnameserver 10.0.0.2']}),
        'namespaces[0].nameservers.search[0]',
        'is no word',
    ),
    Case(
        'nameservers-dhcp',
        inside(nameservers={'addresses': ['dhcp', '10.0.0.1']}),
        'namespaces[0].nameservers.addresses',
        'has dhcp and more',
    ),
    Case(
        'nameservers-dhcp-search',
        inside(nameservers={'addresses': ['dhcp'], 'search': ['a.b']}),
        'namespaces[0].nameservers.addresses',
        'has dhcp',
    ),
    Case(
        'nameservers-list', inside(nameservers=['10.0.0.1']), 'namespaces[0].nameservers', 'is not a mapping'
    ),
    Case(
        'match-on-host',
        host(links=[{'name': 'eth0', 'kind': 'physical', 'match': {'name': 'eth1'}}]),
        _LINK + '.match',
        'moves into a namespace',
    ),
    Case(
        'match-nothing',
        inside(links=[{'name': 'eth0', 'kind': 'physical', 'match': {}}]),
        'namespaces[0].links[0].match',
        'says nothing',
    ),
    Case(
        'match-unknown',
        inside(links=[{'name': 'eth0', 'kind': 'physical', 'match': {'name': 'eth1', 'driver': 'igb'}}]),
        'namespaces[0].links[0].match.driver',
        'is no key',
    ),
    Case(
        'match-bad-mac',
        inside(links=[{'name': 'eth0', 'kind': 'physical', 'match': {'mac': '02:00'}}]),
        'namespaces[0].links[0].match.mac',
        '02:00',
    ),
    Case(
        'match-of-bridge',
        inside(links=[bridge(match={'name': 'eth0'})]),
        'namespaces[0].links[0].match',
        'is no key',
    ),
    Case('exclusive-not-made', inside(create=False, exclusive=True), _RED + '.exclusive', 'create: false'),
    # Replicas.
    Case('replicas-one-name', replicas(3, 'red'), _RED + '.name', "'red'"),
    Case('replicas-one-name-braces', replicas(3, 'red{x}'), _RED + '.name', "red{x}"),
    Case('replicas-negative', replicas(-1), _RED + '.replicas', '-1'),
    Case('replicas-many', replicas(65537), _RED + '.replicas', '65537'),
    Case('replicas-word', replicas('many'), _RED + '.replicas', "'many'"),
    Case('replicas-true', replicas(True), _RED + '.replicas', 'True'),
    Case(
        'replicas-division-by-zero',
        replicas(2, sysctls={'net.core.somaxconn': '{n//0}'}),
        _RED + '.sysctls.net.core.somaxconn',
        '{n//0}',
    ),
    Case('replicas-modulo-zero', replicas(2, 'red{n%(n-n)}'), _RED + '.name', '{n%(n-n)}'),
    Case('replicas-power', replicas(2, 'red{9**9**9**n}'), _RED + '.name', '{9**9**9**n}'),
    Case('replicas-garbage', replicas(2, 'red{n+}'), _RED + '.name', '{n+}'),
    Case('replicas-true-division', replicas(2, 'red{n/2}'), _RED + '.name', '{n/2}'),
    Case(
        'replicas-address-end',
        replicas(2, links=[bridge(addresses=['{255.255.255.255+n}/24'])]),
        _RED + '.links[0].addresses[0]',
        '{255.255.255.255+n}',
    ),
    Case(
        'replicas-brackets',
        replicas(1, 'red{' + '(' * 300 + 'n' + ')' * 300 + '}'),
        _RED + '.name',
        'red{(((',
    ),
    Case('replicas-minus-signs', replicas(1, 'red{' + '-' * 30000 + 'n}'), _RED + '.name', 'red{---'),
    Case(
        'replicas-name-of-another',
        host(namespaces=[{'name': 'red1'}, {'name': 'red{n}', 'replicas': 2}]),
        'namespaces[1].name',
        'red1',
    ),
    Case(
        'replicas-fault-once', replicas(4, links=[bridge(kind='brigde')]), _RED + '.links[0].kind', "'brigde'"
    ),
    Case('replicas-bare-host-peer', replicas(2, links=[veth()]), _RED + '.links[0].peer', 'veth0'),
    # Several faults at once, and faults that would make others look as if there were more.
    Case(
        'two-faults',
        host(links=[bridge(mtu=5), bridge(name='a b')]),
        'links[0].mtu',
        '5',
        (('links[1].name', "'a b'"),),
    ),
    Case(
        'faults-of-all-rooms',
        {
            'name': 'my lab',
            'links': [bridge(mac='x')],
            'routes': [{'to': 'x', 'via': '10.0.0.1'}],
            'rules': [{'table': 5}],
            'sysctls': {'kernel.panic': 1},
            'iptables': [{'chain': 'a b'}],
            'namespaces': [{'name': 'a/b'}],
            'colour': 'red',
        },
        'name',
        "'my lab'",
        (
            (_LINK + '.mac', "'x'"),
            (_ROUTE + '.to', "'x'"),
            (_RULE + '.priority', 'is missing'),
            ('sysctls[kernel.panic]', 'kernel.panic'),
            (_CHAIN + '.chain', "'a b'"),
            (_RED + '.name', "'a/b'"),
            ('colour', 'remove it'),
        ),
    ),
    Case(
        'faults-of-one-object',
        rule(priority='x', mark='y', ipproto='z'),
        _RULE + '.priority',
        "'x'",
        ((_RULE + '.mark', "'y'"), (_RULE + '.ipproto', "'z'")),
    ),
    Case(
        'both-ends-of-a-veth',
        host(links=[veth(mtu=5, peer={'name': 'veth0', 'mtu': 6})]),
        _LINK + '.mtu',
        '5',
        ((_LINK + '.peer.mtu', '6'),),
    ),
    Case(
        'faults-in-and-between',
        inside(
            links=[bridge(addresses=['10.0.0.1/24'])],
            routes=[{'to': 'default', 'via': '10.0.1.1'}],
            rules=[{'table': 5}],
        ),
        'namespaces[0].rules[0].priority',
        'is missing',
        ((_RED_ROUTE + '.via', '10.0.1.1'),),
    ),
    Case(
        'two-gateways-unreachable',
        routed({'to': 'default', 'via': '10.0.1.1'}, {'to': 'fd09::/64', 'via': 'fd01::1'}),
        _RED_ROUTE + '.via',
        '10.0.1.1',
        (('namespaces[0].routes[1].via', 'fd01::1'),),
    ),
    Case(
        'bad-link-with-users',
        inside(
            links=[
                bridge(kind='brigde', addresses=['10.0.0.1/24']),
                {'name': 'm', 'kind': 'macvlan', 'link': 'br0'},
            ],
            routes=[
                {'to': 'default', 'via': '10.0.0.2', 'src': '10.0.0.1'},
                {'to': '10.9.0.0/16', 'dev': 'br0'},
            ],
            sysctls={'net.ipv4.conf.br0.rp_filter': 1},
        ),
        'namespaces[0].links[0].kind',
        "'brigde'",
    ),
    Case(
        'bad-address-with-users',
        inside(links=[bridge(addresses=['10.0.0.1/42'])], routes=[{'to': 'default', 'via': '10.0.0.2'}]),
        'namespaces[0].links[0].addresses[0]',
        "'10.0.0.1/42'",
    ),
    Case(
        'bad-peer-with-users',
        host(
            links=[veth(mtu=5, peer={'name': 'eth0', 'namespace': 'red', 'addresses': ['10.0.0.x/24']})],
            namespaces=[{'name': 'red', 'routes': [{'to': 'default', 'via': '10.0.0.2'}]}],
        ),
        _LINK + '.mtu',
        '5',
        ((_LINK + '.peer.addresses[0]', "'10.0.0.x/24'"),),
    ),
    Case(
        'bad-network-route-with-users',
        routed({'to': '10.9.0.0/33', 'dev': 'br0'}, {'to': 'default', 'via': '10.9.0.1'}),
        _RED_ROUTE + '.to',
        '10.9.0.0/33',
    ),
    Case(
        'bad-namespace-with-users',
        host(
            links=[veth(peer={'name': 'eth0', 'namespace': 'red'})],
            namespaces=[{'name': 'red', 'replicas': 'x'}],
        ),
        _RED + '.replicas',
        "'x'",
    ),
    Case(
        'bad-namespace-names',
        host(namespaces=[{'links': [bridge()]}, {'links': [bridge()]}]),
        _RED + '.name',
        'is missing',
        (('namespaces[1].name', 'is missing'),),
    ),
    # Hostile input.
    Case('deep-list', host(links=nested(5000)), _LINK, 'found ', plain=False),
    Case('deep-name', host(name=nested(5000)), 'name', 'found ', plain=False),
    Case(
        'deep-sysctl',
        sysctl('net.core.somaxconn', nested(5000)),
        'sysctls[net.core.somaxconn]',
        'found ',
        plain=False,
    ),
    Case('deep-replicas', replicas(2, links=nested(5000)), _RED, 'too many levels', plain=False),
    Case('huge-name', host(name=HUGE), 'name', 'is not text', plain=False),
    Case('huge-mtu', link(mtu=HUGE), _LINK + '.mtu', 'out of range', plain=False),
    Case('huge-mtu-hexadecimal', link(mtu='0x' + 'f' * 5000), _LINK + '.mtu', 'out of range'),
    Case('huge-mtu-decimal', link(mtu='9' * 5000), _LINK + '.mtu', ''),
    Case('huge-priority', rule(priority=HUGE), _RULE + '.priority', 'out of range', plain=False),
    Case('huge-mark', rule(mark=HUGE), _RULE + '.mark', 'is no mark', plain=False),
    Case('huge-port', rule(dport=HUGE), _RULE + '.dport', 'want 1 to 65534', plain=False),
    Case('huge-boolean', inside(exclusive=HUGE), _RED + '.exclusive', 'neither true nor false', plain=False),
    Case('huge-replicas', replicas(HUGE), _RED + '.replicas', 'out of range', plain=False),
    Case('not-a-number', link(mtu=float('nan')), _LINK + '.mtu', 'nan', plain=False),
    Case('infinite', rule(priority=float('inf')), _RULE + '.priority', 'inf', plain=False),
    Case('text-right-to-left', link(name='br\u202e0'), _LINK + '.name', '\\u202e'),
    Case('text-line-separator', address('10.0.0.1\u2028/24'), _ADDRESS, '\\u2028'),
    Case('text-full-width-digits', address('\uff11\uff10.0.0.1/24'), _ADDRESS, '\uff11\uff10.0.0.1/24'),
    Case('text-bell', rule(**{'from': '\a'}), _RULE + '.from', '\\x07'),
    Case('text-long', link(state='x' * 100000), _LINK + '.state', '...'),
]
