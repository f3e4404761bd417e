# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is around the tests on the real kernel stays as it was."""

from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.integration import world
from xdist.scheduler import LoadScopeScheduling

_SHARE_NOTHING = ('test_crash.py', 'test_drift.py', 'test_faults.py', 'test_properties.py')


def _around() -> dict[str, t.Any]:
    def listed(path: str) -> list[str]:
        return sorted(os.listdir(path)) if os.path.isdir(path) else []

    with open('/proc/self/mountinfo', encoding='utf-8') as file:
        mounts = sorted(' '.join(line.split()[3:]) for line in file)
    links = sorted(line.split(':')[1] for line in world.run('ip -o link').splitlines())
    return {
        'links': links,
        'mounts': mounts,
        'names': listed('/run/netns'),
        'scopes': listed('/run/multinet/scopes'),
    }


class _ByFile(LoadScopeScheduling):
    """A file is run by one process, as its tests share what they have prepared, but for those that share
    nothing and take long."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split('::')[0]
        return nodeid if file.endswith(_SHARE_NOTHING) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: t.Any) -> LoadScopeScheduling:
    return _ByFile(config, log)


@pytest.fixture(scope='session', autouse=True)
def machine_stays_as_it_is() -> t.Iterator[None]:
    before = _around()
    yield
    assert _around() == before
