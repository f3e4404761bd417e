# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of docs/coming_over.md."""

PAGE = """\
# Coming over from other tools

Filters translate the files of other tools into a document of the module `layout`. They need no host.

| filter | reads |
| --- | --- |
| [`from_ifstate`](#ifstate) | a configuration of ifstate, version 1 or 2 |
| [`from_netplan`](#netplan) | one file of netplan, or several in order |
| [`from_networkd`](#systemd-networkd) | `.netdev` and `.network` files of systemd-networkd |

Each filter

* reports all errors at once, each with its path in the file that it reads;
* refuses by name, with the reason, what it cannot translate. `leave_out` names keys to do without, by their
  paths or by their names alone;
* drops nothing silently. The keys that it passes over are listed below, each with the reason;
* returns a document that `validate` finds no errors in.

Translate a file once, look at the document, and keep it:

```yaml
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: "{{ {'multinet_layouts': [layout]} | to_nice_yaml(sort_keys=false) }}"
        dest: host_vars/router1.yml
        mode: '0644'
      vars:
        layout: "{{ lookup('ansible.builtin.file', 'ifstate.yml') | multinet.linux.from_ifstate('lan') }}"
```

The playbooks `multinet.linux.plan` and `multinet.linux.apply` then show and make what differs
([README](../README.md#usage)). Disable the other tool before you apply the document, so that both do not
manage the same links.

A host that the other tool has configured has links and addresses that belong to no scope. `plan` names them
as conflicts; set `multinet_adopt: true` to take them over as they are.

Defaults are those of a layout, which differ from other tools' in two points: duplicate address detection is
off unless `dad` is set, and a bond without monitoring settings gets `miimon: 100`.

## ifstate

```yaml
interfaces:
  br0: {link: {kind: bridge, br_stp_state: 1, state: up}, addresses: [192.0.2.1/24]}
  eth1: {link: {kind: physical, master: br0, state: up}, brport: {guard: true}}
routing:
  routes: [{to: 0.0.0.0/0, via: 192.0.2.254, preference: 100}]
```

becomes

```yaml
name: lan
links:
  - {name: br0, kind: bridge, state: up, link_local: true, stp: true, addresses: [192.0.2.1/24]}
  - {name: eth1, kind: physical, state: up, master: br0, port: {bpdu_guard: true}}
routes: [{to: 0.0.0.0/0, via: 192.0.2.254, metric: 100}]
```

Links have the keys of netlink, so that a key that the schema of ifstate does not list is translated too, if
a layout can say it. Give the filter the text of the file if it has `!include`: a key of WireGuard becomes
the path of a file on the host.

As with ifstate, a link without `state` is down. ifstate's `defaults` are applied. Cards in the
host's own network are known by their names; in a namespace also by `identify.perm_address`.

Not taken over:

%(ifstate_refused)s

Ignored:

%(ifstate_passed_over)s

## netplan

```yaml
network:
  ethernets:
    lan: {match: {name: enp3s0}}
    enp4s0: {addresses: [10.10.10.2/24], routes: [{to: default, via: 10.10.10.1}]}
  bridges:
    br0: {interfaces: [lan], addresses: [192.0.2.1/24], parameters: {stp: false}, accept-ra: false}
```

becomes

```yaml
name: lan
sysctls: {net/ipv6/conf/br0/accept_ra: 0}
routes: [{to: default, via: 10.10.10.1, dev: enp4s0}]
links:
  - {name: enp3s0, kind: physical, state: up, master: br0}
  - {name: enp4s0, kind: physical, state: up, addresses: [10.10.10.2/24]}
  - {name: br0, kind: bridge, stp: false, state: up, addresses: [192.0.2.1/24], link_local: true}
```

Several files are merged as netplan does it, and paths are those in the merged file. A card is known by
`set-name`, by `match.name` or by its ID; the layout does not rename it, so keep a `.link` file that does.
Without netplan, `dhcp4` needs another client: refused keys tell what you have to provide.

Not taken over:

%(netplan_refused)s

Ignored:

%(netplan_passed_over)s

## systemd-networkd

```ini
# 10-br0.netdev
[NetDev]
Name=br0
Kind=bridge

# 20-br0.network
[Match]
Name=br0
[Network]
Address=192.0.2.1/24
IPv6AcceptRA=no

# 30-lan.network
[Match]
Name=enp3s0
[Network]
Bridge=br0
```

becomes

```yaml
name: lan
links:
  - {name: br0, kind: bridge, state: up, addresses: [192.0.2.1/24], link_local: true}
  - {name: enp3s0, kind: physical, state: up, master: br0}
sysctls: {net/ipv6/conf/br0/accept_ra: 0}
```

The filter takes the texts of the files by their names. `[Match]` needs `Name=` without patterns, because
only the host knows what a pattern stands for. A link of a `.netdev` file that no `.network` file is about
is down, as with networkd. `.link` files are passed over: udev reads them, with or without networkd.

Not taken over:

%(networkd_refused)s

Ignored:

%(networkd_passed_over)s
"""
