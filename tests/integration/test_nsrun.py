# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command nsrun, and what services in namespaces are checked with before they start; with systemd: the
scenario signalling."""

from __future__ import annotations

import fcntl
import os
import pathlib
import socket
import subprocess
import termios
import typing as t

from ansible_collections.multinet.linux.tests import tree
from ansible_collections.multinet.linux.tests.integration import world

FILES = tree.TOP / 'roles/namespace_service/files'


# As the role starts them, by a Python that everybody can read.
START = 'import sys; sys.path.insert(0, %r); from netns_tools import PART; PART.main(sys.argv[1:])' % str(
    FILES
)
NSRUN = ('/usr/bin/python3', '-I', '-B', '-c', START.replace('PART', 'nsrun'))
SERVICE = ('/usr/bin/python3', '-I', '-B', '-c', START.replace('PART', 'main'))


def _said(*words: str) -> tuple[int, str, str]:
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def _nsrun(*words: str) -> tuple[int, str, str]:
    return _said(*NSRUN, *words)


def _ready(name: str) -> tuple[int, str]:
    status, _output, errors = _said(*SERVICE, 'ready', name)
    return status, errors


def _furnish() -> None:
    os.makedirs('/run/etc')
    os.makedirs('/run/etc-work')
    world.run('mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc-work overlay /etc')
    for name in ('blue', 'blind'):
        os.makedirs('/etc/netns/' + name, exist_ok=True)
        world.run('ip netns add ' + name)
    pathlib.Path('/etc/netns/blue/hosts').write_text('127.0.0.7 only-inside\n')
    pathlib.Path('/run/netns/junk').touch()


def _run_in_it() -> None:
    _furnish()
    os.makedirs('/run/nscd')
    with socket.socket(socket.AF_UNIX) as nscd:
        nscd.bind('/run/nscd/socket')
        inside = world.run('ip netns exec blue readlink /proc/self/ns/net').strip()
        assert _nsrun('blue', 'readlink', '/proc/self/ns/net') == (0, inside, '')
        assert _nsrun('blue', 'sh', '-c', 'test -S /run/nscd/socket || cat /etc/hosts') == (
            0,
            '127.0.0.7 only-inside',
            '',
        )
        assert _nsrun('-u', 'nobody', 'blue', 'sh', '-c', 'id -un; readlink /proc/self/ns/net') == (
            0,
            'nobody\n' + inside,
            '',
        )
        assert _nsrun('blue', 'sh', '-c', 'exit 7')[0] == 7
        assert _nsrun('blue', 'printf', '%s|', 'a  b', '$c', '')[1] == 'a  b|$c||'
        assert (
            os.path.exists('/run/nscd/socket') and 'only-inside' not in pathlib.Path('/etc/hosts').read_text()
        )


def test_nsrun_runs_a_command_inside() -> None:
    world.in_world(_run_in_it)


def _refused() -> None:
    _furnish()
    pathlib.Path('/etc/netns/blind/not-in-etc').touch()
    for words, says in (
        (('red',), 'namespace red: does not exist, the command was not run (there are: '),
        (('junk',), 'namespace junk: does not exist'),
        (('../netns/blue',), 'is not a valid namespace name'),
        (('blind',), 'file /etc/netns/blind/not-in-etc: has no /etc/not-in-etc'),
        (('-u', 'no-such-user', 'blue'), 'user no-such-user: is not known'),
        ((), 'usage: nsrun'),
        (('-x',), 'usage: nsrun'),
    ):
        status, output, errors = _nsrun(*words, *(('echo', 'ran') if words else ()))
        assert status == 125 and not output and says in errors, (words, errors)
    done = subprocess.run(
        ['setpriv', '--reuid=65534', '--clear-groups', *NSRUN, 'blue', 'echo', 'ran'],
        check=False,
        capture_output=True,
    )
    assert done.returncode == 125 and not done.stdout and b'only root' in done.stderr


def test_nsrun_says_why_it_did_not() -> None:
    world.in_world(_refused)


def _checked() -> None:
    _furnish()
    assert _ready('blue') == (0, '')
    assert _ready('red') == (1, 'namespace red: does not exist; make it, or correct the unit that wants it')
    assert _ready('junk')[0] == 1
    os.rename('/etc/hosts', '/etc/hosts.kept')
    assert _ready('blue') == (
        1,
        'file /etc/netns/blue/hosts: has no /etc/hosts to stand for; make that, an empty one will do',
    )


def test_a_service_is_not_started_without_its_namespace() -> None:
    world.in_world(_checked)


def _misleading_names() -> None:
    _furnish()
    os.symlink('blue', '/run/netns/link')
    world.run('ip netns add twin')
    for name, source in (
        ('own', '/proc/self/ns/net'),
        ('uts', '/proc/self/ns/uts'),
        ('other', '/run/netns/twin'),
    ):
        pathlib.Path('/run/netns/' + name).touch()
        world.run('mount --bind %s /run/netns/%s' % (source, name))
    for name, says in (
        ('link', 'namespace link: is a symbolic link, which may lead to any network'),
        ('own', 'namespace own: is the network that this runs in already'),
        ('uts', 'namespace uts: does not exist (found a file that is not a network namespace)'),
        ('twin', 'namespace twin: is another name of namespace other'),
        ('other', 'namespace other: is another name of namespace twin'),
    ):
        status, output, errors = _nsrun(name, 'echo', 'ran')
        assert status == 125 and not output and says in errors, (name, output, errors)
        status, errors = _ready(name)
        assert status == 1 and says in errors, (name, errors)
    assert _nsrun('blue', 'echo', 'ran')[1] == 'ran' and _ready('blue') == (0, '')


def test_a_name_that_leads_elsewhere_is_refused() -> None:
    world.in_world(_misleading_names)


def on_terminal(*words: str, hold: t.Sequence[int] = (0, 1, 2), **surroundings: str) -> tuple[str, str]:
    """Run nsrun as root's shell on a terminal does, with the descriptors of *hold* on it: what the terminal
    shows, and what is typed there for the shell to read next.
    """
    ours, theirs = os.openpty()
    typed, told = os.pipe()
    number = os.fork()
    if not number:
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
        for descriptor in range(3):
            os.dup2(theirs, descriptor)
        done = subprocess.run(
            [*NSRUN, *words],
            env={**os.environ, **surroundings},
            check=False,
            stdin=None if 0 in hold else subprocess.DEVNULL,
            stdout=None if 1 in hold else subprocess.DEVNULL,
        )
        os.write(1, b'status %d\n' % done.returncode)
        os.set_blocking(0, False)
        try:
            os.write(told, os.read(0, 1000))
        except BlockingIOError:
            pass
        os._exit(0)
    os.close(theirs)
    os.close(told)
    shown = b''
    while True:
        try:
            data = os.read(ours, 1000)
        except OSError:  # nobody has the other end
            break
        shown += data
    os.waitpid(number, 0)
    with open(typed, 'rb') as file:
        return shown.decode().replace('\r\n', '\n'), file.read().decode()


TYPE = """
import fcntl, termios
for byte in b'id;\\n':
    fcntl.ioctl(open('/dev/tty'), termios.TIOCSTI, bytes([byte]))
"""


def _typing() -> None:
    _furnish()
    for hold in ((0, 1, 2), (1, 2), (2,), (0,)):
        shown, typed = on_terminal('-u', 'nobody', 'blue', '/usr/bin/python3', '-c', TYPE, hold=hold)
        assert 'status ' in shown and typed == '', (hold, shown, typed)
    shown, _typed = on_terminal(
        '-u', 'nobody', 'blue', 'sh', '-c', 'tty; stty size; stat -c %U $(tty); echo a >/dev/tty; exit 7'
    )
    tty, size, owner, wrote, status = shown.splitlines()
    assert tty.startswith('/dev/pts/') and (size, owner, wrote, status) == ('0 0', 'nobody', 'a', 'status 7')


def test_a_user_cannot_type_into_the_shell_of_root() -> None:
    world.in_world(_typing)


FLOOD = """
import os, signal
if not os.fork():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    while True:  # until nobody has the other end
        os.write(1, b'x' * 1000)
"""


def _flooded() -> None:
    _furnish()
    shown, _typed = on_terminal('-u', 'nobody', 'blue', '/usr/bin/python3', '-c', FLOOD)
    assert shown.endswith('status 0\n')


def test_what_a_command_leaves_running_holds_nobody() -> None:
    world.in_world(_flooded)


def _surroundings() -> None:
    _furnish()
    secret = os.open('/run/secret', os.O_RDWR | os.O_CREAT, 0o600)
    shown = subprocess.run(
        [*NSRUN, '-u', 'nobody', 'blue', 'sh', '-c', 'env; ls /proc/self/fd'],
        env={**os.environ, 'AWS_SECRET': 'x', 'HOME': '/root', 'TERM': 'dumb', 'LD_PRELOAD': ''},
        pass_fds=[secret],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    for line in (
        'HOME=/nonexistent',
        'USER=nobody',
        'LOGNAME=nobody',
        'TERM=dumb',
        'PATH=/usr/local/bin:/usr/bin:/bin',
    ):
        assert line in shown, shown
    allowed = (
        'HOME=',
        'USER=',
        'LOGNAME=',
        'TERM=',
        'COLORTERM=',
        'NO_COLOR=',
        'PATH=',
        'SHELL=',
        'PWD=',
        '_=',
        'OLDPWD=',
        'SHLVL=',
    )
    variables = [line for line in shown if '=' in line and not line.startswith(allowed)]
    assert variables == [] and str(secret) not in shown
    # Pipes are passed on as they are, and so are signals.
    done = subprocess.run(
        [*NSRUN, '-u', 'nobody', 'blue', 'cat'], input=b'a\r\nb\0', check=True, capture_output=True
    )
    assert done.stdout == b'a\r\nb\0'
    with subprocess.Popen([*NSRUN, '-u', 'nobody', 'blue', 'sleep', '1000']) as sleeper:
        while not world.run('pgrep -u nobody -x sleep', check=False):
            pass
        sleeper.terminate()
        assert sleeper.wait() == 128 + 15
    # Root's variables stay root's.
    assert _nsrun('blue', 'sh', '-c', 'echo $HOME')[1] == os.environ.get('HOME', '')


def test_a_user_gets_nothing_of_root() -> None:
    world.in_world(_surroundings)
