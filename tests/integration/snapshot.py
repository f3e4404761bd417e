# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that can be observed of a world, in one flat dictionary whose values are the same whenever the state
is.

Read with ip(8), iptables-save, nft and the files of the kernel: none of it is our own code. Left out is what
differs between two equal states: indexes, counters, timers, carriers, and what the kernel makes later by
itself (link-local addresses).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import subprocess
import typing as t

from . import open_settings
from .firewall_stamp import Stamp, firewall_stamp
from .world import inside

Snapshot = dict[str, str]
_PIPES: dict[str, t.Any] = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, 'text': True}

_LINK_NOISE = (
    'ifindex',
    'link_index',
    'link_netnsid',
    'stats',
    'stats64',
    'operstate',
    'gso_max_size',
    'gso_max_segs',
    'tso_max_size',
    'tso_max_segs',
    'gro_max_size',
    'addr_info',
    'broadcast',
    'promiscuity',
    'allmulti',
    'qdisc',
)
_INFO_NOISE = (
    'hello_timer',
    'tcn_timer',
    'topology_change_timer',
    'gc_timer',
    'topology_change',
    'topology_change_detected',
    'root_id',
    'root_port',
    'root_path_cost',
    'state',
    'no',
    'designated_port',
    'designated_cost',
    'designated_bridge',
    'designated_root',
    'hold_timer',
    'message_age_timer',
    'forward_delay_timer',
    'topology_change_ack',
    'config_pending',
    'id',
)
_FLAGS_NOISE = ('LOWER_UP', 'NO-CARRIER', 'M-DOWN', 'PROMISC', 'ALLMULTI')
_FOREVER = 0xFFFFFFFF


def _text(value: t.Any) -> str:
    return json.dumps(value, sort_keys=True)


def _documents(output: str) -> list[t.Any]:
    """The JSON values in the output of a batch, one a line or over several."""
    decoder = json.JSONDecoder()
    found, position = [], 0
    while position < len(output):
        if output[position].isspace():
            position += 1
            continue
        value, position = decoder.raw_decode(output, position)
        found.append(value)
    return found


class _Reader:
    """What is asked in one namespace, by one process that runs beside those for the others."""

    MARK = '==== what was asked next ====\n'
    # iptables-nft-save tells of tables that nft knows.
    QUESTIONS = {
        'any': 'ip -d -j -N -batch - <<END\naddress show\nneighbour show nud permanent\nneighbour show proxy'
        '\nnetns list-id\nnexthop show\nEND',
        'ipv4': 'ip -d -j -N -4 -batch - <<END\nroute show table all\nrule show\nEND',
        'ipv6': 'ip -d -j -N -6 -batch - <<END\nroute show table all\nrule show\nEND',
        'nft': 'rules=$(nft -s list ruleset)\nprintf "%s\\n" "$rules"',
        'iptables': 'case "$rules" in *"table ip "*) iptables-nft-save ;; esac',
        'ip6tables': 'case "$rules" in *"table ip6 "*) ip6tables-nft-save ;; esac',
    }
    OF_FIREWALLS = ('nft', 'iptables', 'ip6tables')

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.settings: Snapshot = {}
        self.stamp: Stamp | None = None
        self.known: dict[str, str] = {}
        self.process: subprocess.Popen[str] = inside(namespace, self._ask)

    def _ask(self) -> subprocess.Popen[str]:
        self.stamp = firewall_stamp()
        if self.stamp and self.stamp in _FIREWALLS.get(self.stamp.cookie, {}):
            self.known = _FIREWALLS[self.stamp.cookie][self.stamp]
        questions = [text + '\n' for name, text in self.QUESTIONS.items() if name not in self.known]
        script = 'set -e\n' + ("printf '%s'\n" % self.MARK.replace('\n', '\\n')).join(questions)
        process = subprocess.Popen(['sh', '-c', script], **_PIPES)
        self.settings = _settings(self.namespace or 'host')
        return process

    def answers(self) -> dict[str, str]:
        output, errors = self.process.communicate()
        if self.process.returncode:
            raise AssertionError('in %r: %s' % (self.namespace, errors))
        asked = [name for name in self.QUESTIONS if name not in self.known]
        found = {**self.known, **dict(zip(asked, output.split(self.MARK)))}
        if self.stamp:
            told = {name: found[name] for name in self.OF_FIREWALLS}
            _FIREWALLS[self.stamp.cookie] = {self.stamp: told}
        return found


_FIREWALLS: dict[int, dict[Stamp, dict[str, str]]] = {}
"""The last answers about the firewalls of a namespace, by its cookie and by the stamp that they hold for."""


def _settings(where: str) -> Snapshot:
    """Settings, and tables of the legacy backend, of the namespace that the calling thread is in."""
    contents = open_settings.contents()
    for name in ('ip_tables_names', 'ip6_tables_names'):
        with contextlib.suppress(OSError), open('/proc/thread-self/net/' + name, encoding='ascii') as file:
            tables = file.read().strip()
            if tables:
                contents['/proc/net/' + name] = tables
    return {'%s sysctl %s' % (where, path): value for path, value in contents.items()}


def _links(
    entries: list[dict[str, t.Any]], names: dict[str, dict[int, str]], numbers: dict[int, str], namespace: str
) -> Snapshot:
    found = {}
    for entry in entries:
        link = {key: value for key, value in entry.items() if key not in _LINK_NOISE}
        link['flags'] = sorted(flag for flag in entry['flags'] if flag not in _FLAGS_NOISE)
        info = link.get('linkinfo', {})
        for part in ('info_data', 'info_slave_data'):
            if part in info:
                info[part] = {key: value for key, value in info[part].items() if key not in _INFO_NOISE}
                if part == 'info_data' and 'id' in entry.get('linkinfo', {}).get(part, {}):
                    info[part]['id'] = entry['linkinfo'][part]['id']
        if 'link_index' in entry:
            where = numbers.get(entry['link_netnsid'], '?') if 'link_netnsid' in entry else namespace
            link['link'] = '%s/%s' % (where, names.get(where, {}).get(entry['link_index'], '?'))
        found['%s link %s' % (namespace or 'host', entry['ifname'])] = _text(link)
        order = {}
        for address in entry.get('addr_info', ()):
            if address['local'].startswith('fe80:') and not address.get('nodad') or 'temporary' in address:
                continue  # the kernel draws the numbers of temporary ones
            address = {
                key: value
                for key, value in address.items()
                if key not in ('tentative', 'dadfailed', 'optimistic', 'stable-privacy')
            }
            for key in ('valid_life_time', 'preferred_life_time'):
                address[key] = address[key] in (0, _FOREVER) and address[key]
            name = '%s/%s' % (address['local'], address['prefixlen'])
            order[name] = len(order)
            found['%s address %s %s' % (namespace or 'host', entry['ifname'], name)] = _text(address)
    return found


def _is_noise(route: dict[str, t.Any], family: str) -> bool:
    # The kernel makes and drops these along with carriers and the detection of duplicate addresses.
    return (
        family == 'route6'
        and str(route.get('protocol')) in ('2', 'kernel')
        and (
            str(route.get('table', '')) in ('255', 'local')
            or route.get('dst') == 'fe80::/64'
            or route.get('type') in ('multicast', '5')
        )
    )


def _routes(routes: list[dict[str, t.Any]], family: str, namespace: str) -> Snapshot:
    found: Snapshot = {}
    order: dict[str, list[str]] = {}
    for route in routes:
        if _is_noise(route, family):
            continue
        route.pop('cache', None)
        route.update({'expires': True} if 'expires' in route else {})
        for part in [route, *route.get('nexthops', ())]:
            part['flags'] = sorted(flag for flag in part.get('flags', ()) if flag not in ('linkdown', 'dead'))
        key = '%s %s %s' % (namespace or 'host', family, _text(route))
        found[key] = str(int(found.get(key, '0')) + 1)
        # IPv6 has no order among those of one key (fib6_add_rt2node). The kernel's own come with addresses.
        if family == 'route4' and str(route.get('protocol')) not in ('2', 'kernel'):
            of_key = [str(route.get(each, '')) for each in ('table', 'dst', 'metric', 'tos')]
            order.setdefault(' '.join(of_key), []).append(key)
    several = {key: routes for key, routes in order.items() if len(routes) > 1}
    found.update(
        ('%s order of %s %s' % (namespace or 'host', family, key), _text(routes))
        for key, routes in several.items()
    )
    return found


def _firewall(output: str, family: str, namespace: str) -> Snapshot:
    found: dict[str, list[str]] = {}
    table = ''
    for line in output.split('\n'):
        if line.startswith('*'):
            table = line[1:]
        elif line.startswith(':'):
            chain, policy = line[1:].split(' ')[:2]
            found['%s %s' % (table, chain)] = [policy]
        elif line.startswith('-A '):
            chain, _blank, rule = line[3:].partition(' ')
            found['%s %s' % (table, chain)].append(rule)
        elif line and line != 'COMMIT' and (not line.startswith('#') or 'incompatible' in line):
            found[line] = ['?']
    # A table that is empty is as good as none.
    return {
        '%s %s %s' % (namespace or 'host', family, key): '\n'.join(rules)
        for key, rules in found.items()
        if rules != ['ACCEPT']
    }


_XTABLES = re.compile(r'(ip|ip6|arp|bridge) (filter|nat|mangle|raw|security|broute) ')


# The elements of a set that fills while it is used: any packet of the kernel's own, as of IGMP, changes them.
_FILLS = re.compile(
    r'(^\t\tflags [a-z,]*\b(?:dynamic|timeout)\b[^}]*?)^\t\telements = \{[^}]*\}\n', re.MULTILINE
)


def _nft_tables(output: str, namespace: str) -> Snapshot:
    """The tables of nft but for those of iptables, which are above."""
    texts = [
        _FILLS.sub(r'\1', text)
        for text in re.split(r'^table ', output, flags=re.MULTILINE)[1:]
        if not _XTABLES.match(text)
    ]
    return {'%s nft %s' % (namespace or 'host', text.split(' {')[0]): text for text in texts}


def _masked(data: bytes) -> str:
    text = data.decode('utf-8', 'replace')
    return re.sub(r'(cookie|inode):[0-9:]+', r'\1:*', text)


def _files(top: str) -> Snapshot:
    found: Snapshot = {}
    if not os.path.isdir(top):
        return found
    for folder, folders, files in os.walk(top):
        found['file %s/' % folder] = oct(os.stat(folder).st_mode)
        folders.sort()
        for name in files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            content = ''
            if stat.S_ISREG(status.st_mode):
                try:
                    with open(path, 'rb') as file:
                        content = _masked(file.read())
                except OSError:
                    content = '(a namespace)'
            found['file ' + path] = '%s %s' % (oct(status.st_mode), content)
    return found


def _mounts() -> Snapshot:
    found: dict[str, list[str]] = {}
    with open('/proc/self/mountinfo', encoding='utf-8') as file:
        for line in file:
            words = line.split()
            dash = words.index('-')
            shared = sorted(word.split(':')[0] for word in words[6:dash])
            root = 'namespace' if words[3].startswith('net:') else words[3]
            found.setdefault('mount ' + words[4], []).append(
                ' '.join([root, words[5], *shared, words[dash + 1]])
            )
    return {key: '\n'.join(sorted(values)) for key, values in found.items()}


def named() -> list[str]:
    """The names in /run/netns that a namespace is mounted on."""
    with open('/proc/self/mountinfo', encoding='utf-8') as file:
        points = [words[4] for words in map(str.split, file) if words[3].startswith('net:')]
    return sorted({point.rsplit('/', 1)[1] for point in points if point.startswith('/run/netns/')})


def _names_by_index(links: list[dict[str, t.Any]]) -> dict[int, str]:
    return {entry['ifindex']: entry['ifname'] for entry in links}


def snapshot() -> Snapshot:
    """The world of the calling process, which must be a single thread."""
    found: Snapshot = {**_mounts(), **_files('/run/netns'), **_files('/run/multinet')}
    readers = [_Reader(namespace) for namespace in ['', *named()]]
    answers = {reader.namespace: reader.answers() for reader in readers}
    told = {namespace: _documents(answer['any']) for namespace, answer in answers.items()}
    names = {namespace: _names_by_index(links) for namespace, (links, *_others) in told.items()}
    for reader in readers:
        found.update(reader.settings)
    for namespace, answer in answers.items():
        links, neighbours, proxies, ids, nexthops = told[namespace]
        numbers = {entry['nsid']: entry.get('name', '') for entry in ids}
        where = namespace or 'host'
        found.update(_links(links, names, numbers, namespace))
        for family in ('4', '6'):
            routes, rules = _documents(answer['ipv' + family])
            found.update(_routes(routes, 'route' + family, namespace))
            for rule in rules:
                key = '%s rule%s %s' % (where, family, _text(rule))
                found[key] = str(int(found.get(key, '0')) + 1)
        for neighbour in neighbours + proxies:
            found['%s neighbour %s' % (where, _text(neighbour))] = ''
        for nexthop in nexthops:
            nexthop['flags'] = [flag for flag in nexthop['flags'] if flag not in ('linkdown', 'dead')]
            found['%s nexthop %s' % (where, _text(nexthop))] = ''
        for family, program in (('ipv4', 'iptables'), ('ipv6', 'ip6tables')):
            found.update(_firewall(answer[program], family, namespace))
        found.update(_nft_tables(answer['nft'], namespace))
    return found


def difference(before: Snapshot, after: Snapshot) -> str:
    """What differs, one line each; '' when nothing does."""
    lines = []
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            lines.append('%s: %s -> %s' % (key, before.get(key, '(none)'), after.get(key, '(none)')))
    return '\n'.join(lines)


def without_history(found: Snapshot) -> Snapshot:
    """Without what a host remembers of its past: what settings were before us, and which default a link took
    when it was made."""
    left = {
        key: value
        for key, value in found.items()
        if not re.search(r' sysctl net/ipv4/conf/(?!all/|default/).*/rp_filter', key)
    }
    for key in [
        key for key in left if key.startswith('file /run/multinet/scopes/') and key.endswith('.json')
    ]:
        mode, text = left[key].split(' ', 1)
        data = json.loads(text)
        data['owned']['sysctls'] = [name for name, _values in data['owned']['sysctls']]
        # The kernel chooses the handles of qdiscs.
        data['owned']['qdiscs'] = [name for name, _values in data['owned'].get('qdiscs', ())]
        left[key] = mode + json.dumps(data)
    return left
