# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks hand all of a document on."""

from __future__ import annotations

import pathlib

import pytest
import yaml
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import CONTENT_KEYS

pytestmark = pytest.mark.one_python

TASKS = pathlib.Path(__file__).resolve().parents[2] / 'playbooks/tasks/layouts.yml'


def test_layouts_have_all_keys_of_a_document() -> None:
    (task,) = yaml.safe_load(TASKS.read_text(encoding='utf-8'))
    given = set(task['multinet.linux.layout'])
    assert {*CONTENT_KEYS, 'name', 'iptables_mode', 'namespaces'} <= given
