# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routing tables by the names of the host, as ip(8) understands them."""

from __future__ import annotations

import os
import pathlib

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel.names import HostNames
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration.outcomes import silent
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

DOCUMENT: Document = {
    'name': 'lab',
    'routes': [{'to': '10.9.0.0/16', 'type': 'blackhole', 'table': 'isp'}],
    'rules': [{'priority': 100, 'table': 'isp', 'realms': 'cosmos/4', 'protocol': 'mine'}],
}


def _names() -> None:
    run('mount -t tmpfs names /etc/iproute2')
    folder = pathlib.Path('/etc/iproute2')
    os.mkdir(folder / 'rt_tables.d')
    (folder / 'rt_tables').write_text('1 isp2\n254 main\n300 isp3\n44 isp3\n300 isp4\n0x12c isp5 # more\n')
    (folder / 'rt_tables.d/lab.conf').write_text('100\tisp\n')
    (folder / 'rt_tables.d/lab').write_text('7\tnone\n')
    (folder / 'rt_realms').write_text('9 cosmos\n')
    (folder / 'rt_protos').write_text('97 mine\n')


def _tables() -> None:
    _names()
    converge(DOCUMENT)
    assert run('ip route show table isp').split() == ['blackhole', '10.9.0.0/16', 'proto', '117']
    assert (
        run('ip rule show pref 100').split()[1:] == 'from all lookup isp realms cosmos/4 proto mine'.split()
    )
    silent(DOCUMENT)
    described = describe(scope='lab')[0]
    assert described['routes'] == [{'to': '10.9.0.0/16', 'type': 'blackhole', 'table': 100}]
    assert described['rules'] == [{'priority': 100, 'table': 100, 'realms': '9/4', 'protocol': 97}]
    silent({'name': 'lab', **described})
    names = ('isp', 'isp2', 'isp3', 'isp4', 'isp5', 'local')
    for subnet, name in enumerate(names):  # ip(8) finds the same
        run('ip route add blackhole 10.8.%d.0/24 table %s' % (subnet, name))
        number = HostNames()('rt_tables')[name]
        assert '10.8.%d.0/24' % subnet in run('ip route show table %d' % number)
    with pytest.raises(InputError, match='is the name of no routing table on this host'):
        converge({'name': 'lab', 'rules': [{'priority': 100, 'table': 'none'}]})
    converge(DOCUMENT, absent=True)
    assert not run('ip rule show pref 100')


def test_tables_by_name() -> None:
    in_world(_tables)
