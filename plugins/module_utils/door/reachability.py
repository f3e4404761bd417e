# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes and leaks between namespaces."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..host import reachability
from .problems import fail, problems_reported

REACHABILITY_SPEC: dict[str, t.Any] = {
    'probes': {'type': 'list', 'elements': 'dict'},
    'timeout': {'type': 'float', 'default': 2},
    'tries': {'type': 'int', 'default': 2},
    'separate': {'type': 'list', 'elements': 'str'},
    'overlap': {'type': 'bool', 'default': True},
    'crossings': {'type': 'dict'},
}


def run_reachability(module: AnsibleModule) -> t.NoReturn:
    """Runs the probes, looks for leaks, and ends the module."""
    with problems_reported(module, 'nothing was sent'):
        report = reachability.check({key: module.params[key] for key in REACHABILITY_SPEC})
        probes = [result.data() for result in report.results]
        leaks = [leak._asdict() for leak in report.leaks]
        results = {'probes': probes, 'leaks': leaks}
        if report.problems:
            fail(module, report.problems, report.summary(), **results)
        module.exit_json(changed=False, msg='all is as wanted', **results)
