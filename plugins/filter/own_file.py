# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.own_file, documented in own_file.yml."""

from __future__ import annotations

import os
import typing as t

from ansible import context


def own_file(name: str, folders: t.Iterable[str | None] = ()) -> str:
    """The path of a file of the user's own; empty if there is none.

    A playbook of a collection does not know which playbook has imported it: Ansible has only the command
    line.
    """
    playbooks = [path for path in context.CLIARGS.get('args') or () if os.path.exists(path)]
    places = [*map(os.path.dirname, playbooks), '', *filter(None, folders)]
    paths = [os.path.abspath(os.path.join(place, name)) for place in places]
    return next(filter(os.path.isfile, paths), '')


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'own_file': own_file}
