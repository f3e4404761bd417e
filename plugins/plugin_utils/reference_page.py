# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of docs/reference.md around its tables."""

from __future__ import annotations

PAGE = """# Reference

Every key of a document, as the module `layout` takes it. This page is made from the tables that read
documents; `tools/reference` writes it. [layout.schema.json](layout.schema.json) says the same to editors
and other programs.

A key may be left out, or be null, unless it is required. A number may be written as text. In an entry with
`replicas`, every text may have expressions such as `{n}`.

Columns: *ip(8)* is the word of `ip`, *netlink* the attribute that carries the value to the kernel. *Another
value* tells whether a link changes in place or is removed and created again, with its addresses and routes.
A default that is *the kernel's* is what a new link has. Where another value means a new link, a key with such
a default that the document does not set, or no longer sets, is not compared: the link stays as it is.

## Document

The top level is the host's own namespace.

%(document)s

## Namespaces

Each has the keys of the top level but `namespaces`, and these. Its `name` is that of the namespace.

%(namespaces)s

## Links

`name` and `kind` are required. All kinds have these keys, `addresses` (a list of [addresses](#addresses))
and, for ports of a bridge, [`port`](#port).

%(common)s

%(kinds)s

### Rate, delay and loss

The short form of [queueing disciplines](#queueing-disciplines): what the link sends.

%(short)s

### Words for sysctls

Each is the same as the sysctls that it names, which may stand under `sysctls` in its place. With another
value there the document is refused.

%(words)s

### port

For a link whose `master` is a bridge.

%(port)s

## Addresses

An address is text, `ADDRESS/LENGTH`, or a dictionary. One whose `label`, `scope`, `prefix_route`, `peer`,
`broadcast`, `home`, `mngtmpaddr` or `autojoin` differs is removed and added again, as is one of IPv6 whose
`metric` differs. So is one whose `dad` differs, if `multinet` added it; before Linux 5.18 the kernel does not
tell, and `dad` counts when the address is added. Lifetimes, `protocol`, and the `metric` of IPv4 change in
place.

%(addresses)s

One in the list `addresses` of a namespace, or of the host, stands without its link, which may be that of
others. It is a dictionary, and has this key too:

%(dev)s

## Routes

The kernel identifies a route by `to`, `from`, `table`, `metric` and `tos`. With other values of these it is
another route; everything else is replaced in place.

%(routes)s

`nexthops` is a list of next hops in place of `via` and `dev`:

%(hops)s

Metrics:

%(metrics)s

`encap` is a dictionary with `type` and the keys of that:

%(encaps)s

## Nexthop objects

Routes go over a nexthop object by `nhid`. What changes of one changes for all routes at once. One that
becomes a group, or gets another `family`, `fdb`, `blackhole`, `type` or `buckets`, needs another `id`. Those
of others are never touched, also in exclusive namespaces.

%(nexthops)s

## Policy rules

A rule with any other value is another rule.

%(rules)s

## Neighbours

Permanent neighbours, and proxy entries: addresses that a link answers for. The kernel identifies an entry by
`to`, `dev` and `proxy`; everything else changes in place. Neighbours that the kernel learns are not
managed: they are never touched, and a declared entry replaces the learned one.

%(neighbours)s

## Forwarding databases

The kernel identifies an entry by `lladdr`, `dev`, `master`, `vlan` and `src_vni`, and those of a VXLAN for
groups and for `00:00:00:00:00:00` also by `dst`, `port`, `vni` and `via`: it may have several, and floods to
all. Everything else changes in place. Addresses that bridges and VXLANs learn are not managed. The kernel
does not tell who made an entry: without the record of the scope, those that it made stay when it is removed.

Of a bridge that filters by VLANs each entry needs `vlan`. Of another bridge, the kernel copies an entry
without one to every VLAN of the port.

%(fdb)s

## Queueing disciplines

An entry is a qdisc of a link with its `kind`, or takes the keys of [the short form](#rate-delay-and-loss).

%(place)s

Rates, times, sizes and percentages are those of `tc(8)`: `100mbit`, `20ms`, `32kb`, `1%%`. A rate without a
unit counts bits a second, a size bytes; a time needs its unit. A qdisc with another `kind`, `handle` or
`parent`, or another value where *new qdisc* is said, is replaced, with what is in it.

%(qdiscs)s

### Classes

`classes` of a qdisc of kind htb is a list of classes, each after the one that it is in. Their settings change
in place; with other classes or filters the qdisc is a new one.

%(classes)s

### Filters

`filters` of a qdisc of kind htb is a list: a packet goes into the class of the first filter that it matches.

%(filters)s

### Between addresses

An entry without `kind` may be about the packets between some addresses alone. They get a class of an htb of
their own; an entry of the link without addresses is for all others.

%(pair)s

## iptables

One entry is a chain.

%(chains)s

A rule is text as `iptables-save` prints it, without `-A CHAIN`, or a dictionary of these keys. It has
exactly one target: `jump`, `masquerade`, `snat`, `dnat`, `redirect` or `clamp_mss`.

%(keys)s

## nftables

One entry is a table.

%(tables)s

## What the schema does not see

The JSON Schema looks at each object for itself. Only the module itself, or the filter `validate`, finds

* what is between objects: missing links and namespaces, gateways on no network, objects that are declared
  twice, words that contradict sysctls;
* what is to be calculated: host bits of a prefix, ranges in text, expressions of replicas;
* families of addresses that do not fit each other, and keys that compare two values (`goto`, `label`,
  `forward_delay` with `stp`);
* what depends on the mode of iptables, and the texts of firewall rules, which iptables and nft read.
"""
