# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The thin module as a host gets it, in a world with a /var/cache of its own."""

from __future__ import annotations

import base64
import io
import json
import os
import pathlib
import subprocess
import sys
import typing as t
import zipfile

from ansible_collections.multinet.linux.plugins.plugin_utils import kept_code

CODE = pathlib.Path('/var/cache/multinet/code')
MODULES = 'ansible_collections.multinet.linux.plugins.modules.'
NOBODY = 65534
# In place of all modules: a program that is compiled as fast as it runs.
_RUN = '''
import json
def run(data, start, path, module, arguments):
    print(json.dumps({'ran': %r, 'path': path, 'arguments': json.loads(arguments)}))
'''


def small_sources(word: str = 'ours', filling: int = 0) -> str:
    """Sources for a call that brings them: a run answers with *word*. With *filling* bytes more."""
    buffer = io.BytesIO()
    members = kept_code.sources()
    with zipfile.ZipFile(buffer, 'w') as archive:
        place = 'ansible_collections/multinet/linux/plugins/module_utils/door/kept/make.py'
        archive.writestr('MAKE', members[place])
        archive.writestr('RUN', _RUN % word)
        archive.writestr('filling', bytes(filling))
    return base64.b64encode(buffer.getvalue()).decode()


class Answer(t.NamedTuple):
    status: int
    result: dict[str, t.Any]
    errors: str

    @property
    def state(self) -> str:
        """'' if the module was run, else why not."""
        return str(self.result.get('multinet_code', [''])[0])


def words_of(
    module: str, arguments: t.Mapping[str, t.Any], digest: str, sources: str = '', check: bool = False
) -> str:
    """The thin module, filled in as Ansible does."""
    call = {'digest': digest, 'module': MODULES + module}
    given = {
        **arguments,
        '_ansible_check_mode': check,
        '_ansible_diff': True,
        '_ansible_inject_invocation': True,
        'multinet_code': {**call, 'sources': sources} if sources else call,
    }
    text = kept_code.thin_program().decode()
    return text.replace('<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>', json.dumps(given))


def start(program: str, python: str = sys.executable, user: int = 0) -> subprocess.Popen[str]:
    ours = ('PYTHONPATH', 'PYTEST_CURRENT_TEST')
    process = subprocess.Popen(
        [python],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd='/',
        env={key: value for key, value in os.environ.items() if key not in ours},
        user=user,
    )
    assert process.stdin
    process.stdin.write(program)
    process.stdin.close()
    process.stdin = None
    return process


def answer_of(process: subprocess.Popen[str]) -> Answer:
    output, errors = process.communicate()
    return Answer(process.returncode, json.loads(output) if output.strip() else {}, errors)


def call(
    digest: str = 'a' * 24, sources: str = '', python: str = sys.executable, user: int = 0, word: str = ''
) -> Answer:
    """A call with a small program in place of all modules. *word* is what it has to answer."""
    arguments = {'quotes': ['"', '"""', "'", "'''", '\\', '\\"', 'ü', '\n'], 'multinet_code': 'no'}
    del arguments['multinet_code']
    answer = answer_of(start(words_of('layout', arguments, digest, sources), python, user))
    if word:
        assert answer.result.get('ran') == word, answer
        assert answer.result['arguments']['ANSIBLE_MODULE_ARGS']['quotes'] == arguments['quotes']
    return answer


def kept() -> list[str]:
    return sorted(os.listdir(CODE)) if CODE.is_dir() else []
