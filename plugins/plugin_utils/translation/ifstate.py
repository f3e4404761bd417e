# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the configuration of ifstate, of its versions 1 and 2, to a document."""

from __future__ import annotations

import re
import typing as t

from .ifstate_keys import (
    DEFAULTS,
    NEXTHOP,
    PARAMETERS,
    ROUTE,
    RULE,
    TOP,
)
from .ifstate_links import IfstateLinks
from .included import Included, loaded
from .keys import Section
from .translation import Entry, Translation
from .veths import VethEnd, join_pairs

_SYSCTL_GROUPS = ('ipv4', 'ipv6')


def from_ifstate(data: t.Any, name: str, leave_out: t.Collection[str] = ()) -> Entry:
    """The document for what a configuration of ifstate declares, text or what YAML makes of it. Raises
    InputError with all problems, each with its path there."""
    run = Translation(leave_out)
    return run.finish(translate(loaded(data), name, run))


def translate(data: t.Any, name: str, run: Translation) -> Entry:
    """The document, as far as it can be made; problems are noted."""
    document: Entry = {'name': name}
    config = Section(data, '', run)
    parameters = config.below('parameters')
    defaults = [*_defaults(parameters), *_defaults(config)]
    parameters.translate(PARAMETERS, {})
    parameters.done()
    config.translate(TOP, {})
    options = config.below('options')
    _take_sysctls(options, document)
    options.done()
    ends = _take_contents(config, document, defaults, '')
    for namespace in config.below('namespaces').data:
        below = config.below('namespaces').below(namespace)
        entry: Entry = {'name': namespace}
        run.append(document, 'namespaces', entry, below.path)
        below.translate({'bpf': TOP['bpf']}, {})
        ends += _take_contents(below, entry, defaults, namespace)
        below.done()
    config.done()
    _add_pairs(document, ends, run)
    return document


def _defaults(section: Section) -> list[Entry]:
    """The defaults of links, each with ``match`` and ``link``."""
    entries = []
    for key in ('defaults', 'defaults_builtin'):
        for below in section.sections(key):
            matches = [_match(match) for match in below.sections('match')]
            entries.append({'match': matches, 'link': below.reader.mapping('link')})
            below.translate(DEFAULTS, {})
            below.done()
    return entries


def _match(section: Section) -> Entry:
    match = {key: section.take(key) for key in ('ifname', 'kind') if key in section.data}
    section.done()
    return match


def _take_contents(
    section: Section, made: Entry, defaults: t.Sequence[Entry], namespace: str
) -> list[VethEnd]:
    """What the top level and each namespace have. Gives the ends of veths: the other one may be anywhere."""
    links = IfstateLinks(made, defaults, namespace)
    for interface in _interfaces(section):
        links.take(interface)
    _take_sysctls(section, made)
    routing = section.below('routing')
    for route in routing.sections('routes'):
        _take_route(route, made)
    for rule in routing.sections('rules'):
        entry: Entry = {}
        rule.translate(RULE, entry)
        rule.done()
        rule.run.append(made, 'rules', entry, rule.path)
    routing.done()
    return links.veths


def _interfaces(section: Section) -> t.Iterator[Section]:
    """The interfaces, which version 1 has as a list and version 2 by their names."""
    given = section.data.get('interfaces')
    if isinstance(given, list):
        yield from section.sections('interfaces')
        return
    members = section.below('interfaces')
    for name in members.data:
        interface = members.below(name)
        interface.data['name'] = name
        yield interface


def _take_route(section: Section, made: Entry) -> None:
    entry: Entry = {}
    section.translate(ROUTE, entry)
    for hop in section.sections('multipath'):
        nexthop: Entry = {}
        hop.translate(NEXTHOP, nexthop)
        hop.done()
        section.run.append(entry, 'nexthops', nexthop, hop.path)
    section.done()
    section.run.append(made, 'routes', entry, section.path)


def _take_sysctls(section: Section, made: Entry) -> None:
    """The settings of all links, of new links, and of the namespace."""
    below = section.below('sysctl')
    sysctls: Entry = made.setdefault('sysctls', {})
    for which in ('all', 'default'):
        group = below.below(which)
        take_link_sysctls(group, sysctls, which)
        group.done()
    for protocol in ('mpls', 'mptcp', 'vrf'):
        _take_protocol(below.below(protocol), sysctls, protocol)
    below.done()
    _take_sysctl_conf(section, sysctls)
    if not sysctls:
        del made['sysctls']


def _take_protocol(section: Section, sysctls: Entry, protocol: str) -> None:
    for key in section.data:
        section.run.put(sysctls, 'net/%s/%s' % (protocol, key), section.take(key), section.at(key))


def take_link_sysctls(section: Section, sysctls: Entry, link: str) -> None:
    """The groups ipv4 and ipv6 of a link, or of ``all`` or ``default``."""
    for group in _SYSCTL_GROUPS:
        below = section.below(group)
        for key in below.data:
            below.run.put(sysctls, 'net/%s/conf/%s/%s' % (group, link, key), below.take(key), below.at(key))


def _take_sysctl_conf(section: Section, sysctls: Entry) -> None:
    """Lines of sysctl.conf(5)."""
    text = section.take('sysctl_conf')
    if isinstance(text, Included):
        section.refuse('sysctl_conf', 'it is in another file, %s, which is not read' % text.path)
        return
    for line in str(text or '').splitlines():
        key, is_set, value = line.partition('=')
        if re.match(r'\s*([#;]|$)', line):
            continue
        if is_set:
            section.run.put(sysctls, key.strip(), value.strip(), section.at('sysctl_conf'))
        else:
            section.refuse('sysctl_conf', 'a line is not KEY = VALUE (found %r)' % line)


def _add_pairs(document: Entry, ends: t.Sequence[VethEnd], run: Translation) -> None:
    places = {entry['name']: entry for entry in document.get('namespaces', [])}
    for end in join_pairs(ends, run):
        place = places[end.namespace] if end.namespace else document
        run.append(place, 'links', end.entry, end.path.rpartition('.link.')[0])


__all__ = ['from_ifstate', 'translate']
