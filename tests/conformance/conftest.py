# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib.metadata
import os
import platform
import random
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.conformance.recording import recorded


def pytest_report_header() -> str:
    return 'pyroute2 %s, Linux %s' % (importlib.metadata.version('pyroute2'), platform.release())


@pytest.fixture(scope='session')
def recording() -> tuple[dict[str, list[bytes]], dict[int, str]]:
    return recorded()


@pytest.fixture
def seed() -> t.Iterator[int]:
    """A new one each time. SEED=NUMBER repeats a run."""
    number = int(os.environ.get('SEED') or random.SystemRandom().randrange(1 << 32))
    print('SEED=%d repeats this run' % number)  # shown with a failure
    yield number
