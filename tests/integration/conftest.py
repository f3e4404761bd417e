# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is around the tests on the real kernel stays as it was."""

from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.integration import world


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


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file is run by one process, as what it has prepared is shared, but for tests that say otherwise."""
    for item in items:
        if item.get_closest_marker('xdist_group') is None:
            name = item.nodeid if item.get_closest_marker('alone') else item.path.name
            item.add_marker(pytest.mark.xdist_group(name))


@pytest.fixture(scope='session', autouse=True)
def machine_stays_as_it_is() -> t.Iterator[None]:
    before = _around()
    yield
    assert _around() == before
