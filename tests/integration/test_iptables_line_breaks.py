# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A line break in the comment of somebody else's rule: the rule stays, or goes, and comes back, like any
other."""

from __future__ import annotations

import subprocess
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Operation
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError

from . import world
from .iptables_world import BACKENDS, Document, converge, use
from .world import inside

COMMENT = 'a\n# "b" \\\nCOMMIT'
DECLARED = {'chain': 'INPUT', 'rules': ['-p tcp -m tcp --dport 22 -j ACCEPT']}


def _add(chain: str) -> None:
    rule = ('-m', 'comment', '--comment', COMMENT, '-j', 'ACCEPT')
    subprocess.run(['iptables', '-A', chain, *rule, '-c', '7', '8'], check=True)


def _state() -> str:
    """What iptables-save shows, in one piece."""
    saved = subprocess.run(['iptables-save', '-c'], check=True, capture_output=True, text=True).stdout
    return ''.join(line + '\n' for line in saved.split('\n') if not line.startswith(('# Gen', '# Comp')))


def _beside(backend: str) -> None:
    use(backend)
    _add('INPUT')
    before = _state()
    assert len(converge({'iptables': [DECLARED]}).changes) == 1
    assert not converge({'iptables': [DECLARED]}).changes
    assert len(describe()[0].get('iptables', ())) == 0
    converge({}, absent=True)
    assert _state() == before


@pytest.mark.parametrize('backend', BACKENDS)
def test_a_scope_comes_and_goes_beside_it(backend: str) -> None:
    world.in_world(_beside, backend)


def _stop(op: Operation) -> None:
    raise EngineError('stop')


def _goes(backend: str, chain: str, document: t.Callable[[dict[str, t.Any]], Document]) -> None:
    use(backend)
    converge(document(DECLARED))
    inside('n', _add, chain)
    before = inside('n', _state)
    assert COMMENT.split('\n')[2] in before and '[7:8]' in before
    with pytest.raises(EngineError) as caught:
        converge(document({**DECLARED, 'rules': ['-j DROP']}), step=_stop)
    assert caught.value.texts() == ('stop', 'everything done before was undone')
    assert inside('n', _state) == before
    outcome = converge(document(DECLARED))
    assert [change.action for change in outcome.changes] == ['change']
    assert COMMENT.split('\n', maxsplit=1)[0] not in outcome.changes[
        0
    ].after and '--comment "a' not in inside('n', _state)


@pytest.mark.parametrize('backend', BACKENDS)
def test_it_goes_where_all_rules_are_ours_and_undo_brings_it_back(backend: str) -> None:
    def document(chain: dict[str, t.Any]) -> Document:
        return {'namespaces': [{'name': 'n', 'iptables': [chain]}]}

    world.in_world(_goes, backend, 'INPUT', document)


@pytest.mark.parametrize('backend', BACKENDS)
def test_it_goes_from_a_chain_of_ours_and_undo_brings_it_back(backend: str) -> None:
    def document(chain: dict[str, t.Any]) -> Document:
        return {'namespaces': [{'name': 'n', 'iptables': [chain], 'iptables_mode': 'shared'}]}

    world.in_world(_goes, backend, 'mn-lab-INPUT', document)
