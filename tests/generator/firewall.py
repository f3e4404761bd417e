# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chains of iptables and tables of nft."""

from __future__ import annotations

import typing as t

from .writer import Writer

COMMENTS = (
    'plain',
    'two words',
    'it\\\'s',
    'say \\"hello\\"',
    'back\\\\slash',
    '#no comment',
    '$(id) `id`',
    '{n} {{ n }} %s',
    '\u00fc\u6f22',
    '-j DROP',
    '',
)
BASE_CHAINS = {
    'filter': ('INPUT', 'FORWARD', 'OUTPUT'),
    'nat': ('PREROUTING', 'POSTROUTING', 'OUTPUT'),
    'mangle': ('PREROUTING', 'FORWARD', 'POSTROUTING'),
}
FAMILY_TARGETS = {
    'POSTROUTING': {'ipv4': ['SNAT --to-source 10.9.0.1'], 'ipv6': ['SNAT --to-source fd09::1'], 'both': []},
    'PREROUTING': {
        'ipv4': ['DNAT --to-destination 10.9.0.5:443'],
        'ipv6': ['DNAT --to-destination [fd09::5]:443'],
        'both': [],
    },
}


class Chains(Writer):
    """Adds, changes and removes chains of iptables."""

    def add_chain(self) -> None:
        namespace, place = self.place()
        table = self.dice.choice(('filter', 'filter', 'nat', 'mangle'))
        base = BASE_CHAINS[table]
        # Jumps lead to names further on in the alphabet only: no loop. Names in the host have the scope in
        # them.
        own = ['to-%s%s' % ('' if namespace else self.scope + '-', letter) for letter in 'pqr']
        chain = self.dice.choice((*base, *base, *own))
        family = self.dice.choice(('ipv4', 'ipv6', 'both'))
        taken = {(entry.get('table', 'filter'), entry['chain']) for entry in place.get('iptables', ())}
        if (table, chain) in taken:
            return
        entry: dict[str, t.Any] = {'table': table, 'chain': chain, 'family': family}
        if table == 'filter' and self.chance(0.5):
            del entry['table']
        if family == 'ipv4' and self.chance(0.5):
            del entry['family']
        entry['rules'] = [self._rule(table, chain, family, own) for _number in range(self.dice.randint(0, 5))]
        if namespace and chain in base and table != 'nat' and self.chance(0.4):
            entry['policy'] = self.dice.choice(('DROP', 'ACCEPT'))
        place.setdefault('iptables', []).append(entry)

    def _rule(self, table: str, chain: str, family: str, own: list[str]) -> str:
        """A rule as people write it; not all are as iptables-save prints them."""
        match = self._match(chain, family)
        target = self.dice.choice(self._targets(table, chain, family, own))
        if table == 'nat' and chain == 'PREROUTING' and self.chance(0.3):
            match = '-p tcp -m tcp --dport 80'
            target = self.dice.choice(['REDIRECT --to-ports 8080', *FAMILY_TARGETS[chain][family]])
        return ('%s -j %s' % (match, target)).strip()

    def _match(self, chain: str, family: str) -> str:
        link = ''
        if chain in ('INPUT', 'PREROUTING', 'FORWARD'):
            link = '-i lo'
        elif chain in ('OUTPUT', 'POSTROUTING'):
            link = '-o lo'
        match = self.dice.choice(
            (
                '',
                link,
                '-p tcp --dport https',
                '-p tcp -m tcp --dport 22',
                '-p udp -m udp --sport 1:1024',
                '-m mark --mark 0x1/0xff',
                '-p tcp -m multiport --dports 1,2,30:40',
                '-m conntrack --ctstate RELATED,ESTABLISHED',
                '-m limit --limit 5/min',
                {'ipv4': '-s 10.9.0.0/255.255.0.0', 'ipv6': '-s FD09::/16', 'both': ''}[family],
                {'ipv4': '-p icmp', 'ipv6': '-p icmpv6', 'both': ''}[family],
                '-p tcp -m tcp --tcp-flags SYN,RST SYN',
            )
        )
        if self.chance(0.3):
            match += ' -m comment --comment "%s"' % self.dice.choice(COMMENTS)
        return match

    @staticmethod
    def _targets(table: str, chain: str, family: str, own: list[str]) -> list[str]:
        targets = ['ACCEPT', 'RETURN', *[name for name in own if name > chain or chain.isupper()]]
        if table == 'filter':
            targets += ['DROP', 'REJECT']  # DROP is refused in table nat
        if table == 'mangle':
            targets += ['MARK --set-mark 5', 'CONNMARK --save-mark']
        if table == 'nat' and chain == 'POSTROUTING':
            targets += ['MASQUERADE', *FAMILY_TARGETS[chain][family]]
        return targets

    def change_chain(self) -> None:
        namespace, place = self.place()
        if not place.get('iptables'):
            return
        entry = self.dice.choice(place['iptables'])
        change = self.dice.choice(('remove', 'shuffle', 'less', 'policy', 'double'))
        rules = entry.get('rules', [])
        if change == 'remove':
            place['iptables'] = [other for other in place['iptables'] if other is not entry]
        elif change == 'shuffle':
            self.dice.shuffle(rules)
        elif change == 'less' and rules:
            rules.pop(self.dice.randrange(len(rules)))
        elif change == 'double' and rules:
            rules.append(self.dice.choice(rules))
        elif change == 'policy' and namespace and entry['chain'].isupper() and entry.get('table') != 'nat':
            self.flip(entry, 'policy', self.dice.choice(('DROP', 'ACCEPT')))


RULES = [
    'counter accept',
    'drop',
    'log prefix "a } b # " level debug',
    'limit rate 5/minute burst 3 packets counter',
    'meta mark set 0x10',
    'jump deeper',
]
PARTS = ['chain deeper { }', 'define unused = 5', '# a comment with } and "', 'comment "of { all"']
IPV4_RULES = [
    'ip saddr { 10.9.0.0/16, 10.1.2.3 ,10.7.0.1-10.7.0.9 } tcp dport {https,22, 8000-8010} accept'
    ' comment "two words }"',
    'ip daddr @some drop',
    'add @seen { ip saddr }',
    'ip saddr . tcp dport vmap @way',
    'ip protocol icmp accept',
]
IPV4_PARTS = [
    'set more { typeof ip saddr . tcp dport; elements = { 10.0.0.7 . 80, 10.0.0.5 . ssh } }',
    'quota q { over 10 mbytes }',
    'counter hits { }',
]
IPV6_RULES = [
    'ip6 saddr FD09:0::/16 udp sport 53 drop',
    'icmpv6 type { nd-neighbor-solicit, 136 } accept',
]
IP_RULES = [
    'ct state {established,related} accept',
    'meta skuid root accept',
    'tcp flags & (syn|rst) == syn counter drop',
    'reject',
]
IP_PARTS = ['chain out {\n type nat hook postrouting priority 100 ; oifname "x*" masquerade\n}']
# What a rule with these words needs.
NEEDED = (
    ('jump deeper', 'chain deeper { }'),
    ('@some', 'set some { type ipv4_addr; flags interval; elements = { 10.9.0.0/16, 10.1.0.0/24 } }'),
    ('@seen', 'set seen { type ipv4_addr; size 100; flags dynamic, timeout; timeout 5m; }'),
    (
        '@way',
        'map way { type ipv4_addr . inet_service : verdict;'
        ' elements = { 10.1.1.1 . 80 : drop, 10.0.0.2 . https : accept } }',
    ),
)


class Tables(Writer):
    """Adds, changes and removes tables of nft."""

    def add_table(self) -> None:
        namespace, place = self.place()
        family = self.dice.choice(('inet', 'inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev'))
        names = ['', '%st' % ('' if namespace else self.scope + '-')]
        entries = place.get('nftables', ())
        taken = {(entry.get('family', 'inet'), entry.get('table', '')) for entry in entries}
        free = [name for name in names if (family, name) not in taken]
        if not free:
            return
        entry = {
            'table': self.dice.choice(free),
            'family': family,
            'content': self._content(namespace, family),
        }
        if not entry['table']:
            del entry['table']
        if family == 'inet':
            del entry['family']
        place.setdefault('nftables', []).append(entry)

    def _content(self, namespace: str, family: str) -> str:
        """The content of a table as people write it: not as nft lists it."""
        rules, parts = self._material(namespace, family)
        hook = self.dice.choice(('input', 'output'))
        hook = {'netdev': 'ingress device lo', 'bridge': 'forward'}.get(family, hook)
        policy = self.dice.choice(('policy accept;', ''))
        chosen = self.dice.sample(rules, min(len(rules), self.dice.randint(0, 5)))
        head = ' type filter hook %s priority %s; %s' % (hook, self.dice.choice(('0', '10', '-5')), policy)
        lines = ['chain main {', head, *chosen, '}']
        text = '\n'.join([*self.dice.sample(parts, self.dice.randint(0, 3)), *lines])
        needed = [part for word, part in NEEDED if word in text and part not in text]
        return '\n'.join([*needed, text])

    def _material(self, namespace: str, family: str) -> tuple[list[str], list[str]]:
        """Rules and other parts that a table of a family may have."""
        rules, parts = list(RULES), list(PARTS)
        if family in ('inet', 'ip'):
            rules += IPV4_RULES
            parts += IPV4_PARTS
        if family in ('inet', 'ip6'):
            rules += IPV6_RULES
        if family in ('inet', 'ip', 'ip6'):
            rules += IP_RULES
            parts += IP_PARTS
        if family == 'arp':
            rules += ['arp operation request counter']
        here = self.ends_in(namespace)
        names = [end.name for end in here if end.kind != 'bridge' and end.name != 'lo' and end.name.isascii()]
        if names and family in ('inet', 'ip') and self.chance(0.3):
            rules = ['iif "%s" accept' % self.dice.choice(names)]
        return rules, parts

    def change_table(self) -> None:
        namespace, place = self.place()
        if not place.get('nftables'):
            return
        entry: dict[str, t.Any] = self.dice.choice(place['nftables'])
        change = self.dice.choice(('remove', 'content', 'spelling'))
        if change == 'remove':
            place['nftables'] = [other for other in place['nftables'] if other is not entry]
        elif change == 'content':
            entry['content'] = self._content(namespace, entry.get('family', 'inet'))
        else:
            entry['content'] = '# the same\n' + entry['content'] + '\n\n'
