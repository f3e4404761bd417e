# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands whose output goes to a log."""

from __future__ import annotations

import os
import subprocess
import typing as t

import workshop
from workshop import Trouble

from machines.processes import die_with_parent


class Log:
    """Where commands and their output go; a person is shown its end when one fails."""

    def __init__(self, name: str) -> None:
        self.path = workshop.cache() / "logs" / f"guest-{name}.log"
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text("")

    def run(self, *command: str | os.PathLike[str], **options: t.Any) -> str:
        """Run COMMAND, return what it printed; errors go to the log."""
        words = [os.fspath(word) for word in command]
        with open(self.path, "a") as errors:
            errors.write(f"$ {' '.join(words)}\n")
            errors.flush()
            done = subprocess.run(
                words,
                stdin=options.pop("stdin", subprocess.DEVNULL),
                stdout=options.pop("stdout", subprocess.PIPE),
                stderr=errors,
                preexec_fn=die_with_parent,
                check=False,
                env={
                    **os.environ,
                    "PATH": workshop.SYSTEM_PATH,
                    "LC_ALL": "C.UTF-8",
                    **options.pop("env", {}),
                },
                **options,
            )
            out = (done.stdout or b"").decode(errors="replace")
            errors.write(out[-20000:])
        if done.returncode:
            end = "\n".join(self.path.read_text(errors="replace").splitlines()[-15:])
            raise Trouble(
                f"{' '.join(words[:4])} ... ended with status {done.returncode} (log: {self.path})\n{end}"
            )
        return out
