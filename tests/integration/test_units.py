# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The units that are put on hosts: what systemd thinks of their exposure, and whether it reads them. Of
multinet.service its file says why that is no use.
"""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import typing as t

import jinja2
import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host import boot
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.tree import TOP

MOST = 3.0
VALUES: dict[str, t.Any] = {
    'dhcp_client_hostname': '',
    'dhcp_client_lease_folder': '/var/lib/multinet-dhcp',
    'dhcp_client_link': 'eth0',
    'dhcp_client_metric': 0,
    'dhcp_client_nameservers': True,
    'dhcp_client_namespace': 'blue',
    'dhcp_client_program': '/bin/true',
    'dhcp_client_resolver_options': ['rotate'],
    'dhcp_client_routes': True,
    'dhcp_client_wait': 30,
    'namespace_service_program': '/bin/true',
    'socket_factory_allow': [{'host': '10.0.0.1', 'port': 22}],
    'socket_factory_clients': 256,
    'socket_factory_config': '/etc/socket-factory/management.json',
    'socket_factory_name': 'management',
    'socket_factory_namespace': 'host',
    'socket_factory_program': '/usr/local/lib/multinet/socket-factory',
    'socket_factory_user': 'sockets-management',
    'unix_proxy_connections': 256,
    'unix_proxy_group': 'homer',
    'unix_proxy_name': 'web',
    'unix_proxy_to': ['/run/homer/http'],
    'unix_proxy_to_namespace': 'host',
    'unix_proxy_unit': 'unix-proxy-web',
}
TEMPLATES = sorted(
    path for path in TOP.glob('roles/*/templates/*service.j2') if '[Service]' in path.read_text()
)
VARIANTS = [
    *((path, {}) for path in TEMPLATES),
    (
        TOP / 'roles/unix_proxy/templates/service.j2',
        {'unix_proxy_to': ['10.0.0.1:80'], 'unix_proxy_group': ''},
    ),
    (TOP / 'roles/socket_factory/templates/service.j2', {'socket_factory_namespace': 'blue'}),
    (TOP / 'roles/dhcp_client/templates/service.j2', {'dhcp_client_nameservers': False}),
]


def exposed(unit: pathlib.Path) -> tuple[float, str]:
    """What systemd-analyze(1) finds, and why."""
    if not shutil.which('systemd-analyze'):
        pytest.skip('systemd-analyze does not exist')
    done = subprocess.run(
        ['systemd-analyze', 'security', '--offline=true', '--no-pager', str(unit)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert 'Unknown' not in done.stderr, done.stderr
    score = re.search(r'Overall exposure level for \S+: ([0-9.]+)', done.stdout)
    assert score, done.stdout + done.stderr
    return float(score[1]), '\n'.join(line for line in done.stdout.splitlines() if '✗' in line)


@pytest.mark.parametrize(('template', 'values'), VARIANTS, ids=lambda value: str(value)[-60:])
def test_exposure_of_a_unit_is_low(
    tmp_path: pathlib.Path, template: pathlib.Path, values: dict[str, t.Any]
) -> None:
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    environment.filters['basename'] = lambda path: path.rpartition('/')[2]
    environment.tests['match'] = lambda text, pattern: re.match(pattern, text) is not None
    name = '%s-%s' % (template.parents[1].name, template.name.partition('.')[0])
    unit = tmp_path / ('%s@.service' % name if name.endswith('ready') else '%s.service' % name)
    unit.write_text(environment.from_string(template.read_text()).render({**VALUES, **values}))
    score, reasons = exposed(unit)
    assert score <= MOST, reasons


def test_exposure_of_the_unit_of_a_namespace_is_low(tmp_path: pathlib.Path) -> None:
    unit = tmp_path / 'netns@.service'
    unit.write_text(boot._NAMESPACE)
    score, reasons = exposed(unit)
    assert score <= MOST, reasons


def _checks_of_namespaces() -> dict[str, int]:
    """How the check in netns@.service ends for names in /run/netns."""
    world.run('ip netns add blue')
    pathlib.Path('/run/netns/left-over').touch()
    [command] = re.findall(r"ExecStart=/bin/sh -c '(.*?)'", boot._NAMESPACE, re.DOTALL)
    command = command.replace('\\\n', '').replace('$$', '$').replace('%%', '\0')
    ends = {}
    for name in ('blue', 'left-over', 'nowhere'):
        text = command.replace('%i', name).replace('\0', '%')
        ends[name] = subprocess.run(['/bin/sh', '-c', text], check=False, capture_output=True).returncode
    return ends


def test_the_unit_of_a_namespace_looks_at_the_namespace_itself() -> None:
    assert world.in_world(_checks_of_namespaces) == {'blue': 0, 'left-over': 1, 'nowhere': 1}
