# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The code that a host keeps after its first task, for hosts of tests: compiling it takes longer than a short
playbook. That hosts make it themselves is tested in test_kept_code.py and test_kept_code_modules.py.
"""

from __future__ import annotations

import functools
import os
import pathlib
import sys

from ansible_collections.multinet.linux.plugins.module_utils.door.kept import make, thin
from ansible_collections.multinet.linux.plugins.plugin_utils import kept_code

_NAME = '%s-%s' % (kept_code.DIGEST, sys.implementation.cache_tag)


@functools.cache
def _content() -> bytes:
    sources = kept_code.packed(kept_code.sources())
    return make.content(os.path.join(thin.PLACE, _NAME), thin.signature(), sources)


class KeptCopy:
    """The code of this collection and this interpreter, put below the folder *root*."""

    def __init__(self, root: str) -> None:
        self._folder = pathlib.Path(root + thin.PLACE)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(thin.FOLDER_MODE)
        file = self._folder / _NAME
        file.touch(thin.FILE_MODE)
        file.write_bytes(_content())
        self._given = self._files()

    def _files(self) -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in self._folder.iterdir()}

    def serves(self) -> bool:
        """Whether the host has neither replaced it nor made other code."""
        return self._files() == self._given
