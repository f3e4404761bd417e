# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong with a program."""

from __future__ import annotations

import typing as t


class ToolError(Exception):
    """Anything that goes wrong with a program."""


class MissingTool(ToolError):
    """A program is not installed, or two programs do not belong together."""


class ToolFailed(ToolError):
    """A program ended with an error, or did not end at all."""


class Blame(t.NamedTuple):
    """A line of the input (from 1) that a program complained about; line 0 if it named none."""

    line: int
    text: str
    message: str
