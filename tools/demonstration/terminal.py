# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demonstration prints."""

from __future__ import annotations

import os
import shutil
import sys

WIDTH = min(shutil.get_terminal_size((100, 40)).columns, 110)

COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ

# The terminal.


def painted(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def bold(text: str) -> str:
    return painted("1", text)


def dim(text: str) -> str:
    return painted("2", text)


def green(text: str) -> str:
    return painted("32", text)


def red(text: str) -> str:
    return painted("31", text)


def say(text: str = "") -> None:
    print(text, flush=True)


class Show:
    """Chapters and proofs, as they come."""

    def __init__(self) -> None:
        self.proofs: list[tuple[bool, str, str]] = []
        self.chapters = 0

    def chapter(self, title: str) -> None:
        self.chapters += 1
        head = f"── {self.chapters} {title} "
        say("\n" + bold(head + "─" * max(0, WIDTH - len(head))))

    def proof(self, what: str, good: bool, found: str) -> None:
        self.proofs.append((good, what, found))
        say(f"  {green('✓') if good else red('✗')} {what:53} {dim(found)}")

    def table(self) -> bool:
        self.chapter("All proofs")
        for number, (good, what, _found) in enumerate(self.proofs, 1):
            say(f"  {number:3}  {green('proved') if good else red('FAILED')}  {what}")
        bad = [what for good, what, _found in self.proofs if not good]
        say(
            "\n"
            + (
                red(f"{len(bad)} of {len(self.proofs)} proofs failed")
                if bad
                else bold(f"all {len(self.proofs)} proofs hold")
            )
        )
        return not bad
