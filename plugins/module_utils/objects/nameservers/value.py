# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Name servers of a namespace: the files of its own that "ip netns exec" puts over those of /etc
(ip-netns(8)).
"""

from __future__ import annotations

import re
import typing as t

from ...values.names import HOST, canonical_ip, mark_of
from ...values.reading import Reader, plain, shown

MOST_SERVERS = 3  # MAXNS of resolv.h: the C library takes no more
FOLDER = '/etc/netns'
BY_DHCP = 'dhcp'
"""Stands alone in ``addresses`` where a DHCP client of the namespace writes its resolv.conf."""
_WORD = re.compile(r'[A-Za-z0-9_.:-]+\Z')
_HOSTS = re.compile(r'(?m)^[ \t]*hosts:(.*)$')


class Nameservers(t.NamedTuple):
    namespace: str
    addresses: tuple[str, ...]
    search: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    def files(self, scope: str, host_nsswitch: str | None) -> dict[str, str]:
        """The text of each file, by path.

        nsswitch.conf is a copy of the host's, if that asks others than files and dns for the names of hosts:
        they answer from the host's network.
        """
        head = '# %s\n' % mark_of(scope)
        folder = '%s/%s/' % (FOLDER, self.namespace)
        texts = {}
        if self.addresses != (BY_DHCP,):
            texts[folder + 'resolv.conf'] = head + self._resolv_conf()
        hosts = _HOSTS.search(host_nsswitch or '')
        if host_nsswitch and hosts and hosts[1].split() != ['files', 'dns']:
            texts[folder + 'nsswitch.conf'] = head + _HOSTS.sub('hosts: files dns', host_nsswitch)
        return texts

    def _resolv_conf(self) -> str:
        lines = ['search ' + ' '.join(self.search)] if self.search else []
        lines += ['nameserver ' + address for address in self.addresses]
        lines += ['options ' + ' '.join(self.options)] if self.options else []
        return ''.join(line + '\n' for line in lines)


def _words(reader: Reader, key: str) -> tuple[str, ...]:
    found = []
    for path, member in reader.items(key):
        word = plain(member) or ''
        if not _WORD.match(word):
            reader.problems.add(path, 'is not allowed in resolv.conf', found=shown(member))
        found.append(word)
    return tuple(found)


def read_nameservers(reader: Reader, namespace: str) -> Nameservers | None:
    """The key ``nameservers``: a mapping with ``addresses``, ``search`` and ``options``."""
    if not reader.has('nameservers'):
        reader.take('nameservers')
        return None
    below = Reader(reader.take('nameservers'), reader.at('nameservers'), reader.problems)
    addresses = []
    for path, member in below.items('addresses'):
        address = member if member == BY_DHCP else canonical_ip(plain(member) or '')
        if address is None:
            reader.problems.add(path, 'is not an address', found=shown(member))
        addresses.append(address or '')
    if len(addresses) > MOST_SERVERS:
        below.problem(
            'addresses',
            'are too many',
            found=str(len(addresses)),
            want='at most %d' % MOST_SERVERS,
            do='the C library asks no more',
        )
    elif not addresses and not below.broken and not reader.problems.naming:
        below.problem('addresses', 'is missing', do='add it')
    found = Nameservers(namespace, tuple(addresses), _words(below, 'search'), _words(below, 'options'))
    if BY_DHCP in addresses and found != Nameservers(namespace, (BY_DHCP,)):
        below.problem(
            'addresses',
            'has dhcp and more beside it',
            do='the DHCP client writes all of resolv.conf; leave the others out, or dhcp',
        )
    below.done()
    if namespace == HOST:
        reader.problem('nameservers', 'are for namespaces', do="the host's own are those of /etc/resolv.conf")
    return found
