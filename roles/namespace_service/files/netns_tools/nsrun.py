# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command, or a shell, in a network namespace, with the files of /etc/netns/NAMESPACE in the place of
those of /etc.

Ends with the status of the command; with 125 if the command was not run, which then runs nowhere. A command
for another user gets a terminal and an environment of its own, and no descriptor but the first three.
"""

from __future__ import annotations

import getopt
import os
import pwd
import re
import shutil
import sys
import typing as t

from . import identity, services, terminal

USAGE = 'usage: nsrun [-u USER] NAMESPACE [COMMAND [ARGUMENT...]]'
NOT_RUN = 125
_NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9_.-]*\Z')
_SYSTEM = ':/usr/sbin:/sbin'
# /dev/null accepts no connection.
_HIDE = 'for s in %s; do [ ! -S $s ] || mount --bind /dev/null $s || exit %d; done; exec "$@"' % (
    ' '.join(services.SOCKETS),
    NOT_RUN,
)


class NotRun(Exception):
    """Why the command was not run."""


def _user(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
    except KeyError:
        raise NotRun('user %s: is not known here; correct -u' % name) from None


def _check(name: str) -> None:
    if not _NAME.match(name):
        raise NotRun('namespace: is not a valid namespace name (found %s); %s' % (name, USAGE))
    if os.geteuid():
        caller = pwd.getpwuid(os.geteuid()).pw_name
        raise NotRun(
            'namespace %s: only root can enter it (found user %s); run nsrun by sudo' % (name, caller)
        )
    problem = identity.problem_of(name)
    if problem:
        present = ', '.join(sorted(identity.mounted())) or 'none'
        raise NotRun(
            'namespace %s: %s, the command was not run (there are: %s);'
            ' correct the name, or make the namespace' % (name, problem, present)
        )
    problem = identity.problem_of_files(name)
    if problem:
        raise NotRun('%s, the command was not run; make that, an empty one will do' % problem)


def environment_of(user: pwd.struct_passwd) -> dict[str, str]:
    """What a login of the user starts with, as runuser(1) has it with ``--login``. Nothing of root's, but the
    kind of terminal.
    """
    kept = {name: os.environ[name] for name in ('TERM', 'COLORTERM', 'NO_COLOR') if name in os.environ}
    return {
        **kept,
        'HOME': user.pw_dir,
        'SHELL': user.pw_shell or '/bin/sh',
        'USER': user.pw_name,
        'LOGNAME': user.pw_name,
        'PATH': '/usr/local/bin:/usr/bin:/bin',
    }


def _shell_of(user: pwd.struct_passwd | None) -> str:
    shell = user.pw_shell if user else os.environ.get('SHELL')
    # An account that nobody logs in with has no shell that could be used.
    return '/bin/sh' if not shell or os.path.basename(shell) in ('nologin', 'false') else shell


def _words(name: str, user: pwd.struct_passwd | None, command: t.Sequence[str]) -> list[str]:
    program = shutil.which('ip', path=os.environ.get('PATH', '') + _SYSTEM)
    if not program:
        raise NotRun('ip: not found; install iproute2')
    words = [program, 'netns', 'exec', name, '/bin/sh', '-c', _HIDE, 'sh']
    if user:
        words += [
            'setpriv',
            '--reuid=%d' % user.pw_uid,
            '--regid=%d' % user.pw_gid,
            '--init-groups',
            '--inh-caps=-all',
            '--',
        ]
    return [*words, *command]


def _run(arguments: t.Sequence[str]) -> int:
    try:
        options, rest = getopt.getopt(list(arguments), 'u:')
    except getopt.GetoptError:
        raise NotRun(USAGE) from None
    if not rest:
        raise NotRun(USAGE)
    name, command = rest[0], rest[1:]
    _check(name)
    user = _user(options[-1][1]) if options else None
    words = _words(name, user, command or [_shell_of(user)])
    if user:
        return terminal.run(words, environment_of(user), user.pw_uid)
    os.execv(words[0], words)


def main(arguments: t.Sequence[str]) -> None:
    try:
        sys.exit(_run(arguments))
    except NotRun as reason:
        print('nsrun: %s' % reason, file=sys.stderr)
    except OSError as exc:
        print('nsrun: the command was not run (found: %s)' % exc, file=sys.stderr)
    sys.exit(NOT_RUN)
