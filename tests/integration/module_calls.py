# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of modules in a world of their own: each in a process that begins as Ansible's does, without its
cost.

In arguments ``{"result": NAME}`` is the value NAME of the last report of layout_info, and ``{"**": NAME,
...}`` is that value with other keys.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
import typing as t

from ansible.module_utils import basic
from ansible_collections.multinet.linux.tests.tree import TOP

from . import world

_MODULES = 'ansible_collections.multinet.linux.plugins.modules.'
# A network, and names and records of its own, that end with the command.
WORLD = (
    'unshare',
    '--net',
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-ec',
    'for d in /run /var/cache; do mount -t tmpfs -o mode=755 world $d; done; mkdir /run/netns;'
    ' ip link set lo up; exec "$@"',
    'sh',
)
CLEAN = '''
ip -all netns del
for l in $(ip -o link | sed -n 's/^[0-9]*: //; s/[:@].*//; /^lo$/!p'); do ip link del $l 2>&-; done
for t in iptables ip6tables; do $t -P INPUT ACCEPT
for n in filter nat; do $t -t $n -F; $t -t $n -X; done; done
ip route flush table main; ip route flush table all proto 117; ip -6 route flush table all proto 117
for f in -4 -6; do while ip $f rule del priority 100 2>&-; do :; done; ip $f rule del priority 101 2>&-
ip $f rule flush protocol 99; done  # that of rules of the generator
nft flush ruleset; rm -rf /run/multinet; true
'''


def _load() -> None:
    """Load what each call would load anew in its process. Where a test has loaded the controller, that
    compiles those files each time."""
    for folder in ('module_utils/door', 'modules'):
        for path in sorted(TOP.glob('plugins/%s/[!_]*.py' % folder)):
            parts = ('ansible_collections', 'multinet', 'linux', 'plugins', *folder.split('/'), path.stem)
            importlib.import_module('.'.join(parts))
    for way in ('c2m', 'm2c'):
        importlib.import_module('ansible.module_utils._internal._json._profiles._module_legacy_' + way)


_load()


def call(name: str, args: dict[str, t.Any], check: bool) -> dict[str, t.Any]:
    module = importlib.import_module(_MODULES + name)
    with tempfile.TemporaryFile() as output:
        number = os.fork()
        if not number:
            try:
                os.dup2(output.fileno(), 1)
                sys.stdout = os.fdopen(1, 'w', closefd=False)
                # Where another test has loaded the controller in this process, warnings would be shown and
                # not returned.
                vars(sys.modules['ansible.module_utils._internal'])['is_controller'] = False
                basic._ANSIBLE_ARGS = json.dumps(
                    {'ANSIBLE_MODULE_ARGS': {**args, '_ansible_check_mode': check, '_ansible_diff': True}}
                ).encode()
                basic._ANSIBLE_PROFILE = 'legacy'
                module.main()
            except SystemExit:
                pass
            except BaseException:
                print(json.dumps({'failed': True, 'msg': traceback.format_exc()}))
            finally:
                sys.stdout.flush()
                os._exit(0)
        os.waitpid(number, 0)
        output.seek(0)
        text = output.read().decode()
    return t.cast('dict[str, t.Any]', json.loads(text))


def _filled(value: t.Any, before: t.Any) -> t.Any:
    if isinstance(value, dict):
        if list(value) == ['result']:
            return before[value['result']]
        merged = dict(before[value['**']]) if '**' in value else {}
        return {**merged, **{key: _filled(member, before) for key, member in value.items() if key != '**'}}
    return [_filled(member, before) for member in value] if isinstance(value, list) else value


def carry_out(steps: list[t.Any]) -> list[dict[str, t.Any]]:
    """The results of steps: commands for the shell, or ``[module, arguments, check]``."""
    results: list[dict[str, t.Any]] = []
    for step in steps:
        if isinstance(step, str):
            done = subprocess.run(['sh', '-c', step], check=False, capture_output=True, text=True)
            results.append({'failed': done.returncode != 0, 'stdout': done.stdout, 'msg': done.stderr})
        else:
            name, args, check = step
            reports = [result for result in results if 'layout' in result]
            results.append(call(name, _filled(args, reports[-1] if reports else {}), check))
    return results


def call_all(steps: list[t.Any]) -> list[dict[str, t.Any]]:
    """The results of *steps*, carried out in a new world."""
    return world.in_world(carry_out, steps)
