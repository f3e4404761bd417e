# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A spoilt document is answered on every Python: by a plan, or by problems that can be shown.

tests/integration/test_mutations.py does the same against a kernel, with many more of them.
"""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.tests.generator.mutations import mutated, replicas_of
from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.everything import CASES
from ansible_collections.multinet.linux.tests.unit.objects.lab import planned

SEEDS, BATCH = 1000, 250
WRONG = [case.document for case in CASES if case.plain]


@pytest.mark.parametrize('first', range(0, SEEDS, BATCH))
def test_each_document_is_answered(first: int) -> None:
    accepted = 0
    for seed in range(first, first + BATCH):
        document = mutated(seed, WRONG)
        if replicas_of(document) > 100:  # takes long; the integration tests have them
            continue
        try:
            if isinstance(document, dict):
                planned(document, policy=Policy(adopt=True))
            else:
                read_layout(document)
            accepted += 1
        except InputError as refusal:
            assert all(text.isprintable() for text in refusal.texts()), seed
            assert len(set(refusal.texts())) == len(refusal.texts()), seed
    assert accepted
