# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Boot: each scope for itself, whatever is wrong with the document of another one."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host import boot, boot_run, command
from ansible_collections.multinet.linux.plugins.module_utils.host.run import Outcome
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError

BROKEN = {
    'empty': b'',
    'half': b'{"version": 1, "docum',
    'latin': b'{"document": "\xe9"}',
    'null': b'{"version": 1, "document": null, "policy": {}}',
    'a list': b'[1, 2]',
    'a number': b'7',
    'without a policy': b'{"version": 1, "document": {"name": "bad"}}',
    'a policy of another type': b'{"version": 1, "document": {"name": "bad"}, "policy": []}',
    'a document of another type': b'{"version": 1, "document": [], "policy": {}}',
}


@pytest.fixture(name='layouts')
def _layouts(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setattr(boot, 'LAYOUTS', str(tmp_path))
    monkeypatch.setattr(boot_run, '_WAIT_FOR_LINKS', 0.0)
    return tmp_path


def keep(layouts: pathlib.Path, name: str, document: t.Any, suffix: str = '') -> None:
    text = json.dumps({'version': 1, 'document': document, 'policy': {}})
    (layouts / (name + '.json' + suffix)).write_text(text, encoding='utf-8')


def booted(monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[t.Any], list[str]]:
    """The result of a boot, the documents that were applied, and what was reported."""
    applied: list[t.Any] = []
    reports: list[str] = []

    def converge(document: t.Any, **_options: t.Any) -> Outcome:
        if document.get('explode'):
            raise RuntimeError('out of order')
        applied.append(document)
        return Outcome()

    monkeypatch.setattr(boot_run, 'converge', converge)
    result = boot_run.apply_all(lambda text, _out: reports.append(text))
    return result, applied, reports


@pytest.mark.parametrize('content', BROKEN.values(), ids=BROKEN)
def test_a_document_that_cannot_be_read_stops_no_other_scope(
    content: bytes, layouts: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (layouts / 'bad.json').write_bytes(content)
    keep(layouts, 'good', {'name': 'good'})
    result, applied, reports = booted(monkeypatch)
    assert (result, applied) == (1, [{'name': 'good'}])
    assert any('bad.json' in report for report in reports)


@pytest.mark.parametrize('content', BROKEN.values(), ids=BROKEN)
def test_the_document_before_stands_in(
    content: bytes, layouts: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (layouts / 'bad.json').write_bytes(content)
    keep(layouts, 'bad', {'name': 'bad', 'was': 'before'}, '.previous')
    result, applied, reports = booted(monkeypatch)
    assert (result, applied) == (0, [{'name': 'bad', 'was': 'before'}])
    assert any('bad.json' in report for report in reports)


def test_a_scope_that_fails_in_an_unexpected_way_stops_no_other_one(
    layouts: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(layouts, 'a', {'name': 'a', 'explode': True})
    keep(layouts, 'b', {'name': 'b'})
    result, applied, reports = booted(monkeypatch)
    assert (result, applied) == (1, [{'name': 'b'}])
    assert 'a: RuntimeError: out of order' in reports


def test_documents_that_enter_namespaces_of_others_come_last(
    layouts: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entering = {'name': 'a', 'namespaces': [{'name': 'red', 'create': False}]}
    making = {'name': 'b', 'namespaces': [{'name': 'red'}]}
    keep(layouts, 'a', entering)
    keep(layouts, 'b', making)
    assert booted(monkeypatch)[1] == [making, entering]


def test_the_console_says_which_document_cannot_be_read(
    layouts: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (layouts / 'bad.json').write_bytes(b'')
    assert command.main(['status']) == 1
    assert 'bad.json: cannot be read' in capsys.readouterr().out
    assert command.main(['show', 'bad']) == 1
    assert 'bad.json: cannot be read' in capsys.readouterr().err


def test_a_host_whose_engine_is_gone_is_not_as_kept(
    layouts: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, wanted = layouts / 'engine', layouts / 'wanted'
    monkeypatch.setattr(boot, 'ENGINE', str(engine))
    monkeypatch.setattr(boot, '_WANTS', str(wanted))
    document, policy = {'name': 'lab'}, {'adopt': False}
    (layouts / 'lab.json').write_bytes(boot._content(document, policy))
    wanted.touch()
    assert boot.differs(document, policy)
    engine.touch()
    assert not boot.differs(document, policy)


def test_a_missing_document_is_none(layouts: pathlib.Path) -> None:
    assert boot.document('none') is None
    (layouts / 'none.json').mkdir()
    with pytest.raises(EngineError, match='cannot be read'):
        boot.document('none')


def test_cards_in_replicas_are_left_out_by_their_own_names() -> None:
    nodes = {
        'name': 'ue-{n}',
        'replicas': 3,
        'links': [
            {'name': 'nic', 'kind': 'physical', 'match': {'name': 'p{n}'}, 'addresses': ['10.0.{n}.1/24']}
        ],
        'routes': [{'to': 'default', 'via': '10.0.{n}.9'}],
    }
    document = {
        'name': 'a',
        'namespaces': [nodes, {'name': 'b', 'links': [{'name': 'nic', 'kind': 'bridge'}]}],
    }
    remaining = boot_run._without_missing(document, {('ue-2', 'nic')})
    present = {
        namespace['name']: (len(namespace['links']), namespace.get('routes'))
        for namespace in remaining['namespaces']
    }
    assert present == {
        'ue-1': (1, [{'to': 'default', 'via': '10.0.1.9'}]),
        'ue-2': (0, []),
        'ue-3': (1, [{'to': 'default', 'via': '10.0.3.9'}]),
        'b': (1, None),
    }
