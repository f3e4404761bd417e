# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Name servers of namespaces, in worlds with an /etc of their own."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Operation
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.etc_world import NSSWITCH, own_etc

FILES = pathlib.Path('/etc/netns/sig')
RESOLV = (
    '# multinet:split\nsearch sig.example\nnameserver 10.0.0.53\nnameserver fd00::53\n'
    'options timeout:1 attempts:1\n'
)


def split(*addresses: str, **more: t.Any) -> Document:
    return {
        'name': 'split',
        'namespaces': [
            {'name': 'sig', **({'nameservers': {'addresses': list(addresses), **more}} if addresses else {})}
        ],
    }


FULL = split('10.0.0.53', 'fd00:0::53', search=['sig.example'], options=['timeout:1', 'attempts:1'])


def _files() -> dict[str, str]:
    return {
        str(path): path.read_text()
        for path in sorted(pathlib.Path('/etc/netns').rglob('*'))
        if path.is_file()
    }


def _there_and_gone() -> None:
    own_etc()
    wanted = ['namespace sig', 'file /etc/netns/sig/nsswitch.conf', 'file /etc/netns/sig/resolv.conf']
    predicted = converge(FULL, check=True)
    assert [change.title for change in predicted.changes] == wanted
    assert not pathlib.Path('/etc/netns').exists()
    done = converge(FULL)
    assert [change.title for change in done.changes] == wanted
    assert (FILES / 'resolv.conf').read_text() == RESOLV
    assert (FILES / 'nsswitch.conf').read_text() == '# multinet:split\n' + NSSWITCH.replace(
        'files resolve [!UNAVAIL=return] dns myhostname', 'files dns'
    )
    before = (FILES / 'resolv.conf').stat()
    again = converge(FULL)
    assert not again.ops and not again.changes
    assert (FILES / 'resolv.conf').stat().st_mtime_ns == before.st_mtime_ns
    # Who runs in the namespace sees the change, for the file is the same one.
    with subprocess.Popen(
        ['ip', 'netns', 'exec', 'sig', 'sh', '-c', 'read -r go; cat /etc/resolv.conf'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        while (
            not pathlib.Path('/proc/%d/root/etc/resolv.conf' % running.pid)
            .read_text()
            .startswith('# multinet')
        ):
            pass
        converge(split('10.0.0.54'))
        assert running.communicate('go\n')[0] == '# multinet:split\nnameserver 10.0.0.54\n'
    assert (FILES / 'resolv.conf').stat().st_ino == before.st_ino
    converge(split())
    assert _files() == {} and not pathlib.Path('/etc/netns').exists()
    converge(FULL)
    # After a boot nothing is known, and the files are there.
    world.run('ip netns del sig')
    shutil.rmtree('/run/multinet')
    assert [change.title for change in converge(FULL).changes] == ['namespace sig']
    shutil.rmtree('/run/multinet')
    converge(FULL, absent=True)
    assert not pathlib.Path('/etc/netns').exists()
    assert pathlib.Path('/etc/resolv.conf').read_text() == 'nameserver 192.0.2.1\n'


def test_files_that_come_change_and_go() -> None:
    world.in_world(_there_and_gone)


def _of_others() -> tuple[str, str]:
    own_etc()
    os.makedirs(FILES)
    (FILES / 'resolv.conf').write_text('nameserver 192.0.2.9\n')
    (FILES / 'hosts').write_text('192.0.2.9 peer\n')
    before = _files()
    said = []
    try:
        converge(FULL)
    except EngineError as exc:
        said.append(str(exc))
    assert _files() == before
    converge(FULL, policy=Policy(adopt=True))
    assert (FILES / 'resolv.conf').read_text() == RESOLV
    converge(FULL, absent=True)
    assert _files() == before
    shutil.rmtree('/etc/netns')
    os.unlink('/etc/resolv.conf')
    try:
        converge(FULL)
    except EngineError as exc:
        said.append(str(exc))
    return t.cast('tuple[str, str]', tuple(said))


def test_files_of_others_stay_or_come_back() -> None:
    assert world.in_world(_of_others) == (
        'file /etc/netns/sig/resolv.conf: already exists and belongs to no known scope;'
        ' remove it, or set adopt: true to take it over',
        'file /etc/resolv.conf: does not exist, so that a namespace cannot have one of its own; make'
        ' it, an empty one will do',
    )


def _taken_back() -> None:
    own_etc()
    converge(split('10.0.0.1'))
    before = _files()
    for number in range(1, 3):
        count = 0

        def step(_op: Operation, number: int = number) -> None:
            nonlocal count
            count += 1
            if count == number:
                raise RuntimeError('as the test wants it')

        document = {**FULL, 'namespaces': [*FULL['namespaces'], {'name': 'more'}]}
        try:
            converge(document, step=step)
        except RuntimeError:
            assert _files() == before
    assert count == 2


def test_a_run_that_fails_takes_them_back() -> None:
    world.in_world(_taken_back)


def _links() -> list[str]:
    """A symbolic link in the place of a file is adopted and restored; where it leads stays as it is."""
    own_etc()
    os.makedirs(FILES)
    resolv = FILES / 'resolv.conf'
    said = []
    for target in ('/etc/resolv.conf', 'nowhere'):
        resolv.symlink_to(target)
        try:
            converge(FULL)
        except EngineError as exc:
            said.append(str(exc))
        done = converge(FULL, policy=Policy(adopt=True))
        (change,) = [change for change in done.changes if change.name == str(resolv)]
        assert change.before == ('symlink %s' % target,) and change.after == tuple(RESOLV.splitlines())
        assert not resolv.is_symlink() and resolv.read_text() == RESOLV
        assert pathlib.Path('/etc/resolv.conf').read_text() == 'nameserver 192.0.2.1\n'
        assert not converge(FULL).ops
        converge(FULL, absent=True)
        assert os.readlink(resolv) == target
        assert pathlib.Path('/etc/resolv.conf').read_text() == 'nameserver 192.0.2.1\n'
        resolv.unlink()
    return said


def test_a_symbolic_link_is_taken_over_and_not_its_target() -> None:
    (conflict,) = set(world.in_world(_links))
    assert conflict.startswith('file /etc/netns/sig/resolv.conf: already exists')


def _modes() -> None:
    """Users other than root read the files, whatever the umask; a mode that keeps them from it is mended."""
    own_etc()
    os.umask(0o077)
    converge(FULL)

    def modes() -> set[int]:
        return {path.stat().st_mode & 0o777 for path in FILES.iterdir()}

    assert modes() == {0o644} and FILES.stat().st_mode & 0o777 == 0o755
    for path in FILES.iterdir():
        path.chmod(0o600)
    predicted, done = converge(FULL, check=True), converge(FULL)
    assert [change.before[0] for change in predicted.changes] == ['mode 0600'] * 2
    assert predicted.changes == done.changes and modes() == {0o644}
    assert not converge(FULL).ops
    # What others made has its mode back, too.
    converge(FULL, absent=True)
    FILES.mkdir(parents=True)
    (FILES / 'resolv.conf').write_bytes(b'nameserver 192.0.2.9\r\n')
    converge(FULL, policy=Policy(adopt=True))
    assert modes() == {0o644}
    converge(FULL, absent=True)
    assert modes() == {0o600} and (FILES / 'resolv.conf').read_bytes() == b'nameserver 192.0.2.9\r\n'


def test_modes_do_not_depend_on_the_umask() -> None:
    world.in_world(_modes)
