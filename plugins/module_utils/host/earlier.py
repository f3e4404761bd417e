# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks of the same play that ran before in check mode, as the controller keeps them between tasks."""

from __future__ import annotations

import typing as t

from ..objects.draft import Mode, Policy
from ..values.problems import Problem

_NOT_SEEN = (
    'check mode sees what earlier tasks of the play would create if they are of this collection'
    ' and ansible-playbook runs with --check'
)


class Earlier(t.NamedTuple):
    """A task that would have changed something: the arguments of its run (run.py:Task)."""

    document: t.Mapping[str, t.Any]
    absent: bool = False
    policy: Policy = Policy()

    def as_data(self) -> dict[str, t.Any]:
        """The same as JSON can hold it."""
        policy = {**self.policy._asdict(), 'mode': self.policy.mode.value}
        return {'document': self.document, 'absent': self.absent, 'policy': policy}

    @classmethod
    def from_data(cls, data: t.Mapping[str, t.Any]) -> Earlier:
        policy = {**data['policy'], 'mode': Mode(data['policy']['mode'])}
        return cls(data['document'], data['absent'], Policy(**policy))


def hints(conflicts: t.Iterable[Problem], check: bool) -> list[str]:
    """What check mode adds to conflicts: what is missing may be for an earlier task to create."""
    return [_NOT_SEEN] if check and any('does not exist' in problem.what for problem in conflicts) else []


__all__ = ['Earlier', 'hints']
