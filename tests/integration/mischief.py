# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program of an unprivileged user that does mischief until its input ends, and then tells what it could do.

It imports nothing of ours and is started by the Python of the system. Its one argument is JSON: ``seed``,
``canary`` (what only root may read), ``own`` (folders that the user may write) and ``names`` (what programs
of root may call files there). Its output is JSON: ``tried``, how often it did each thing; ``read``, where it
read the canary; ``broke``, what it could do and should not.
"""

from __future__ import annotations

import collections
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import random
import resource
import select
import signal
import socket
import struct
import sys
import termios
import time
import typing as t

ROOTS = ('/run', '/etc/netns', '/etc/multinet', '/usr/local/lib/multinet', '/etc/systemd/system')
FOLDERS_OF_ROOT = (
    '/run /run/netns /run/multinet /run/multinet/scopes /run/multinet/pending /run/multinet/journal'
    ' /etc /etc/netns /etc/netns/blue /etc/multinet/layouts /usr/local/lib/multinet'
).split()
MOST_HELD = 40
MOST_BYTES = 1 << 16
ABSTRACT = ('xtables', 'multinet', 'multinet/lock', 'socket-factory', '/run/netns', '/run/factory')
CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNS = 0x10000000, 0x40000000, 0x20000
PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206
PIDFD_OPEN, PIDFD_GETFD, PROCESS_VM_READV = (
    434,
    438,
    310,
)  # of x86-64; elsewhere they are other calls that fail
PR_SET_NAME = 15
TIOCLINUX = 0x541C
NLM_F_REQUEST, NLM_F_ACK, NLMSG_ERROR = 1, 4, 2
RTM_NEWLINK, RTM_DELLINK, RTM_DELROUTE, RTM_DELRULE, RTM_NEWNSID = 16, 17, 25, 33, 88
IFLA_IFALIAS = 20

libc = ctypes.CDLL(None, use_errno=True)


class Mischief:
    def __init__(self, seed: int, canary: str, own: list[str], names: list[str]) -> None:
        self.random = random.Random(seed)
        self.canary, self.own, self.names = canary.encode(), own, names
        self.held: list[t.Any] = []
        self.children: list[int] = []
        self.tried: collections.Counter[str] = collections.Counter()
        self.read_at: set[str] = set()
        self.broke: set[str] = set()
        self.tricks = [
            *[self.lock] * 4,
            self.lease,
            self.watch,
            *[self.plant] * 4 + [self.intrude] * 3,
            *[self.spy] * 4 + [self.spy_on_process] * 2,
            self.attack_process,
            self.strange_child,
            self.take_abstract_name,
            *[self.bother_socket] * 2,
            *[self.own_networks, self.ask_kernel, self.settings],
            self.terminals,
        ]

    def run(self) -> None:
        while not select.select([0], [], [], self.random.random() / 100)[0]:
            trick = self.random.choice(self.tricks)
            self.tried[trick.__name__] += 1
            with contextlib.suppress(OSError, ValueError):
                trick()
            while len(self.held) > MOST_HELD or (self.held and self.random.random() < 0.3):
                thing = self.held.pop(self.random.randrange(len(self.held)))
                os.close(thing if isinstance(thing, int) else thing.detach())
            self.reap()

    def reap(self) -> None:
        for number in list(self.children):
            if os.waitpid(number, os.WNOHANG)[0]:
                self.children.remove(number)

    def check(self, where: str, data: bytes) -> None:
        if self.canary in data:
            self.read_at.add(where)

    def pick(self) -> str:
        """Some file or folder that may be root's."""
        path = self.random.choice(ROOTS)
        for _depth in range(5):
            try:
                entries = os.listdir(path)
            except OSError:
                return path
            if not entries or self.random.random() < 0.2:
                return path
            path = os.path.join(path, self.random.choice(entries))
        return path

    def processes_of_root(self) -> list[int]:
        numbers = [int(name) for name in os.listdir('/proc') if name.isdigit()]
        return [number for number in numbers if self.is_of_root(number)]

    @staticmethod
    def is_of_root(number: int) -> bool:
        with contextlib.suppress(OSError), open('/proc/%d/status' % number, encoding='utf-8') as file:
            words = next(line for line in file if line.startswith('Uid:')).split()
            return words[1:] == ['0'] * 4
        return False

    # Locks and watches

    def lock(self) -> None:
        path = self.random.choice(
            [self.pick(), '/run/netns', '/run/multinet', '/run/multinet/lock', '/etc/netns']
        )
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self.held.append(fd)
        kind = self.random.choice([fcntl.LOCK_EX, fcntl.LOCK_SH])
        if self.random.random() < 0.7:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
        else:
            fcntl.lockf(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def lease(self) -> None:
        """Whoever opens a file of ours waits until we give up the lease, or for lease-break-time."""
        path = os.path.join(self.random.choice(self.own), self.random.choice(self.names))
        fd = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        self.held.append(fd)
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, self.random.choice([fcntl.F_RDLCK, fcntl.F_WRLCK]))

    def watch(self) -> None:
        fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if fd >= 0:
            self.held.append(fd)
            libc.inotify_add_watch(fd, self.pick().encode(), 0xFFF)

    # Names

    def plant(self) -> None:
        """Put something in the place of a file of root, in a folder of everybody or of our own."""
        folder, name = self.random.choice(self.own), self.random.choice(self.names)
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError):
            os.unlink(path)
        with contextlib.suppress(OSError):
            os.rmdir(path)
        target = self.random.choice(
            [self.pick(), '/etc/shadow', '/run/secret', '/run/multinet/lock', 'nowhere']
        )
        kind = self.random.choice(['symlink', 'link', 'fifo', 'folder', 'file', 'socket'])
        if kind == 'symlink':
            os.symlink(target, path)
        elif kind == 'link':
            os.link(target, path)  # fs.protected_hardlinks may be off: this alone harms nothing
        elif kind == 'fifo':
            os.mkfifo(path)
        elif kind == 'folder':
            os.mkdir(path)
        elif kind == 'socket':
            with socket.socket(socket.AF_UNIX) as link:
                link.bind(path)
        else:
            with open(path, 'x', encoding='ascii') as file:
                file.write('{"default_outbound": {}, "external": [], "internal": []}')

    def intrude(self) -> None:
        """Make, move and remove names in folders of root."""
        folder = self.random.choice(FOLDERS_OF_ROOT)
        if os.stat(folder).st_uid != 0 or os.stat(folder).st_mode & 0o1002:
            return
        entries = os.listdir(folder)
        path = os.path.join(folder, self.random.choice([*entries, 'mischief', 'blue', 'lock']))
        with contextlib.suppress(FileNotFoundError):
            if os.lstat(path).st_uid == os.getuid():
                return
        source = os.path.join(self.random.choice(self.own), 'source')
        with contextlib.suppress(FileExistsError):
            os.symlink('/run/secret', source)
        attempts: dict[str, t.Callable[[], t.Any]] = {
            'mkdir': lambda: os.mkdir(path + '.new'),
            'create': lambda: os.close(os.open(path + '.new', os.O_WRONLY | os.O_CREAT)),
            'symlink': lambda: os.symlink('/run/secret', path + '.new'),
            'rename into': lambda: os.rename(source, path),
            'rename': lambda: os.rename(path, path + '.old'),
            'unlink': lambda: os.unlink(path),
            'chmod': lambda: os.chmod(path, 0o777),
            'touch': lambda: os.utime(path, (1, 1)),
            'write': lambda: os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK)),
            'truncate': lambda: os.truncate(path, 0),
            'setxattr': lambda: os.setxattr(path, 'user.mischief', b'x'),
        }
        what = self.random.choice(list(attempts))
        attempts[what]()
        self.broke.add('%s %s' % (what, path))

    # What root knows

    def spy(self) -> None:
        path = self.random.choice([self.pick(), '/run/secret', '/etc/multinet/layouts/canary.json'])
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self.check(path, os.read(fd, MOST_BYTES))
        finally:
            os.close(fd)

    def spy_on_process(self) -> None:
        number = self.random.choice(self.processes_of_root())
        folder = '/proc/%d/' % number
        for name in 'cmdline environ maps comm status stack wchan mountinfo net/unix'.split():
            with contextlib.suppress(OSError), open(folder + name, 'rb', buffering=0) as file:
                self.check(name, file.read(MOST_BYTES))
        for name in ('fd', 'map_files', 'fdinfo', 'root', 'cwd'):
            with contextlib.suppress(OSError):
                if os.listdir(folder + name) and self.is_of_root(number) and name not in ('fdinfo', 'fd'):
                    self.broke.add('list %s of a process of root' % name)
        for name in ('mem', 'ns/net', 'ns/mnt', 'exe', *('fd/%d' % fd for fd in range(8))):
            with contextlib.suppress(OSError):
                fd = os.open(folder + name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                os.close(fd)
                if self.is_of_root(number):
                    self.broke.add('open %s of a process of root' % name)

    def attack_process(self) -> None:
        number = self.random.choice(self.processes_of_root())
        pidfd = libc.syscall(PIDFD_OPEN, number, 0)
        buffer = ctypes.create_string_buffer(64)
        vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 64)
        attempts = {
            'ptrace': lambda: libc.ptrace(PTRACE_SEIZE, number, 0, 0),
            'pidfd_getfd': lambda: libc.syscall(PIDFD_GETFD, pidfd, 1, 0),
            'process_vm_readv': lambda: libc.syscall(PROCESS_VM_READV, number, vector, 1, vector, 1, 0),
            'kill': lambda: libc.kill(number, 0),
            'setpriority': lambda: libc.setpriority(0, number, 19),
            'sched_setaffinity': lambda: libc.sched_setaffinity(number, 8, ctypes.byref(ctypes.c_ulong(1))),
            'setpgid': lambda: libc.setpgid(number, number),
        }
        for what, attempt in attempts.items():
            if attempt() >= 0 and self.is_of_root(number):
                self.broke.add('%s of a process of root' % what)
        if pidfd >= 0:
            os.close(pidfd)

    # Processes, sockets, networks of our own

    def fork(self, body: t.Callable[[], t.Any]) -> None:
        if len(self.children) > 8:
            return
        number = os.fork()
        if number:
            self.children.append(number)
            return
        try:
            body()
        finally:
            os._exit(0)

    def strange_child(self) -> None:
        """A session of its own, an orphan, a name with a line break, and all limits used up."""

        def body() -> None:
            os.setsid()
            if self.random.random() < 0.5 and os.fork():
                return
            libc.prctl(PR_SET_NAME, b'\x1b[2J\nroot: x', 0, 0, 0)
            with contextlib.suppress(OSError):
                folder = os.open('/run/netns', os.O_RDONLY)
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                while True:
                    os.dup(folder)
            time.sleep(self.random.random())

        self.fork(body)

    def take_abstract_name(self) -> None:
        link = socket.socket(socket.AF_UNIX)
        self.held.append(link)
        link.bind('\0' + self.random.choice(ABSTRACT))
        link.listen()

    def bother_socket(self) -> None:
        with open('/proc/net/unix', encoding='utf-8', errors='replace') as file:
            paths = [line.split()[-1] for line in file if '/' in line or '@' in line]
        path = self.random.choice([*paths, '/run/factory'])
        kind = self.random.choice([socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET])
        link = socket.socket(socket.AF_UNIX, kind)
        self.held.append(link)
        link.setblocking(False)
        link.connect('\0' + path[1:] if path.startswith('@') else path)
        data = self.random.choice(
            [b'', b'10.0.0.1', b'10.0.0.1:83\n', self.random.randbytes(3000), b'\n' * 5000]
        )
        if self.random.random() < 0.2:
            socket.send_fds(link, [data or b'x'], [0] * self.random.randrange(1, 200))
        else:
            link.send(data)

    def own_networks(self) -> None:
        """In a user namespace we are root, of networks and mounts of our own."""
        names = ['/run/netns/' + name for name in os.listdir('/run/netns')]
        told, tell = os.pipe()

        def body() -> None:
            fds = [os.open(path, os.O_RDONLY) for path in names]
            network = CLONE_NEWNET if self.random.random() < 0.3 else 0
            if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | network):
                return
            for path in ('/run', '/etc/netns', '/usr/local'):
                libc.mount(b'none', path.encode(), b'tmpfs', 0, None)
            libc.umount2(b'/run/netns', 2)
            self.send(
                RTM_NEWLINK, struct.pack('<BxHiII', 0, 0, 1, 0, 0) + self.attribute(b'multinet:canary\0')
            )
            for fd, path in zip(fds, names):
                if libc.setns(fd, CLONE_NEWNET) == 0:
                    os.write(tell, ('enter %s\n' % path).encode())

        self.fork(body)
        os.close(tell)
        with open(told, encoding='utf-8') as file:
            self.broke.update(file.read().split('\n')[:-1])

    @staticmethod
    def attribute(text: bytes) -> bytes:
        return struct.pack('<HH', 4 + len(text), IFLA_IFALIAS) + text + b'\0' * (-len(text) % 4)

    @staticmethod
    def send(kind: int, body: bytes) -> int:
        """The error number with which the kernel answers a netlink request; 0 if it did it."""
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as link:
            link.settimeout(5)
            link.send(struct.pack('<IHHII', 16 + len(body), kind, NLM_F_REQUEST | NLM_F_ACK, 1, 0) + body)
            answer = link.recv(4096)
        found = struct.unpack_from('<IHHIIi', answer)
        return -found[5] if found[1] == NLMSG_ERROR else errno.ENODATA

    def ask_kernel(self) -> None:
        """Requests that only the administrator of the network may make."""
        link = struct.pack('<BxHiII', 0, 0, self.random.randrange(1, 40), 0, 1)
        kind, body = self.random.choice(
            [
                (RTM_DELLINK, link),
                (RTM_NEWLINK, link + self.attribute(b'mischief\0')),
                (RTM_DELROUTE, struct.pack('<8BI', socket.AF_INET, 0, 0, 0, 254, 0, 0, 0, 0)),
                (RTM_DELRULE, struct.pack('<8BI', socket.AF_INET, 0, 0, 0, 254, 0, 0, 1, 0)),
                (RTM_NEWNSID, struct.pack('<B3x', 0)),
            ]
        )
        if self.send(kind, body) == 0:
            self.broke.add('netlink request %d' % kind)

    def settings(self) -> None:
        path = '/proc/sys/net/' + self.random.choice(
            ['ipv4/ip_forward', 'ipv6/conf/all/forwarding', 'core/somaxconn']
        )
        with open(path, 'w', encoding='ascii') as file:
            file.write('1')
        self.broke.add('write ' + path)

    def terminals(self) -> None:
        for name in os.listdir('/dev/pts'):
            with contextlib.suppress(OSError):
                fd = os.open('/dev/pts/' + name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
                self.held.append(fd)
                for request in (termios.TIOCSTI, TIOCLINUX):
                    with contextlib.suppress(OSError):
                        fcntl.ioctl(fd, request, b'x')


def main() -> None:
    signal.signal(signal.SIGURG, signal.SIG_IGN)
    for name in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):
        resource.setrlimit(name, (200, 200))
    mischief = Mischief(**json.loads(sys.argv[1]))
    print('ready', flush=True)
    mischief.run()
    told = {
        'tried': dict(mischief.tried),
        'read': sorted(mischief.read_at),
        'broke': sorted(mischief.broke),
    }
    print(json.dumps(told))


if __name__ == '__main__':
    main()
