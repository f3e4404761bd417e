# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles for services and crossings say of wrong variables, before they touch a host. What they do:
the scenario signalling."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

from ansible_collections.multinet.linux.tests import tree

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
NO_FOLDERS_FOR_SOCKETS = [
    '/run',
    '/run/',
    '/run//',
    '/run/../srv',
    '/run/a/../b',
    '/run/./a',
    '/run/a//b',
    '/run/a/',
    '/run/a\n',
    '/run/netns/a',
]
NO_BACK_ENDS = ['/run/x\n', '/run/"x', '/run/$x', 'a:80\n']
NO_SERVER_NAMES = ['b;', 'c d', 'e\n', '{f']


def problems_of(text: str, values: list[str]) -> list[str]:
    """The problem of each value; a role writes a line break as \\n."""
    return [text % value.replace('\n', r'\n') for value in values]


NO_FOLDER_PROBLEMS = problems_of(
    'socket_directories_folders: is not a folder for sockets (found %s, want a folder below'
    ' /run, where all networks see it)',
    NO_FOLDERS_FOR_SOCKETS,
)
NO_BACK_END_PROBLEMS = problems_of(
    'unix_proxy_to: is not a back end (found %s, want a path, HOST:PORT or [ADDRESS]:PORT)',
    NO_BACK_ENDS,
)
NO_SERVER_NAME_PROBLEMS = problems_of(
    'unix_proxy_server_names: is not a valid server name for nginx (found %s, want a name'
    ' without blanks, quotes, ";", "{" and "}")',
    NO_SERVER_NAMES,
)
WRONG: list[tuple[str, dict[str, t.Any], list[str]]] = [
    (
        'namespace_service',
        {'namespace_service_namespace': 'host', 'namespace_service_units': ['a.service', 'b', 'c.socket']},
        [
            'namespace_service_namespace: is not a valid namespace name (found host, want letters,'
            ' digits, "_", "." and "-", or %i for units that are templates)',
            'namespace_service_units: is not a service (found b, want a name that ends with .service)',
            'namespace_service_units: is not a service (found c.socket, want a name that ends with .service)',
        ],
    ),
    (
        'namespace_service',
        {'namespace_service_namespace': '%i', 'namespace_service_units': ['a.service', 'b@.service']},
        [
            'namespace_service_units: has no instance to name the namespace after (found a.service'
            ' and namespace %i, want a template such as name@.service)'
        ],
    ),
    (
        'socket_factory',
        {'socket_factory_name': '-x', 'socket_factory_clients_per_user': 257},
        [
            'socket_factory_name: is no name for a factory (found -x, want at most 23 small'
            ' letters, digits and "-", a letter first)',
            'socket_factory_clients_per_user: is not a share (found 257, want 1 to 256, which is'
            ' socket_factory_clients)',
            'socket_factory_allow: is empty, so that the factory would hand out nothing; name'
            ' hosts and ports',
        ],
    ),
    (
        'socket_directories',
        {'socket_directories_folders': [{'path': '/tmp/x', 'group': 'y', 'mode': '0777'}]},
        [
            'socket_directories_folders: is not a folder for sockets (found /tmp/x, want a folder'
            ' below /run, where all networks see it)',
            'socket_directories_folders: is a mode for everybody (found 0777, want one whose last'
            ' digit is 0 or 1)',
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
            'unix_proxy_name: is not a valid name (found a b, want letters, digits, "_" and "-")',
            'unix_proxy_listen: is not an address to listen on (found 80, want ADDRESS:PORT'
            ' or [ADDRESS]:PORT)',
            'unix_proxy_to: is not one place (found 2); a proxy of this kind leads to one, nginx to many',
            'unix_proxy_to: is not a back end (found relative, want a path, HOST:PORT or [ADDRESS]:PORT)',
        ],
    ),
    (
        'unix_proxy',
        {'unix_proxy_name': 'a', 'unix_proxy_kind': 'nginx', 'unix_proxy_namespace': 'blue'},
        [
            'unix_proxy_listen: is empty; say where to listen',
            'unix_proxy_to: is empty; say where the back end is',
            'unix_proxy_namespace: nginx listens where it runs (found blue); put its service'
            ' there, or choose another kind',
        ],
    ),
    (
        'unix_proxy',
        {'unix_proxy_name': 'a', 'unix_proxy_kind': 'activation', 'unix_proxy_listen': ['10.0.0.1:80']},
        [
            'unix_proxy_service: is not a service (found , want the one that takes the connections, a'
            ' name that ends with .service)'
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
            'dhcp_client_namespace: is not a valid namespace name (found host, want letters, digits,'
            ' "_", "." and "-"); the host has a client of its own',
            'dhcp_client_link: is not a valid link name (found a/b, want letters, digits, "_", "."'
            ' and "-", 15 at most)',
            'dhcp_client_hostname: is not a host name (found x y, want letters, digits, "." and "-")',
            'dhcp_client_resolver_options: is not an option of resolv.conf (found a b)',
        ],
    ),
    (
        'signalling_split',
        {'signalling_split_dhcp': [{'metric': 5}]},
        [
            'signalling_split_links: is empty; name the card, VLAN or other link to the signalling network',
            "signalling_split_dhcp: has no link (found {'metric': 5}); name the link that gets its"
            " address by DHCP",
        ],
    ),
    (
        'namespace_service',
        {
            'namespace_service_namespace': 'blue\n',
            'namespace_service_namespace_unit': 'x.service\nAlias=y.service',
            'namespace_service_units': ['a.service\n'],
            'namespace_service_after': ['b.service\n[Service]\nUser=root'],
        },
        [
            r'namespace_service_namespace: is not a valid namespace name (found blue\n, want letters,'
            r' digits, "_", "." and "-", or %i for units that are templates)',
            r'namespace_service_namespace_unit: is not a unit (found x.service\nAlias=y.service, want'
            r' a name such as netns@blue.service, or nothing)',
            r'namespace_service_units: is not a service (found a.service\n, want a name that ends'
            r' with .service)',
            r'namespace_service_after: is not a unit (found b.service\n[Service]\nUser=root, want a'
            r' name such as dhcp.service)',
        ],
    ),
    (
        'socket_factory',
        {
            'socket_factory_name': 'management\n',
            'socket_factory_namespace': 'a/b',
            'socket_factory_namespace_unit': 'a b',
            'socket_factory_group': 'wheel\nSocketMode=0666',
            'socket_factory_users': ['root', 'a b'],
            'socket_factory_allow': [{'host': '10.0.0.1', 'port': 22}],
            'socket_factory_clients': 0,
            'socket_factory_connect_timeout': 0,
        },
        [
            r'socket_factory_name: is no name for a factory (found management\n, want at most 23'
            r' small letters, digits and "-", a letter first)',
            'socket_factory_namespace: is not a valid namespace name (found a/b, want letters,'
            ' digits, "_", "." and "-", or host)',
            'socket_factory_namespace_unit: is not a unit (found a b, want a name such as'
            ' netns@blue.service, or nothing)',
            r'socket_factory_group: is not a valid group name (found wheel\nSocketMode=0666, want'
            r' letters, digits, "_", "." and "-")',
            'socket_factory_users: is not a valid user name (found a b,'
            ' want letters, digits, "_", "." and "-")',
            'socket_factory_clients: is too small (found 0, want at least 1)',
            'socket_factory_connect_timeout: is too small (found 0, want at least 1)',
        ],
    ),
    (
        'socket_directories',
        {
            'socket_directories_name': 'crossing\n',
            'socket_directories_folders': [
                *({'path': path, 'group': 'g'} for path in [*NO_FOLDERS_FOR_SOCKETS, '/run/a']),
                {'path': '/run/b', 'group': 'a b', 'owner': 'root -\nd /etc'},
                {'path': '/run/a/c', 'group': 'g', 'mode': '0770\n'},
                {'path': '/run/d', 'group': 'g', 'mode': '2770'},
                {'path': '/run/d/e', 'group': 'g'},
                {'path': '/run/b/c', 'group': 'g'},
            ],
        },
        [
            r'socket_directories_name: is not a valid name (found crossing\n,'
            ' want letters, digits, "_" and "-")',
            *NO_FOLDER_PROBLEMS,
            r'socket_directories_folders: is not a valid owner name (found root -\nd /etc of /run/b,'
            r' want letters, digits, "_", "." and "-")',
            'socket_directories_folders: is not a valid group name (found a b of /run/b, want'
            ' letters, digits, "_", "." and "-")',
            r'socket_directories_folders: is a mode for everybody (found 0770\n, want one whose'
            r' last digit is 0 or 1)',
            'socket_directories_folders: is below a folder that others may write (found /run/b/c'
            ' below /run/b, whose owner or group could lead it elsewhere)',
            'socket_directories_folders: is below a folder that others may write (found /run/d/e'
            ' below /run/d, whose owner or group could lead it elsewhere)',
        ],
    ),
    (
        'unix_proxy',
        {
            'unix_proxy_name': 'a\n',
            'unix_proxy_kind': 'nginx',
            'unix_proxy_namespace': 'blue\n',
            'unix_proxy_namespace_unit': 'a b',
            'unix_proxy_to_namespace': 'a b',
            'unix_proxy_to_namespace_unit': 'a\n',
            'unix_proxy_group': 'a;b',
            'unix_proxy_nginx_user': 'a b',
            'unix_proxy_nginx_folder': 'etc\n',
            'unix_proxy_listen': ['10.0.0.1:80\n', '10.0.0.1:65536'],
            'unix_proxy_to': NO_BACK_ENDS,
            'unix_proxy_server_names': ['_', '*.a.example', '~^a[0-9]+\\.example$', *NO_SERVER_NAMES],
        },
        [
            r'unix_proxy_name: is not a valid name (found a\n, want letters, digits, "_" and "-")',
            r'unix_proxy_namespace: is not a valid namespace name (found blue\n, want letters,'
            r' digits, "_", "." and "-", or host)',
            'unix_proxy_to_namespace: is not a valid namespace name (found a b, want letters, digits,'
            ' "_", "." and "-", or host)',
            'unix_proxy_namespace_unit: is not a unit (found a b, want a name such as'
            ' netns@blue.service, or nothing)',
            r'unix_proxy_to_namespace_unit: is not a unit (found a\n, want a name such as'
            r' netns@blue.service, or nothing)',
            'unix_proxy_group: is not a valid group name (found a;b, want letters, digits, "_", "." and "-")',
            'unix_proxy_nginx_user: is not a valid user name (found a b, want letters, digits, "_",'
            ' "." and "-")',
            r'unix_proxy_nginx_folder: is not a folder (found etc\n, want a path of letters, digits,'
            r' "_", "." and "-")',
            r'unix_proxy_listen: is not an address to listen on (found 10.0.0.1:80\n, want ADDRESS:PORT or'
            r' [ADDRESS]:PORT)',
            'unix_proxy_listen: is not an address to listen on (found 10.0.0.1:65536, want ADDRESS:PORT or'
            ' [ADDRESS]:PORT)',
            *NO_BACK_END_PROBLEMS,
            *NO_SERVER_NAME_PROBLEMS,
            r'unix_proxy_namespace: nginx listens where it runs (found blue\n); put its service'
            r' there, or choose another kind',
        ],
    ),
    (
        'dhcp_client',
        {
            'dhcp_client_namespace': 'blue\n',
            'dhcp_client_namespace_unit': 'a\nb',
            'dhcp_client_link': 'eth0\n',
            'dhcp_client_hostname': 'x\n',
            'dhcp_client_resolver_options': ['rotate\n'],
        },
        [
            r'dhcp_client_namespace: is not a valid namespace name (found blue\n, want letters,'
            r' digits, "_", "." and "-"); the host has a client of its own',
            r'dhcp_client_namespace_unit: is not a unit (found a\nb, want a name such as'
            r' netns@blue.service, or nothing)',
            r'dhcp_client_link: is not a valid link name (found eth0\n, want letters, digits, "_",'
            r' "." and "-", 15 at most)',
            r'dhcp_client_hostname: is not a host name (found x\n, want letters, digits, "." and "-")',
            r'dhcp_client_resolver_options: is not an option of resolv.conf (found rotate\n)',
        ],
    ),
    (
        'prepare',
        {'prepare_wheel_requirement': 'pyroute2', 'prepare_wheel_sha256': ''},
        [
            'prepare_wheel_sha256: is no SHA-256 (found , want the 64 hexadecimal digits of the'
            ' wheel that prepare_wheel_requirement names)',
            'prepare_wheel_requirement: is not a single version (found pyroute2, want one such as'
            ' pyroute2==0.9.7, with its SHA-256 in prepare_wheel_sha256)',
        ],
    ),
]


def test_all_that_is_wrong_is_told_at_once(tmp_path: pathlib.Path) -> None:
    said = [tmp_path / ('said-%d' % number) for number in range(len(WRONG))]
    plays = [
        PLAY % {'role': role, 'variables': json.dumps(variables), 'said': path}
        for (role, variables, _problems), path in zip(WRONG, said)
    ]
    (tmp_path / 'play.yml').write_text(''.join(plays))
    environment = {
        **os.environ,
        'ANSIBLE_COLLECTIONS_PATH': str(tree.COLLECTIONS),
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
    for (role, _variables, problems), path in zip(WRONG, said):
        assert path.read_text().splitlines() == problems, role
