# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter validate."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.filter.validate import FilterModule
from ansible_collections.multinet.linux.tests.unit.plugin_utils.draw.topologies import (
    nodes,
)


def test_filter_validate() -> None:
    validate = FilterModule().filters()['validate']
    assert validate(nodes(4)) == []
    found = validate({'name': 'lab', 'links': [{'name': 'br0', 'kind': 'brigde'}], 'link': []})
    assert len(found) == 2
    assert found[0].startswith('links[0].kind: ') and found[0].endswith('did you mean bridge?')
    assert validate(3)[0].startswith('document: is not a mapping')
