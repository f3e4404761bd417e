# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them: ansible-runner on a folder with project, inventory and env."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import typing as t

from ansible_collections.multinet.linux.tests.integration.pretend_fleet import Fleet
from ansible_collections.multinet.linux.tests.tree import COLLECTIONS, TOP

PROJECT = TOP / 'awx' / 'project'


class Job(t.NamedTuple):
    """What is left of a job: its status, and its events in their order."""

    status: str
    events: list[dict[str, t.Any]]

    @property
    def output(self) -> str:
        return '\n'.join(event['stdout'] for event in self.events)

    def of(self, kind: str) -> list[dict[str, t.Any]]:
        """The events of a kind."""
        return [event for event in self.events if event['event'] == kind]

    @property
    def stats(self) -> dict[str, t.Any]:
        return self.of('playbook_on_stats')[-1]['event_data']

    @property
    def artifacts(self) -> dict[str, t.Any]:
        """What the next node of a workflow gets."""
        return t.cast('dict[str, t.Any]', self.stats.get('artifact_data', {}))

    @property
    def changed(self) -> dict[str, int]:
        """The hosts that the job has changed, with the number of tasks."""
        return t.cast('dict[str, int]', self.stats['changed'])


class Tower:
    """A folder for jobs on the hosts of a fleet."""

    def __init__(self, fleet: Fleet, variables: t.Mapping[str, t.Any]) -> None:
        self.folder = fleet.folder / 'runner'
        (self.folder / 'env').mkdir(parents=True)
        (self.folder / 'inventory').mkdir()
        inventory = json.loads((fleet.folder / 'inventory.json').read_text(encoding='ascii'))
        inventory['all']['vars'] = dict(variables)
        (self.folder / 'inventory/hosts.json').write_text(json.dumps(inventory), encoding='ascii')
        shutil.copytree(PROJECT, self.folder / 'project')
        self._jobs = 0

    def run(self, playbook: str, *options: str, **survey: t.Any) -> Job:
        """Run a playbook of the project with the answers to a survey as extra variables."""
        self._jobs += 1
        name = str(self._jobs)
        (self.folder / 'env/extravars').write_text(json.dumps(survey), encoding='ascii')
        command = [pathlib.Path(sys.executable).with_name('ansible-runner'), 'run', self.folder]
        command += ['-p', playbook, '--ident', name, '--quiet']
        if options:
            command.append('--cmdline=' + ' '.join(options))
        surroundings = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
        surroundings['ANSIBLE_COLLECTIONS_PATH'] = str(COLLECTIONS)
        subprocess.run(command, env=surroundings, check=False, capture_output=True)
        artifacts = self.folder / 'artifacts' / name
        files = (artifacts / 'job_events').glob('*.json')
        events = [json.loads(file.read_text(encoding='utf-8')) for file in files]
        events.sort(key=lambda event: event['counter'])
        return Job((artifacts / 'status').read_text(encoding='ascii'), events)


def project_file(tower: Tower, name: str, text: str) -> pathlib.Path:
    """Write a file of the user's own into the project."""
    path = tower.folder / 'project' / name
    path.write_text(text, encoding='ascii')
    return path
