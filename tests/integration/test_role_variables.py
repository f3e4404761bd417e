# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles for services and crossings say of wrong variables, before they touch a host. What they do: the scenario signalling."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

from ansible_collections.multinet.linux.tests import generator

PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - block:
        - include_role: {name: multinet.linux.%(role)s}
          vars: %(variables)s
      rescue:
        - copy: {content: "{{ ansible_failed_result.msg }}", dest: %(said)s, mode: "0600"}
"""
WRONG: list[tuple[str, dict[str, t.Any], list[str]]] = [
    (
        'namespace_service',
        {'namespace_service_namespace': 'host', 'namespace_service_units': ['a.service', 'b', 'c.socket']},
        [
            'namespace_service_namespace: is no name for a namespace (found host, want letters, digits, "_", "." and "-", or %i for units that are templates)',
            'namespace_service_units: is no service (found b, want a name that ends with .service)',
            'namespace_service_units: is no service (found c.socket, want a name that ends with .service)',
        ],
    ),
    (
        'namespace_service',
        {'namespace_service_namespace': '%i', 'namespace_service_units': ['a.service', 'b@.service']},
        [
            'namespace_service_units: has no instance to name the namespace after (found a.service and namespace %i, want a template such as name@.service)'
        ],
    ),
    (
        'socket_factory',
        {'socket_factory_name': '-x'},
        [
            'socket_factory_name: is no name for a factory (found -x, want at most 23 small letters, digits and "-", a letter first)',
            'socket_factory_allow: is empty, so that the factory would hand out nothing; name hosts and ports',
        ],
    ),
    (
        'socket_directories',
        {'socket_directories_folders': [{'path': '/tmp/x', 'group': 'y', 'mode': '0777'}]},
        [
            'socket_directories_folders: is no place for sockets (found /tmp/x, want a folder below /run, where all networks see it)',
            'socket_directories_folders: is a mode for everybody (found 0777, want one whose last digit is 0 or 1)',
        ],
    ),
    (
        'unix_proxy',
        {
            'unix_proxy_name': 'a b',
            'unix_proxy_listen': ['80', '10.0.0.1:80', '[fd00::1]:80'],
            'unix_proxy_to': ['relative', '/run/x'],
        },
        [
            'unix_proxy_name: is no name (found a b, want letters, digits, "_" and "-")',
            'unix_proxy_listen: is no place to listen (found 80, want ADDRESS:PORT or [ADDRESS]:PORT)',
            'unix_proxy_to: is not one place (found 2); a proxy of this kind leads to one, nginx to many',
            'unix_proxy_to: is no place of a back end (found relative, want a path, HOST:PORT or [ADDRESS]:PORT)',
        ],
    ),
    (
        'unix_proxy',
        {'unix_proxy_name': 'a', 'unix_proxy_kind': 'nginx', 'unix_proxy_namespace': 'blue'},
        [
            'unix_proxy_listen: is empty; say where to listen',
            'unix_proxy_to: is empty; say where the back end is',
            'unix_proxy_namespace: nginx listens where it runs (found blue); put its service there, or choose another kind',
        ],
    ),
    (
        'unix_proxy',
        {'unix_proxy_name': 'a', 'unix_proxy_kind': 'activation', 'unix_proxy_listen': ['10.0.0.1:80']},
        [
            'unix_proxy_service: is no service (found , want the one that takes the connections, a name that ends with .service)'
        ],
    ),
    (
        'dhcp_client',
        {
            'dhcp_client_namespace': 'host',
            'dhcp_client_link': 'a/b',
            'dhcp_client_hostname': 'x y',
            'dhcp_client_resolver_options': ['a b'],
        },
        [
            'dhcp_client_namespace: is no name for a namespace (found host, want letters, digits, "_", "." and "-"); the host has a client of its own',
            'dhcp_client_link: is no name for a link (found a/b, want letters, digits, "_", "." and "-", 15 at most)',
            'dhcp_client_hostname: is no host name (found x y, want letters, digits, "." and "-")',
            'dhcp_client_resolver_options: is no option of resolv.conf (found a b)',
        ],
    ),
    (
        'signalling_split',
        {'signalling_split_dhcp': [{'metric': 5}]},
        [
            'signalling_split_links: is empty; name the card, VLAN or other link to the signalling network',
            "signalling_split_dhcp: has no link (found {'metric': 5}); name the link that gets its address by DHCP",
        ],
    ),
]


def test_all_that_is_wrong_is_told_at_once(tmp_path: pathlib.Path) -> None:
    root = next(
        parent for parent in pathlib.Path(generator.__file__).parents if parent.name == 'ansible_collections'
    ).parent
    said = [tmp_path / ('said-%d' % number) for number in range(len(WRONG))]
    plays = [
        PLAY % {'role': role, 'variables': json.dumps(variables), 'said': path}
        for (role, variables, _faults), path in zip(WRONG, said)
    ]
    (tmp_path / 'play.yml').write_text(''.join(plays))
    environment = {
        **os.environ,
        'ANSIBLE_COLLECTIONS_PATH': str(root),
        'ANSIBLE_LOCAL_TEMP': str(tmp_path),
        'ANSIBLE_REMOTE_TEMP': str(tmp_path),
    }
    done = subprocess.run(
        [
            os.path.join(os.path.dirname(sys.executable), 'ansible-playbook'),
            '-i',
            'localhost,',
            '-e',
            'ansible_python_interpreter=%s' % sys.executable,
            str(tmp_path / 'play.yml'),
        ],
        env=environment,
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for (role, _variables, faults), path in zip(WRONG, said):
        assert path.read_text().splitlines() == faults, role
