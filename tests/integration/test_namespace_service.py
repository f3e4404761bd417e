# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who watches over services in namespaces, with real namespaces and a systemctl that plays systemd; with
systemd: the scenario signalling.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import time
import typing as t

from ansible_collections.multinet.linux.roles.namespace_service.files.netns_tools import identity, watch
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.test_nsrun import SERVICE

PROMISED = 5  # seconds from the last change to the restart
PATIENCE = 120  # seconds until a test gives up; nothing depends on them
# The look that a watcher takes now and then would hide that a change was not heard.
WATCH = (
    *SERVICE[:-1],
    SERVICE[-1].replace('import main;', 'import main, watch; watch.CALM = 86400.0;'),
    'watch',
)
STATE, RESTARTS, HIDDEN = (
    pathlib.Path('/run/services.json'),
    pathlib.Path('/run/restarts'),
    pathlib.Path('/run/hidden'),
)
# One service, app.service, in the namespace blue. With /run/hidden it does not see its files, whatever is
# done.
SYSTEMCTL = """#!/usr/bin/python3
import json, os, subprocess, sys, time
words = [word for word in sys.argv[1:] if word not in ('--', '--no-block')]
with open('/run/services.json') as file:
    state = json.load(file)
if not os.path.exists('/proc/%d' % state['process']):
    state['process'] = 0
if words[0] == 'list-units':
    print('netns-ready@blue.service loaded inactive dead x')
elif words[0] == 'show' and 'RequiredBy' in words[1]:
    print('Id=netns-ready@blue.service\\nRequiredBy=app.service app.socket')
elif words[0] == 'show':
    if 'app.service' in words:
        active = 'active' if state['process'] else 'inactive'
        shown = 'Id=app.service\\nMainPID=%d\\nActiveState=%s\\nSubState=x\\nResult=signal\\n'
        print(shown % (state['process'], active))
    if 'app.socket' in words:
        print('Id=app.socket\\nActiveState=active\\nSubState=listening\\nTriggers=behind.service\\n')
    if 'behind.service' in words:
        print('Id=behind.service\\nActiveState=active\\n')
elif words[0] in ('stop', 'restart') or 'behind.service' in words:
    with open('/run/sockets', 'a') as file:
        print(*words, file=file)
elif words[0] == 'start' or state['process']:
    with open('/run/restarts', 'a') as file:
        print(time.monotonic(), file=file)
    if state['process']:
        os.kill(state['process'], 9)
    state['process'] = 0
    if os.path.exists('/run/netns/blue'):
        inside = ['ip', 'netns', 'exec', 'blue']
        if os.path.exists('/run/hidden'):
            inside = ['nsenter', '--net=/run/netns/blue']
        state['process'] = subprocess.Popen([*inside, 'sleep', '1000'], stdin=-3, stdout=-3, stderr=-3).pid
    with open('/run/services.json.new', 'w') as file:
        json.dump(state, file)
    os.rename('/run/services.json.new', '/run/services.json')
"""


@contextlib.contextmanager
def _watched() -> t.Iterator[None]:
    os.makedirs('/run/etc')
    os.makedirs('/run/etc-work')
    world.run('mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc-work overlay /etc')
    os.makedirs('/etc/netns/blue')
    pathlib.Path('/etc/netns/blue/hosts').write_text('127.0.0.7 inside\n')
    os.makedirs('/run/bin')
    pathlib.Path('/run/bin/systemctl').write_text(SYSTEMCTL)
    os.chmod('/run/bin/systemctl', 0o755)
    STATE.write_text(json.dumps({'process': 0}))
    world.run('ip netns add blue')
    world.run('/run/bin/systemctl start app.service')
    path = '/run/bin:' + os.environ['PATH']
    environment = {**os.environ, 'PATH': path, 'NOTIFY_SOCKET': '/run/notify'}
    with contextlib.ExitStack() as stack:
        notify = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        notify.bind('/run/notify')
        said = stack.enter_context(open('/run/said', 'w', encoding='utf-8'))
        watcher = subprocess.Popen(  # pylint: disable=consider-using-with
            WATCH, env=environment, stdout=said, stderr=said
        )
        stack.callback(_end, watcher)
        notify.settimeout(PATIENCE)
        assert notify.recv(100) == b'READY=1'
        yield


def _end(watcher: subprocess.Popen[bytes]) -> None:
    watcher.kill()
    watcher.wait()
    with contextlib.suppress(ProcessLookupError):
        os.kill(_process(), 9)


def _process() -> int:
    return t.cast(int, json.loads(STATE.read_text())['process']) or 1 << 22


def _sees(path: str, text: str) -> bool:
    with contextlib.suppress(OSError):
        return text in pathlib.Path('/proc/%d/root%s' % (_process(), path)).read_text()
    return False


def _is_inside() -> bool:
    with contextlib.suppress(OSError):
        return os.path.samefile('/proc/%d/ns/net' % _process(), '/run/netns/blue')
    return False


def _restarts() -> list[float]:
    return list(map(float, RESTARTS.read_text().split()))


def _soon(condition: t.Callable[..., bool], *args: t.Any) -> None:
    """Wait until the condition holds."""
    began = time.monotonic()
    while not condition(*args):
        assert time.monotonic() - began < PATIENCE, (
            args,
            _restarts(),
            pathlib.Path('/run/said').read_text(),
        )
        time.sleep(0.02)


def _made_again() -> None:
    pauses = (0.0, 1.5, 0.0, 1.5, 0.3, 1.5)
    with _watched():
        for pause in pauses:
            world.run('ip netns del blue')
            time.sleep(pause)
            world.run('ip netns add blue')
            _soon(_is_inside)
        assert len(_restarts()) == 1 + len(pauses)


def test_a_service_follows_its_namespace_every_time() -> None:
    """Each change is heard. From then on it is the watcher's own pauses that take time."""
    world.in_world(_made_again)
    assert watch.MOST + watch.SPACING + watch.LATE <= PROMISED


def _same_number() -> None:
    seen: dict[int, str] = {}
    for _time in range(200):
        world.run('ip netns add blue')
        number, told = os.stat('/run/netns/blue').st_ino, identity.token('blue')
        assert told == identity.token('blue')
        assert seen.get(number) != told
        if number in seen:
            return
        seen[number] = told
        world.run('ip netns del blue')
        time.sleep(0.1)


def test_a_namespace_with_the_number_of_one_before_it_is_another() -> None:
    """The kernel uses inode numbers again, and a restart was once told apart by them."""
    world.in_world(_same_number)


def _files() -> None:
    with _watched():
        assert _sees('/etc/hosts', 'inside')
        with open('/etc/netns/blue/hosts', 'a', encoding='ascii') as file:
            file.write('# in place\n')
        assert _sees('/etc/hosts', 'in place')
        time.sleep(2)
        assert len(_restarts()) == 1
        pathlib.Path('/run/new').write_text('127.0.0.8 replaced\n')
        world.run('cp /run/new /etc/netns/blue/new')
        os.rename('/etc/netns/blue/new', '/etc/netns/blue/hosts')
        _soon(_sees, '/etc/hosts', 'replaced')
        world.run('cp /etc/hosts /etc/hosts.new')
        os.rename('/etc/hosts.new', '/etc/hosts')
        _soon(_sees, '/etc/hosts', 'replaced')
        os.unlink('/etc/netns/blue/hosts')
        _soon(_sees, '/etc/hosts', 'localhost')
        # A folder that did not exist when the watch began.
        world.run('rm -r /etc/netns')
        time.sleep(1)
        os.makedirs('/etc/netns/blue')
        pathlib.Path('/etc/netns/blue/hosts').write_text('127.0.0.9 later\n')
        _soon(_sees, '/etc/hosts', 'later')


def test_a_file_that_is_replaced_reaches_the_service() -> None:
    world.in_world(_files)


def _sockets() -> None:
    with _watched():
        world.run('ip netns del blue')
        time.sleep(1)
        world.run('ip netns add blue')
        wanted = ['stop behind.service', 'restart app.socket', 'start behind.service']
        _soon(
            lambda: (
                os.path.exists('/run/sockets')
                and pathlib.Path('/run/sockets').read_text().splitlines() == wanted
            )
        )
        time.sleep(2)
        assert pathlib.Path('/run/sockets').read_text().splitlines() == wanted


def test_a_socket_of_systemd_is_opened_in_the_namespace_that_is_there_now() -> None:
    world.in_world(_sockets)


def _helpless() -> None:
    with _watched():
        HIDDEN.touch()
        world.run('cp /etc/netns/blue/hosts /etc/netns/blue/new')
        os.rename('/etc/netns/blue/new', '/etc/netns/blue/hosts')
        _soon(lambda: 'it is left alone' in pathlib.Path('/run/said').read_text())
        count = len(_restarts())
        assert count == 3  # the start, and two tries
        time.sleep(4)
        assert len(_restarts()) == count
        # Another namespace is another thing.
        HIDDEN.unlink()
        world.run('ip netns del blue')
        world.run('ip netns add blue')
        _soon(_is_inside)


def test_a_service_that_a_restart_does_not_help_is_left_alone() -> None:
    world.in_world(_helpless)


def _many_changes() -> None:
    with _watched():
        for _time in range(40):
            world.run('ip netns del blue')
            world.run('ip netns add blue')
            time.sleep(0.25)
        _soon(_is_inside)
        times = _restarts()
        for begin in times:
            # systemd gives up a service that starts more than five times in ten seconds: StartLimitBurst and
            # StartLimitIntervalSec in systemd.unit(5) and systemd-system.conf(5).
            assert len([moment for moment in times if begin <= moment < begin + 10]) <= 5, times


def test_many_changes_are_few_restarts() -> None:
    world.in_world(_many_changes)


def _away() -> None:
    with _watched():
        # systemd does not restart a service that ends while it has no namespace.
        world.run('ip netns del blue')
        os.kill(_process(), 9)
        time.sleep(4)
        assert len(_restarts()) == 1
        world.run('ip netns add blue')
        _soon(_is_inside)


def test_a_service_that_went_down_without_its_namespace_is_started_with_it() -> None:
    world.in_world(_away)


def _away_after_a_restart() -> None:
    with _watched():
        world.run('ip netns del blue')
        world.run('ip netns add blue')
        _soon(_is_inside)
        # The namespace comes back before the service may be started again.
        world.run('ip netns del blue')
        os.kill(_process(), 9)
        time.sleep(1)
        world.run('ip netns add blue')
        _soon(_is_inside)


def test_a_service_that_goes_down_right_after_a_restart_is_started_too() -> None:
    world.in_world(_away_after_a_restart)
