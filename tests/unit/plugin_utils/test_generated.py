# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are made from the tables of attributes are up to date."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.plugin_utils.generated import FILES
from ansible_collections.multinet.linux.tests import tree


@pytest.mark.parametrize('path', FILES)
def test_it_is_up_to_date(path: str) -> None:
    assert (tree.TOP / path).read_text(encoding='utf-8') == FILES[path](), 'run tools/reference'
