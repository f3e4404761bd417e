# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host does at boot: it applies the kept document of each scope, each for itself."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
import time
import typing as t

from ..kernel.codec import MissingLibrary
from ..objects.draft import Mode, Policy
from ..values import expand
from ..values.names import HOST, End
from ..values.problems import MISSING_LINK, EngineError, Failure, InputError, Problems
from . import boot as keep
from .pipeline import converge

_WAIT_FOR_LINKS = 15.0  # seconds
_POLL = 0.25
_FAILURES = (EngineError, InputError, MissingLibrary)
_FIREWALL = ('iptables', 'iptables_mode', 'nftables')

Kept = t.Mapping[str, t.Any]
"""A kept document with its policy: {document, policy}."""
Contents = t.Mapping[str, t.Any]
"""What a document says of one namespace."""
Missing = t.Optional['set[End]']
"""Links that a scope had to do without; None if the scope failed."""
Say = t.Callable[[str, t.TextIO], None]


def policy_of(kept: Kept) -> Policy:
    return Policy(adopt=bool(kept['policy'].get('adopt')), overlap=bool(kept['policy'].get('overlap')))


def problems_of(error: Exception) -> list[str]:
    return list(error.texts()) if isinstance(error, Failure) else [str(error)]


def apply_all(say: Say) -> int:
    """Apply all documents. A network card that does not come leaves its own part out; the rest does not wait
    for it.

    Returns 1 if anything is missing. A scope that fails, in whatever way, stops no other one.
    """
    kept = _readable_documents(say)
    results: dict[str, Missing] = dict.fromkeys(keep.scopes())
    if len(kept) > 1:  # each scope has its rules before its links, but not before those of another one
        for scope, document in kept.items():
            _reported(say, scope, lambda document=document: _close(document))
    _apply(say, kept, results)
    deadline = time.monotonic() + _WAIT_FOR_LINKS
    links = socket.if_nameindex()
    while any(results.values()) and time.monotonic() < deadline:
        time.sleep(_POLL)  # the card may still be on its way
        present = socket.if_nameindex()
        if present != links:
            links = present
            _apply(say, {scope: kept[scope] for scope, missing in results.items() if missing}, results)
    for scope, missing in results.items():
        if missing:
            names = ', '.join(sorted(name for _namespace, name in missing))
            say('%s: left out: %s and what hangs on it' % (scope, names), sys.stderr)
    return 1 if any(missing is None or missing for missing in results.values()) else 0


def _apply(say: Say, kept: t.Mapping[str, Kept], results: dict[str, Missing]) -> None:
    for scope, document in kept.items():
        results[scope] = _reported(
            say, scope, lambda scope=scope, document=document: _bring_up(say, scope, document)
        )


def _reported(say: Say, scope: str, work: t.Callable[[], t.Any]) -> t.Any:
    """What *work* returns. Whatever goes wrong with one scope, a document of another shape or a mistake of
    ours, the others have to come up.
    """
    try:
        return work()
    except Exception as error:
        say('%s: %s: %s' % (scope, type(error).__name__, error), sys.stderr)
        return None


def _readable_documents(say: Say) -> dict[str, Kept]:
    """The kept documents. If the last one of a scope cannot be read, the one before it stands in.

    Documents that enter namespaces of others come last.
    """
    documents: dict[str, Kept] = {}
    for scope in keep.scopes():
        for previous in (False, True):
            try:
                kept = keep.document(scope, previous)
            except EngineError as error:
                say('%s: %s' % (scope, error), sys.stderr)
                continue
            if kept is not None:
                documents[scope] = kept
                if previous:
                    say('%s: the document before it is applied' % scope, sys.stderr)
            break
    return dict(sorted(documents.items(), key=lambda item: _enters(item[1])))


def _enters(kept: Kept) -> bool:
    """Whether a document enters namespaces that another one may have to make first."""
    namespaces = kept['document'].get('namespaces')
    entries = namespaces if isinstance(namespaces, list) else []
    return any(isinstance(entry, dict) and entry.get('create') is False for entry in entries)


def _close(kept: Kept) -> None:
    """Put the host's firewall of a scope in place. Its problems are reported with those of the scope."""
    document = kept['document']
    rules = {key: document[key] for key in _FIREWALL if document.get(key)}
    if rules:
        with contextlib.suppress(*_FAILURES):
            policy = policy_of(kept)._replace(mode=Mode.ADD, whole_tables_of=HOST)
            converge({'name': document['name'], **rules}, policy=policy)


def _bring_up(say: Say, scope: str, kept: Kept) -> Missing:
    """Apply a scope, without the links that are missing and what hangs on them: returns these, or None if it
    failed.
    """
    missing: set[End] = set()
    while True:
        try:
            outcome = converge(_without_missing(kept['document'], missing), policy=policy_of(kept))
            say('%s: %d objects made or changed' % (scope, len(outcome.changes)), sys.stdout)
            return missing
        except _FAILURES as error:
            newly_missing = _missing_links(error) - missing
            if not newly_missing:
                for problem in problems_of(error):
                    say('%s: %s' % (scope, problem), sys.stderr)
                return None
            missing |= newly_missing


def _missing_links(error: Exception) -> set[End]:
    problems = error.problems if isinstance(error, Failure) else ()
    return {problem.subject for problem in problems if problem.kind == MISSING_LINK}


def _without_missing(document: Contents, missing: t.Collection[End]) -> dict[str, t.Any]:
    """The document less the links that are missing, each by namespace and name, and what hangs on them."""
    remaining = {**document, **_remaining(document, _names_in(HOST, missing))}
    namespaces = document.get('namespaces') or []
    if any(namespace != HOST for namespace, _name in missing):
        namespaces = [member for entry in namespaces for member in _replicas_of(entry)]
    namespaces = [
        {**namespace, **_remaining(namespace, _names_in(namespace.get('name'), missing))}
        for namespace in namespaces
    ]
    if namespaces:
        remaining['namespaces'] = namespaces
    return remaining


def _replicas_of(entry: Contents) -> list[t.Any]:
    """A namespace of a document that was read already, or each of its replicas."""
    if entry.get('replicas') is None:
        return [entry]
    contents = {key: value for key, value in entry.items() if key != 'replicas'}
    return [expand.value_for(contents, n, '', Problems()) for n in range(1, int(entry['replicas']) + 1)]


def _names_in(namespace: str | None, missing: t.Collection[End]) -> set[str]:
    return {name for where, name in missing if where == namespace}


def _remaining(contents: Contents, missing: set[str]) -> dict[str, t.Any]:
    """The links and routes of a namespace that can do without some of its links."""
    if not missing:
        return {}
    links = [link for link in contents.get('links') or [] if isinstance(link, dict)]
    gone = _with_dependents(links, missing)
    networks = _networks([link for link in links if link['name'] in gone])
    nexthops, lost = _remaining_nexthops(contents.get('nexthops') or [], gone, networks)
    routes = [route for route in contents.get('routes') or [] if route.get('nhid') not in lost]
    present = [link for link in links if link['name'] not in gone]
    return {
        'links': present,
        **({'nexthops': nexthops} if 'nexthops' in contents else {}),
        'routes': [route for route in routes if not _needs(route, gone, networks)],
    }


def _remaining_nexthops(
    nexthops: t.Sequence[Contents], gone: t.Container[str], networks: t.Sequence[t.Any]
) -> tuple[list[dict[str, t.Any]], set[t.Any]]:
    """The nexthop objects that can do without these links, groups with the members that are left, and the IDs
    of the others."""
    lost = {nexthop['id'] for nexthop in nexthops if _needs(nexthop, gone, networks)}
    remaining = []
    for nexthop in nexthops:
        members = nexthop.get('group') or []
        left = [member for member in members if _id_of(member) not in lost]
        if nexthop['id'] in lost or (members and not left):
            lost.add(nexthop['id'])
        else:
            remaining.append({**nexthop, 'group': left} if members else {**nexthop})
    return remaining, lost


def _id_of(member: t.Any) -> t.Any:
    return member['id'] if isinstance(member, dict) else member


def _with_dependents(links: t.Sequence[Contents], missing: set[str]) -> set[str]:
    """The missing links, and those that stand on one of them or are its ports."""
    gone: set[str] = set()
    dependents = set(missing)
    while dependents - gone:
        gone |= dependents
        dependents = {
            link['name'] for link in links if link.get('link') in gone or link.get('master') in gone
        }
    return gone


def _networks(links: t.Sequence[Contents]) -> list[t.Any]:
    addresses = [address for link in links for address in link.get('addresses') or []]
    texts = [address if isinstance(address, str) else address['address'] for address in addresses]
    return [ipaddress.ip_interface(text).network for text in texts]


def _needs(route: Contents, gone: t.Container[str], networks: t.Sequence[t.Any]) -> bool:
    """Whether a route uses a link that is gone, or a gateway in its networks."""
    for hop in (route, *(route.get('nexthops') or [])):
        if hop.get('dev') in gone:
            return True
        if hop.get('via') and any(ipaddress.ip_address(hop['via']) in network for network in networks):
            return True
    return False
