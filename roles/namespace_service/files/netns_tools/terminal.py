# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command of another user so that it has nothing of the caller's terminal.

Whoever has a terminal as its controlling one can type into it (TIOCSTI, ioctl_tty(2)), and whoever has a
descriptor of it can read what is typed there later. So the command gets a session of its own, and a terminal
of its own in the place of the caller's, as with runuser(1) and ``--pty``; but descriptors that are no
terminal, such as pipes, stay as they are.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import termios
import tty
import typing as t

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_NOT_RUN = 125
_MOST_LEFT = (
    1 << 17
)  # bytes; a terminal holds half of that (TTYB_DEFAULT_MEM_LIMIT, linux/drivers/tty/tty_buffer.c)


class _Terminal:
    """The caller's terminal, and the one of the command, which stands for it."""

    def __init__(self, descriptors: t.Sequence[int], user: int) -> None:
        self._caller = descriptors[0]
        self._input = 0 if 0 in descriptors else -1
        self._output = descriptors[-1]
        self.master, self.slave = os.openpty()
        os.fchown(self.slave, user, -1)  # who opens it by its name is the user
        self._settings = termios.tcgetattr(self._caller)
        termios.tcsetattr(self.slave, termios.TCSANOW, self._settings)
        self.resize()

    def resize(self, *_signal: t.Any) -> None:
        size = fcntl.ioctl(self._caller, termios.TIOCGWINSZ, b'\0' * 8)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def begin(self) -> None:
        """What is typed goes to the command, byte by byte, unless another job has the caller's terminal."""
        os.close(self.slave)
        signal.signal(signal.SIGWINCH, self.resize)
        if self._input >= 0 and os.tcgetpgrp(self._input) == os.getpgrp():
            tty.setraw(self._input)
        else:
            self._input = -1

    def end(self) -> None:
        """Show what the command had written when it ended, and no more: what it left running may write for
        ever."""
        os.set_blocking(self.master, False)
        left = _MOST_LEFT
        while left > 0 and (shown := self._pass_on()):
            left -= shown
        if self._input >= 0:
            termios.tcsetattr(self._input, termios.TCSADRAIN, self._settings)
        os.close(self.master)

    def _pass_on(self) -> int:
        """Show what the command has written. How many bytes that were."""
        data = b''
        with contextlib.suppress(OSError):  # EIO: nobody has the command's terminal any more
            data = os.read(self.master, 65536)
        written = 0
        while written < len(data):
            written += os.write(self._output, data[written:])
        return len(data)

    def _type(self) -> bool:
        """Give the command what was typed. Whether the caller's terminal is still there."""
        data = b''
        with contextlib.suppress(OSError):
            data = os.read(self._input, 4096)
        if data:
            os.write(self.master, data)
        return bool(data)

    def relay(self, ended: int) -> None:
        """Pass on what is typed and shown until the descriptor *ended* is readable."""
        sources: dict[int, t.Callable[[], int]] = {self.master: self._pass_on}
        if self._input >= 0:
            sources[self._input] = self._type
        while True:
            ready = select.select([ended, *sources], [], [])[0]
            for descriptor in ready:
                if descriptor != ended and not sources[descriptor]():
                    del sources[descriptor]
            if ended in ready:
                return


def _start(
    words: t.Sequence[str],
    environment: t.Mapping[str, str],
    terminal: _Terminal | None,
    replaced: t.Sequence[int],
) -> None:
    """In the child: become the command."""
    os.setsid()
    if terminal:
        fcntl.ioctl(terminal.slave, termios.TIOCSCTTY, 0)
        for descriptor in replaced:
            os.dup2(terminal.slave, descriptor)
    os.closerange(3, os.sysconf('SC_OPEN_MAX'))
    os.execve(words[0], list(words), dict(environment))


def run(words: t.Sequence[str], environment: t.Mapping[str, str], user: int) -> int:
    """Run a command, whose terminal belongs to *user*. Returns its status, as a shell has it."""
    replaced = [descriptor for descriptor in range(3) if os.isatty(descriptor)]
    terminal = _Terminal(replaced, user) if replaced else None
    number = os.fork()
    if not number:
        try:
            _start(words, environment, terminal, replaced)
        finally:
            os._exit(_NOT_RUN)

    def forward(received: int, _frame: t.Any) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(number, received)

    for name in _FORWARDED:
        signal.signal(name, forward)
    if terminal:
        terminal.begin()
        try:
            terminal.relay(os.pidfd_open(number))
        finally:
            terminal.end()
    status = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    return status if status >= 0 else 128 - status
