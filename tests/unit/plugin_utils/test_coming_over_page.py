# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of docs/coming_over.md are what the filters make."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.ifstate import from_ifstate
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.netplan import from_netplan
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.networkd import from_networkd
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.page import page_text

pytestmark = pytest.mark.one_python

BLOCK = re.compile(r'^```(?:yaml|ini)\n(.*?)^```', re.MULTILINE | re.DOTALL)
FILE = re.compile(r'^# (\S+)\n', re.MULTILINE)


def blocks(heading: str) -> tuple[str, str]:
    """The file and the document of a section of the page."""
    section = page_text().split('\n## %s\n' % heading)[1].split('\n## ')[0]
    file, document = BLOCK.findall(section)
    return file, document


@pytest.mark.parametrize('heading, translate', [('ifstate', from_ifstate), ('netplan', from_netplan)])
def test_examples_of_yaml(heading: str, translate: object) -> None:
    file, document = blocks(heading)
    assert callable(translate)
    assert translate(file, 'lan') == yaml.safe_load(document)


def test_example_of_networkd() -> None:
    file, document = blocks('systemd-networkd')
    _nothing, *parts = FILE.split(file)
    files = dict(zip(parts[::2], parts[1::2]))
    assert from_networkd(files, 'lan') == yaml.safe_load(document)
