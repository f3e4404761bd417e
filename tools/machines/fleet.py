# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet as it is seen from outside its sandbox; and the janitor."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import select
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import typing as t

import workshop
from workshop import Trouble

from machines.cgroups import Cgroups, on_systemd
from machines.host import Host, Root
from machines.keeper import Keeper
from machines.processes import CLONE_NEWPID, must, parent_of, set_death_signal, unshare
from machines.setups import CONTROLLER, SETUPS, furnish

PATIENCE = 120  # seconds for a boot on a busy machine


class Fleet:
    def __init__(self) -> None:
        given = os.environ.get("MULTINET_HOSTS")
        self.folder = (
            pathlib.Path(given or workshop.cache() / "hosts" / workshop.clone_key()).resolve() / "fleet"
        )
        self.key = hashlib.sha256(str(self.folder).encode()).hexdigest()[:8]
        self.hosts = self.folder / "hosts"
        self.run = pathlib.Path("/run/multinet-fleet", self.key)  # sockets: their paths have to be short
        self.socket = self.run / "keeper"
        self.ssh = self.folder / "ssh"

    # Talking to the keeper.

    def connect(self) -> socket.socket | None:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(self.socket))
        except OSError:
            connection.close()
            return None
        return connection

    def ask(self, do: str, **more: t.Any) -> t.Any:
        connection = self.connect()
        if not connection:
            raise Trouble("the fleet is down; `tools/fleet up` or `make fleet` brings it up")
        with connection, connection.makefile("rw") as stream:
            stream.write(json.dumps({"do": do, **more}) + "\n")
            stream.flush()
            answer = json.loads(stream.readline() or '{"trouble": "the keeper did not answer"}')
        if "trouble" in answer:
            raise Trouble(answer["trouble"])
        return answer["well"]

    def keeper(self) -> int:
        """The keeper's number among the processes of whoever asks: the kernel says who listens."""
        connection = self.connect()
        if not connection:
            raise Trouble("the fleet is down")
        with connection:
            data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", data)[0])

    def enter(self, *command: str) -> list[str]:
        """COMMAND in the sandbox."""
        return ["nsenter", "--target", str(self.keeper()), "--mount", "--net", "--pid", "--", *command]

    # Up.

    def start(self, owners: t.Iterable[int]) -> None:
        self.sweep()
        self.hosts.mkdir(parents=True)
        asked = subprocess.run(
            ["findmnt", "-n", "-o", "FSTYPE", "--target", self.folder], stdout=subprocess.PIPE, check=False
        )
        if asked.stdout.strip() == b"overlay":
            self.sweep()
            raise Trouble(
                f"{self.folder} lies on an overlay, which takes no other; set MULTINET_CACHE to a"
                " folder on a disk"
            )
        self.run.mkdir(parents=True, mode=0o700)
        must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "fleet", "-f", self.folder / "key")
        words = [sys.executable, "-B", str(workshop.CLONE / "tools/fleet"), "_janitor", *map(str, owners)]
        if on_systemd():
            unit = f"multinet-fleet-{self.key}-{os.getpid()}"
            words = [
                "systemd-run",
                "--quiet",
                "--scope",
                "--collect",
                "-p",
                "Delegate=yes",
                f"--unit={unit}",
                *words,
            ]
        log = self.folder / "janitor.log"
        with open(log, "wb") as output:
            janitor = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd="/",
                env={**os.environ, "MULTINET_HOSTS": str(self.folder.parent)},
            )
        until = time.monotonic() + PATIENCE
        while not self.connect():
            if janitor.poll() is not None or time.monotonic() > until:
                janitor.kill()
                raise Trouble(f"the sandbox could not be made\n{log.read_text(errors='replace')}")
            time.sleep(0.02)
        # Whoever runs this file gets an ssh that is in the sandbox and knows the hosts by name.
        keeper = self.keeper()
        network = os.readlink(f"/proc/{keeper}/ns/net")
        config = shlex.quote(str(self.folder / "ssh_config"))
        self.ssh.write_text(
            "#!/bin/sh\n"
            f'[ "$(readlink /proc/{keeper}/ns/net)" = "{network}" ] ||'
            f' {{ echo "the fleet is down" >&2; exit 255; }}\n'
            f"exec nsenter --target {keeper} --net --pid -- ssh -F {config} -o"
            f" ControlPath={self.run}/%C \"$@\"\n"
        )
        self.ssh.chmod(0o700)

    def make_disk(self, name: str, index: int, root: Root) -> None:
        folder = self.hosts / name
        upper = folder / "upper"
        shutil.rmtree(folder, ignore_errors=True)  # of somebody who was interrupted
        for part in ("work", "root", "upper/etc/ssh", "upper/root/.ssh"):
            (folder / part).mkdir(parents=True)
        for private in ("root", "root/.ssh"):
            (upper / private).chmod(0o700)
        shutil.copy(self.folder / "key.pub", upper / "root/.ssh/authorized_keys")
        (upper / "root/.ssh/authorized_keys").chmod(0o600)
        (upper / "etc/hostname").write_text(f"{name}\n")
        (upper / "etc/machine-id").write_text(os.urandom(16).hex() + "\n")
        (upper / "etc/hosts").write_text(f"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}\n")
        must(
            "ssh-keygen",
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-C",
            name,
            "-f",
            upper / "etc/ssh/ssh_host_ed25519_key",
        )
        if root.setup:
            furnish(SETUPS[root.setup], index, upper)
        made = {"index": index, "release": root.release, "base": str(root.base), "setup": root.setup}
        (folder / "host.json").write_text(json.dumps({**made, "layers": list(map(str, root.layers))}))

    def write_ssh_config(self) -> None:
        known, config = [], []
        for made in sorted(self.hosts.glob("*/host.json")):
            host = Host(made.parent)
            public = (host.folder / "upper/etc/ssh/ssh_host_ed25519_key.pub").read_text().split()
            known.append(f"{host.name} {public[0]} {public[1]}\n")
            config.append(f"Host {host.name}\n    HostName {host.address}\n    HostKeyAlias {host.name}\n")
            if host.setup:
                # One that loses its address for good must not keep its controller waiting.
                alive = "    ServerAliveInterval 5\n    ServerAliveCountMax 6\n"
                config.append(f"    BindAddress {CONTROLLER[0]}\n{alive}")
        quoted = {name: f'"{self.folder / name}"' for name in ("key", "known_hosts")}
        config.append(
            f"Host *\n    User root\n    IdentityFile {quoted['key']}\n    IdentitiesOnly yes\n"
            f"    UserKnownHostsFile {quoted['known_hosts']}\n    StrictHostKeyChecking yes\n"
            "    ConnectTimeout 10\n    LogLevel ERROR\n"
        )
        (self.folder / "known_hosts").write_text("".join(known))
        (self.folder / "ssh_config").write_text("\n".join(config))

    def wait_for(self, names: t.Sequence[str]) -> None:
        """Until each host answers SSH and its systemd has started everything."""
        until = time.monotonic() + PATIENCE
        waiting = {name: t.cast("subprocess.Popen[bytes] | None", None) for name in names}
        said: dict[str, str] = {}
        while waiting:
            if not self.connect():
                raise Trouble("the fleet was ended while its hosts booted")
            for name, process in list(waiting.items()):
                if process is None:
                    waiting[name] = subprocess.Popen(
                        [
                            self.ssh,
                            "-o",
                            "ConnectTimeout=3",
                            name,
                            "systemctl is-system-running --wait; systemctl --failed --plain",
                        ],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                    )
                elif process.poll() is not None:
                    output, errors = process.communicate()
                    said[name] = (output or errors).decode(errors="replace").strip()
                    if said[name].startswith("running"):
                        del waiting[name]
                    elif said[name].startswith("degraded"):
                        raise Trouble(f"{name} has booted, but not all of it: {said[name]}")
                    else:
                        waiting[name] = None
            if time.monotonic() > until:
                for process in waiting.values():
                    if process:
                        process.kill()
                        process.wait()
                name = next(iter(waiting))
                console = (self.hosts / name / "console.log").read_text(errors="replace").splitlines()
                raise Trouble(f"{name} does not answer: {said.get(name, '')}\n" + "\n".join(console[-20:]))
            time.sleep(0.05)

    # Down.

    def down(self) -> None:
        with contextlib.suppress(Trouble, OSError):
            keeper = self.keeper()
            parent = parent_of(keeper)
            # The keeper ends only after every process of the sandbox, and its parent, the janitor, after
            # tidying up.
            ends = [os.pidfd_open(pid) for pid in (keeper, parent) if pid > 1]
            os.kill(keeper, signal.SIGKILL)
            for end in ends:
                select.select([end], [], [], PATIENCE)
                os.close(end)
        self.sweep()

    def sweep(self) -> None:
        """Put away what is left of a fleet whose keeper is gone."""
        Cgroups(self.key).remove()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.run, ignore_errors=True)
        for folder in (self.run.parent, self.folder.parent):
            with contextlib.suppress(OSError):
                folder.rmdir()

    # The janitor.

    def janitor(self, owners: t.Iterable[int]) -> t.NoReturn:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.socket))
        watched = [os.pidfd_open(owner) for owner in owners]
        cgroups = Cgroups(self.key)
        if on_systemd():
            cgroups.use_scope()
        unshare(CLONE_NEWPID)
        keeper = os.fork()
        if not keeper:
            set_death_signal(signal.SIGKILL)
            try:
                work = Keeper(self.hosts, listener, cgroups)
                work.furnish()
                work.serve()
            except BaseException as error:
                os.write(2, f"{error}\n".encode())
                os._exit(1)
        listener.close()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: os.kill(keeper, signal.SIGKILL))
        gone = os.pidfd_open(keeper)
        ready, _, _ = select.select([gone, *watched], [], [])
        if gone not in ready:
            print("an owner is gone", flush=True)
            os.kill(keeper, signal.SIGKILL)
        os.waitpid(keeper, 0)
        self.sweep()
        os._exit(0)
