# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that a module takes are those that it documents: names, types, choices, defaults."""

from __future__ import annotations

import functools
import importlib
import json
import shutil
import subprocess
import typing as t
from unittest import mock

import pytest
from ansible_collections.multinet.linux.tests import tree

FOLDER = tree.TOP / 'plugins/modules'
MODULES = sorted(path.stem for path in FOLDER.glob('[a-z]*.py'))
# What an option is if it does not say so.
USUAL = {'required': False, 'default': None, 'choices': None, 'elements': None, 'aliases': []}


class Asked(BaseException):
    """Ends a module that has said what it takes."""


def spec_of(module: str) -> dict[str, t.Any]:
    """The argument specification that a module gives to AnsibleModule."""
    main = importlib.import_module('ansible_collections.multinet.linux.plugins.modules.' + module)
    with mock.patch.object(main, 'AnsibleModule', side_effect=Asked) as asked, pytest.raises(Asked):
        main.main()
    return t.cast('dict[str, t.Any]', asked.call_args.kwargs['argument_spec'])


@functools.cache
def docs() -> dict[str, t.Any]:
    """What ansible-doc shows of each module, its documentation fragments included."""
    command = shutil.which('ansible-doc')
    assert command
    names = ['multinet.linux.' + module for module in MODULES]
    done = subprocess.run([command, '--json', *names], check=True, capture_output=True, text=True)
    return {name.rpartition('.')[2]: shown['doc'] for name, shown in json.loads(done.stdout).items()}


def facts(options: dict[str, t.Any], below: str) -> dict[str, t.Any]:
    """What counts of each option. *below* is the key that holds the options inside one."""
    told = {}
    for name, option in options.items():
        told[name] = {
            'type': option.get('type', 'str'),
            **{key: option.get(key, usual) for key, usual in USUAL.items()},
            'options': facts(option.get(below) or {}, below),
        }
    return told


@pytest.mark.parametrize('module', MODULES)
def test_options_are_documented_as_they_are(module: str) -> None:
    assert facts(docs()[module]['options'], 'suboptions') == facts(spec_of(module), 'options')
