# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command ``multinet`` for the engineer at the console, and what runs at boot."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import difflib
import ipaddress
import json
import socket
import sys
import time
import typing as t

from ..kernel.codec import MissingLibrary
from ..objects.draft import Policy
from ..objects.link.value import End
from ..objects.operation import Change
from ..values.names import HOST
from ..values.problems import MISSING_LINK, EngineError, Failure, InputError
from . import boot as keep
from .pipeline import Outcome, converge

_WAIT_FOR_LINKS = 15.0


def _say(text: str, out: t.TextIO | None = None) -> None:
    (out or sys.stdout).write(text + '\n')


def _policy(kept: t.Mapping[str, t.Any]) -> Policy:
    return Policy(adopt=bool(kept['policy'].get('adopt')), overlap=bool(kept['policy'].get('overlap')))


def _problems(exc: Exception) -> list[str]:
    return list(exc.texts()) if isinstance(exc, Failure) else [str(exc)]


def _kept(scope: str) -> dict[str, t.Any]:
    kept = keep.document(scope)
    if kept is None:
        raise EngineError(
            '%s: no document is kept for this scope; kept are: %s'
            % (scope, ', '.join(keep.scopes()) or 'none')
        )
    return kept


def _run(scope: str, check: bool) -> Outcome:
    kept = _kept(scope)
    return converge(kept['document'], check=check, policy=_policy(kept))


def _show_changes(changes: t.Iterable[Change], out: t.TextIO) -> None:
    for change in changes:
        out.write(
            ''.join(
                difflib.unified_diff(
                    [line + '\n' for line in change.before],
                    [line + '\n' for line in change.after],
                    change.title,
                    change.title,
                )
            )
        )


def _status(scopes: list[str], as_json: bool) -> int:
    found = []
    for scope in scopes:
        try:
            changes = _run(scope, check=True).changes
            found.append(
                {
                    'scope': scope,
                    'state': 'as declared' if not changes else 'differs',
                    'differences': len(changes),
                }
            )
        except (EngineError, InputError, MissingLibrary) as exc:
            found.append({'scope': scope, 'state': 'cannot be told', 'problems': _problems(exc)})
    if as_json:
        _say(json.dumps(found, indent=1))
    else:
        for entry in found:
            more = (
                ' in %d places, see "multinet diff %s"' % (entry['differences'], entry['scope'])
                if entry.get('differences')
                else ''
            )
            _say('%-24s %s%s' % (entry['scope'], entry['state'], more))
            for problem in t.cast('list[str]', entry.get('problems', [])):
                _say('    ' + problem)
        if not found:
            _say('no document is kept on this host')
    return 0 if all(entry['state'] == 'as declared' for entry in found) else 1


def _diff(scopes: list[str], as_json: bool) -> int:
    different = 0
    collected = []
    for scope in scopes:
        changes = _run(scope, check=True).changes
        different += len(changes)
        if as_json:
            collected += [
                {
                    'scope': scope,
                    'action': change.action,
                    'object': change.title,
                    'before': list(change.before),
                    'after': list(change.after),
                }
                for change in changes
            ]
        else:
            _show_changes(changes, sys.stdout)
    if as_json:
        _say(json.dumps(collected, indent=1))
    return 1 if different else 0


def _apply(scopes: list[str]) -> int:
    for scope in scopes:
        outcome = _run(scope, check=False)
        _show_changes(outcome.changes, sys.stdout)
        _say(
            '%s: %s'
            % (scope, '%d objects changed' % len(outcome.changes) if outcome.changes else 'nothing to do')
        )
    return 0


def _undo(scope: str) -> int:
    """Back to the document before the last one."""
    before = keep.document(scope, previous=True)
    kept = keep.document(scope)
    if before is None or kept is None:
        raise EngineError('%s: no earlier document is kept; nothing to go back to' % scope)
    outcome = converge(before['document'], policy=_policy(before))
    keep.save(before['document'], before['policy'], lambda: open(keep.ENGINE, 'rb').read())  # pylint: disable=consider-using-with
    _show_changes(outcome.changes, sys.stdout)
    _say('%s: back to the document before, %d objects changed' % (scope, len(outcome.changes)))
    return 0


def _show(scopes: list[str], as_json: bool) -> int:
    documents = {scope: _kept(scope)['document'] for scope in scopes}
    if as_json:
        _say(json.dumps(documents, indent=1, sort_keys=True))
    else:
        for scope, document in documents.items():
            _say('# %s' % scope)
            _say(json.dumps(document, indent=1, sort_keys=True))
    return 0


def _without_missing(document: t.Mapping[str, t.Any], missing: t.Collection[End]) -> dict[str, t.Any]:
    """The document less the links that are missing, each by namespace and name, and what hangs on them."""
    namespaces = [
        {**namespace, **_left(namespace, {name for where, name in missing if where == namespace.get('name')})}
        for namespace in document.get('namespaces') or []
    ]
    return {
        **document,
        **_left(document, {name for where, name in missing if where == HOST}),
        **({'namespaces': namespaces} if namespaces else {}),
    }


def _left(contents: t.Mapping[str, t.Any], gone: set[str]) -> dict[str, t.Any]:
    """The links and routes of a namespace that can be without some of its links."""
    links = [link for link in contents.get('links') or [] if isinstance(link, dict)]
    grown = True
    while grown:
        more = {
            link['name']
            for link in links
            if link['name'] not in gone and (link.get('link') in gone or link.get('master') in gone)
        }
        grown = bool(more)
        gone |= more
    networks = [
        ipaddress.ip_interface(address if isinstance(address, str) else address['address']).network
        for link in links
        if link['name'] in gone
        for address in link.get('addresses') or []
    ]

    def hangs(route: t.Mapping[str, t.Any]) -> bool:
        hops = [route, *(route.get('nexthops') or [])]
        return any(
            hop.get('dev') in gone
            or hop.get('via')
            and any(ipaddress.ip_address(hop['via']) in network for network in networks)
            for hop in hops
        )

    return (
        {
            'links': [link for link in links if link['name'] not in gone],
            'routes': [route for route in contents.get('routes') or [] if not hangs(route)],
        }
        if gone
        else {}
    )


def _missing_links(exc: Exception) -> set[End]:
    problems = exc.problems if isinstance(exc, Failure) else ()
    return {problem.subject for problem in problems if problem.kind == MISSING_LINK}


def _enters(scope: str) -> bool:
    """Whether a document enters namespaces that another one may have to make first."""
    kept = keep.document(scope) or {'document': {}}
    return any(
        isinstance(one, dict) and one.get('create') is False
        for one in kept['document'].get('namespaces') or ()
    )


def _boot() -> int:
    """Apply all documents. A network card that does not come leaves its own part out; the rest does not wait for it."""
    kept = {
        scope: keep.document(scope) or {'document': {}, 'policy': {}}
        for scope in sorted(keep.scopes(), key=_enters)
    }
    if len(kept) > 1:  # each scope has its rules before its links, but not before those of another one
        for one in kept.values():
            _close(one)
    deadline = time.monotonic() + _WAIT_FOR_LINKS
    there = socket.if_nameindex()
    found = {scope: _bring_up(scope, one) for scope, one in kept.items()}
    while any(found.values()) and time.monotonic() < deadline:
        time.sleep(0.25)  # the card may still be on its way
        now = socket.if_nameindex()
        if now != there:
            there = now
            found.update(
                {scope: _bring_up(scope, kept[scope]) for scope, missing in found.items() if missing}
            )
    waiting = {scope: missing for scope, missing in found.items() if missing}
    for scope, missing in waiting.items():
        _say(
            '%s: left out: %s and what hangs on it'
            % (scope, ', '.join(sorted(name for _where, name in missing))),
            sys.stderr,
        )
    return 1 if waiting or None in found.values() else 0


def _close(kept: t.Mapping[str, t.Any]) -> None:
    """Put the host's firewall of a scope in place. What is wrong with it is told when all of the scope is applied."""
    rules = {
        key: kept['document'][key]
        for key in ('name', 'iptables', 'iptables_mode', 'nftables')
        if kept['document'].get(key)
    }
    if len(rules) > 1:
        with contextlib.suppress(EngineError, InputError, MissingLibrary):
            converge(rules, policy=dataclasses.replace(_policy(kept), prune=False, tables=''))


def _bring_up(scope: str, kept: t.Mapping[str, t.Any]) -> set[End] | None:
    """Apply a scope, without the links that are missing and what hangs on them: which these are, or None where it cannot be."""
    missing: set[End] = set()
    while True:
        try:
            outcome = converge(_without_missing(kept['document'], missing), policy=_policy(kept))
            _say('%s: %d objects made or changed' % (scope, len(outcome.changes)))
            return missing
        except (EngineError, InputError, MissingLibrary) as exc:
            more = _missing_links(exc) - missing
            if not more:
                for problem in _problems(exc):
                    _say('%s: %s' % (scope, problem), sys.stderr)
                return None
            missing |= more


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='multinet', description='Networks of this host, as declared with multinet.linux.'
    )
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for name, text in (
        ('status', 'whether each scope is as declared'),
        ('diff', 'what differs from what is declared'),
        ('apply', 'bring the host to what is declared'),
        ('show', 'what is declared'),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument('scope', nargs='*', help='only these scopes')
        if name != 'apply':
            command.add_argument('--json', action='store_true', help='for programs')
    undo = commands.add_parser(
        'undo',
        help='back to the document before the last one',
        description='back to the document before the last one',
    )
    undo.add_argument('scope')
    commands.add_parser(
        'boot',
        help='what the unit runs at boot',
        description='apply all scopes, leaving out what misses a network card',
    )
    return parser


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Run the command. 0: fine or nothing differs, 1: something differs or failed, 2: wrong usage."""
    given = _parser().parse_args(arguments)
    try:
        if given.command == 'boot':
            return _boot()
        if given.command == 'undo':
            return _undo(given.scope)
        scopes = given.scope or keep.scopes()
        if given.command == 'apply':
            return _apply(scopes)
        return {'status': _status, 'diff': _diff, 'show': _show}[given.command](scopes, given.json)
    except (EngineError, InputError, MissingLibrary) as exc:
        for problem in _problems(exc):
            _say('multinet: ' + problem, sys.stderr)
        return 1
