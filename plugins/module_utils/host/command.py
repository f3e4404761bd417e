# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command ``multinet`` for the engineer at the console, and what runs at boot."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import typing as t

from ..kernel.codec import MissingLibrary
from ..objects.operation import Change
from ..values.problems import EngineError, InputError
from . import boot as keep
from . import boot_run
from .boot_run import policy_of, problems_of
from .pipeline import Outcome, converge


def _say(text: str, out: t.TextIO | None = None) -> None:
    (out or sys.stdout).write(text + '\n')


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
    return converge(kept['document'], check=check, policy=policy_of(kept))


def _show_changes(changes: t.Iterable[Change], out: t.TextIO) -> None:
    for change in changes:
        before = [line + '\n' for line in change.before]
        after = [line + '\n' for line in change.after]
        out.writelines(difflib.unified_diff(before, after, change.title, change.title))


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
            found.append({'scope': scope, 'state': 'cannot be told', 'problems': problems_of(exc)})
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
    outcome = converge(before['document'], policy=policy_of(before))
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
            return boot_run.apply_all(_say)
        if given.command == 'undo':
            return _undo(given.scope)
        scopes = given.scope or keep.scopes()
        if given.command == 'apply':
            return _apply(scopes)
        return {'status': _status, 'diff': _diff, 'show': _show}[given.command](scopes, given.json)
    except (EngineError, InputError, MissingLibrary) as exc:
        for problem in problems_of(exc):
            _say('multinet: ' + problem, sys.stderr)
        return 1
