# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A play of all modules that change something, on a host that has nothing: with --check its tasks tell what
they do without."""

from __future__ import annotations

import pathlib
import re

from ansible_collections.multinet.linux.tests.integration.pretend_host import play

_PLAY = """
- hosts: all
  gather_facts: false
  serial: 1
  module_defaults:
    group/multinet.linux.layout: {confirm: never}
  tasks:
    - multinet.linux.netns: {name: "{{ inventory_hostname }}"}
    - multinet.linux.netns: {name: shared}
      delegate_to: pretend
    - multinet.linux.veth:
        namespace: "{{ inventory_hostname }}"
        name: eth0
        addresses: ["10.7.{{ number }}.2/24"]
        peer: {name: "wire{{ number }}", addresses: ["10.7.{{ number }}.1/24"]}
- hosts: pretend
  gather_facts: false
  module_defaults:
    group/multinet.linux.layout: {confirm: never}
  tasks:
    - multinet.linux.ns_route:
        namespace: pretend
        routes: [{to: default, via: 10.7.1.1}, {to: 10.99.0.0/16, dev: eth0}]
        rules: [{priority: 100, from: 10.7.0.0/24, table: 100}]
    - multinet.linux.ns_sysctl:
        namespace: pretend
        sysctls: {net.ipv4.ip_forward: 1, net.ipv4.conf.eth0.rp_filter: 2}
    - multinet.linux.ns_iptables: &rules
        namespace: pretend
        chains:
          - {chain: INPUT, rules: ["-p tcp --dport 22 -j ACCEPT"]}
          - {chain: OUTPUT, rules: ["-d 192.0.2.9 -j DROP"]}
    - multinet.linux.ns_iptables: *rules
    - multinet.linux.ns_nftables: &table
        namespace: pretend
        content: 'chain i { type filter hook input priority 0; iif "eth0" tcp dport 80 accept; }'
    - multinet.linux.ns_nftables: *table
    - multinet.linux.ns_link: {namespace: pretend, name: br0, kind: bridge}
    - multinet.linux.ns_link: {namespace: pretend, name: "v{{ item }}", kind: macvlan, link: eth0}
      loop: [1, 2, 1]
    - multinet.linux.ns_route: {namespace: shared, routes: [{to: 10.98.0.0/16, type: blackhole}]}
    - multinet.linux.listener_bind:
        internal: [10.7.0.0/16]
        listeners:
          - {name: inside, namespace: pretend, address: "{iface:eth0}", port: 80, proto: tcp, type: internal}
          - {name: host, address: 10.7.1.1, port: 80, proto: tcp, type: internal}
    - multinet.linux.layout:
        name: more
        keep: false
        namespaces:
          - name: pretend
            create: false
            links: [{name: mv, kind: macvlan, link: eth0, addresses: [10.8.0.1/24]}]
          - name: other
    - multinet.linux.ns_route: {namespace: other, routes: [{to: 10.98.0.0/16, type: blackhole}]}
    - multinet.linux.ns_link: {namespace: pretend, name: br0, state: absent}
    - multinet.linux.ns_link: {namespace: pretend, name: br0, state: absent}
    - multinet.linux.ns_route: {namespace: pretend, routes: [{to: default}], state: absent}
    - multinet.linux.netns: {name: shared, state: absent}
    - multinet.linux.netns: {name: shared}
"""
_HOST = 'ansible_connection=local ansible_python_interpreter={{ansible_playbook_python}}'


def test_a_play_in_check_mode_tells_what_it_does(tmp_path: pathlib.Path) -> None:
    book = tmp_path / 'play.yml'
    book.write_text(_PLAY, encoding='ascii')
    told = []
    for options in (['--check', '--diff'], ['--diff']):
        inventory = 'number=1\nsecond %s number=2' % _HOST
        status, output = play(tmp_path, book, inventory=inventory, options=options)
        assert not status, output
        told.append(re.findall(r'^(?:changed|ok|skipping): .*', output, re.MULTILINE))
        warned = 'namespace pretend does not exist yet: earlier tasks of this play would create it' in output
        assert warned == ('--check' in options)
    assert told[0] == told[1]
    assert [line.split(':')[0] for line in told[0]].count('ok') == 5, told[0]
