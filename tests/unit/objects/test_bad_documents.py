# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wrong document is refused, with one line for each problem that says where it is and what was found."""

from __future__ import annotations

import copy
import json

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.everything import CASES, Case


@pytest.mark.parametrize('case', CASES, ids=[case.id for case in CASES])
def test_every_problem_is_named_once(case: Case) -> None:
    with pytest.raises(InputError) as caught:
        read_layout(case.document)
    problems = caught.value.texts()
    assert len(problems) == len(case.problems), problems
    for path, found in case.problems:
        about = [problem for problem in problems if problem.split(': ', 1)[0] == path]
        assert about, (path, problems)
        assert any(found in problem for problem in about), (found, about)
    for problem in problems:
        assert problem.isprintable()
    assert str(caught.value) == '\n'.join(problems)


@pytest.mark.parametrize('case', [case for case in CASES if case.plain], ids=lambda case: case.id)
def test_plain_cases_can_be_written_down(case: Case) -> None:
    assert json.loads(json.dumps(case.document)) == case.document


def test_a_document_that_is_read_stays_as_it_was() -> None:
    for case in CASES:
        if case.plain:
            before = copy.deepcopy(case.document)
            with pytest.raises(InputError):
                read_layout(case.document)
            assert case.document == before


def test_ids_are_distinct() -> None:
    assert len({case.id for case in CASES}) == len(CASES)
