# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guests with a kernel of their own: stock Debian kernels of several series, under QEMU."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import random
import re
import select
import shlex
import shutil
import signal
import subprocess
import time
import typing as t

import workshop
from workshop import Trouble

from machines import images
from machines.kernels import KERNELS
from machines.processes import CLONE_NEWNET, die_with_parent, outermost, say, unshare

PORT = 2222  # of the guest's sshd, on an address of its own in the namespace of its qemu
MEMORY = 192
PATIENCE = 180  # seconds for a boot on a busy machine
TRIAL = 15  # seconds in which hardware virtualization has to bring a kernel up
KERNEL_LINE = (
    "console=ttyS0 quiet panic=-1 reboot=t edd=off net.ifnames=0 mitigations=off audit=0 nokaslr"
    " cryptomgr.notests"
    " rcupdate.rcu_expedited=1"
)
MACHINE = "-M q35 -nodefaults -no-user-config -display none -smp 1".split()
TCG = ["-accel", "tcg,thread=multi,tb-size=128", "-cpu", "max,la57=off"]
KVM = ["-accel", "kvm", "-cpu", "host"]


def boots_with_kvm(kernel: pathlib.Path) -> bool:
    """Whether KVM works here. A device node says little, for KVM in a virtual machine may only seem to work:
    boot and see."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    qemu = subprocess.run(
        ["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=False
    ).stdout
    [processor] = re.findall(
        r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE
    )[:1] or [""]
    about = [os.uname().release, os.uname().version, processor, qemu.splitlines()[:1]]
    found = workshop.cache() / "kvm.json"
    with workshop.locked("kvm"):
        with contextlib.suppress(OSError, ValueError):
            known = json.loads(found.read_text())
            if known["about"] == about:
                return bool(known["works"])
        command = ["qemu-system-x86_64", *MACHINE, *KVM, "-m", str(MEMORY), "-serial", "stdio", "-no-reboot"]
        command += [
            "-kernel",
            kernel / "vmlinux",
            "-initrd",
            kernel / "initramfs",
            "-append",
            f"{KERNEL_LINE} multinet.only",
        ]
        try:
            tried = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=TRIAL,
                preexec_fn=die_with_parent,
                check=False,
            )
            works = b"guest: kernel " in tried.stdout
        except subprocess.TimeoutExpired:
            works = False
        found.write_text(json.dumps({"about": about, "works": works}) + "\n")
    return works


def owner_of(asked: str) -> int:
    """Whose end is the end of a guest: as asked, or of a `molecule test`, which would end it itself; else
    nobody's."""
    if asked == "play":
        return outermost(("molecule", "ansible-playbook"))
    return int(asked or os.environ.get("MULTINET_OWNER") or 0) or outermost(("molecule",), "test")


def guests_folder() -> pathlib.Path:
    return pathlib.Path(
        os.environ.get("MULTINET_HOSTS") or workshop.cache() / "hosts" / workshop.clone_key(), "guests"
    )


class Guest:
    """What is on disk about a guest: its disk, its console, and how to reach it."""

    def __init__(self, name: str, kernel: str = "") -> None:
        self.name = name
        self.folder = guests_folder() / name
        with contextlib.suppress(OSError):
            kernel = kernel or (self.folder / "kernel").read_text().strip()
        self.kernel = kernel or (name if name in KERNELS else next(iter(KERNELS)))
        if self.kernel not in KERNELS:
            raise Trouble(f"there is no kernel {self.kernel}; there are {', '.join(KERNELS)}")
        self.console = self.folder / "console.log"
        self.ssh = self.folder / "ssh"

    # Processes are known by number and the namespace that the number had: a number alone may be another's by
    # now.

    def _process(self, name: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            pid, mark = (self.folder / name).read_text().split()
            if os.readlink(f"/proc/{pid}/ns/net") == mark:
                return int(pid)
        return 0

    def _remember(self, name: str, pid: int) -> None:
        fresh = self.folder / f"{name}.new"
        fresh.write_text(f"{pid} {os.readlink(f'/proc/{pid}/ns/net')}\n")
        fresh.rename(self.folder / name)

    @property
    def qemu(self) -> int:
        return self._process("qemu.pid")

    @property
    def keeper(self) -> int:
        return self._process("keeper.pid")

    def resident(self) -> int:
        """Megabytes of memory that the guest's qemu holds now, and its most."""
        with contextlib.suppress(OSError):
            status = pathlib.Path(f"/proc/{self.qemu}/status").read_text()
            return (
                max(int(kilobytes) for kilobytes in re.findall(r"^VmHWM:\s+(\d+)", status, re.MULTILINE))
                // 1024
            )
        return 0

    def up(self, owner: int) -> None:
        if self.keeper:
            return
        kernel = images.kernel(self.kernel, say)
        userland = images.userland(KERNELS[self.kernel].userland, say)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        (self.folder / "kernel").write_text(self.kernel + "\n")
        # Connections that are kept are known by address, port and user: with one address for all, guests
        # would be mistaken for each other.
        address = "127." + ".".join(str(random.randrange(1, 255)) for _ in range(3))
        (self.folder / "ssh_config").write_text(
            f"Host *\n    HostName {address}\n    Port {PORT}\n    User root\n"
            f'    IdentityFile "{userland / "key"}"\n    IdentitiesOnly yes\n'
            f'    UserKnownHostsFile "{userland / "known_hosts"}"\n    StrictHostKeyChecking yes\n'
            "    ConnectTimeout 20\n    ServerAliveInterval 10\n    LogLevel ERROR\n"
        )
        accelerator = KVM if boots_with_kvm(kernel) else TCG
        keeper = os.fork()
        if not keeper:
            try:
                os.setsid()
                if os.fork():
                    os._exit(0)
                self._keep(owner, kernel, userland, accelerator, address)
            except BaseException as error:
                with contextlib.suppress(OSError):
                    self.console.write_text(f"{error}\n")
            os._exit(1)
        os.waitpid(keeper, 0)

    def wait(self) -> None:
        """Until sshd runs, which the guest says on its console."""
        until = time.monotonic() + PATIENCE
        seen_qemu = False
        while True:
            said = self.console.read_text(errors="replace") if self.console.exists() else ""
            if "guest: sshd is up" in said:
                return
            seen_qemu = seen_qemu or bool(self.qemu)
            if seen_qemu and not self.qemu or not seen_qemu and said or time.monotonic() > until:
                self.down()
                raise Trouble(f"{self.name} did not start:\n" + "\n".join(said.splitlines()[-20:]))
            time.sleep(0.05)

    def down(self) -> None:
        keeper = self.keeper
        if keeper:
            with contextlib.suppress(ProcessLookupError):
                end = os.pidfd_open(keeper)
                os.kill(keeper, signal.SIGTERM)
                if not select.select([end], [], [], 20)[0]:
                    os.kill(keeper, signal.SIGKILL)
                    select.select([end], [], [], 20)
                os.close(end)
        self._forget()

    def _forget(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (self.folder.parent, self.folder.parent.parent):
            with contextlib.suppress(OSError):
                folder.rmdir()

    # The keeper.

    def _keep(
        self,
        owner: int,
        kernel: pathlib.Path,
        userland: pathlib.Path,
        accelerator: t.Sequence[str],
        address: str,
    ) -> t.NoReturn:
        """Become the keeper of a guest that is to be started; does not return."""
        watched = [os.pidfd_open(owner)] if owner else []
        with open(os.devnull, "r+b") as nothing:
            for number in (0, 1, 2):
                os.dup2(nothing.fileno(), number)
        os.chdir("/")
        unshare(CLONE_NEWNET)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self._remember("keeper.pid", os.getpid())
        disk = self.folder / "disk.qcow2"
        with images.held(kernel), images.held(userland):
            create = [
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-F",
                "raw",
                "-b",
                userland / "root.img",
                disk,
            ]
            subprocess.run(create, check=True)
            command = self._command(kernel, disk, accelerator, address)
            with open(self.folder / "qemu.log", "wb") as log:
                qemu = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=die_with_parent)
            self._write_ssh(qemu.pid)
            self._remember("qemu.pid", qemu.pid)
            ended = os.pidfd_open(qemu.pid)
            wake, woken = os.pipe()
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, lambda *_: os.write(woken, b"!"))
            ready, _, _ = select.select([ended, wake, *watched], [], [])
            qemu.kill()
            qemu.wait()
            if set(watched) & set(ready):
                self._forget()
            elif ended in ready and not self.console.exists():
                self.console.write_text((self.folder / "qemu.log").read_text(errors="replace"))
        os._exit(0)

    def _command(
        self, kernel: pathlib.Path, disk: pathlib.Path, accelerator: t.Sequence[str], address: str
    ) -> list[str | pathlib.Path]:
        """The words that start qemu. Without -no-reboot: a guest may reboot itself."""
        name = f"{KERNEL_LINE} multinet.name={self.name}"
        drives = (
            f"file={disk},format=qcow2,cache=unsafe,discard=unmap",
            f"file={kernel / 'modules.img'},format=raw,readonly=on,file.locking=off",
        )
        command: list[str | pathlib.Path] = ["qemu-system-x86_64", "-name", self.name, *MACHINE, *accelerator]
        command += ["-m", str(MEMORY), "-kernel", kernel / "vmlinux", "-initrd", kernel / "initramfs"]
        command += ["-append", name, "-serial", f"file:{self.console}"]
        for number, drive in enumerate(drives):
            command += ["-drive", f"{drive},if=none,id=disk{number}"]
            command += ["-device", f"virtio-blk-pci,drive=disk{number}"]
        forward = f"hostfwd=tcp:{address}:{PORT}-:22"
        command += [
            "-device",
            "virtio-rng-pci",
            "-netdev",
            f"user,id=management,ipv6=off,restrict=on,{forward}",
        ]
        return [*command, "-device", "virtio-net-pci,netdev=management,romfile="]

    def _write_ssh(self, pid: int) -> None:
        """An ssh for people and for Ansible that goes where the guest's port is."""
        network = os.readlink(f"/proc/{pid}/ns/net")
        self.ssh.write_text(
            "#!/bin/sh\n"
            f'[ "$(readlink /proc/{pid}/ns/net)" = "{network}" ] || {{ echo "{self.name} is down"'
            ' >&2; exit 255; }\n'
            f'exec nsenter --target {pid} --net -- ssh -F'
            f' {shlex.quote(str(self.folder / "ssh_config"))} "$@"\n'
        )
        self.ssh.chmod(0o700)
