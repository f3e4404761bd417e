# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A userland for guests: a disk without a kernel, which any kernel runs."""

from __future__ import annotations

import contextlib
import pathlib
import re
import shutil

import workshop

from machines.debian import sources
from machines.disk import _disk
from machines.log import Log

PACKAGES = (
    "ethtool iproute2 iptables iputils-ping kmod nftables openssh-server procps python3 python3-pyroute2"
).split()

INITTAB = """\
::sysinit:/usr/local/sbin/guest-boot
::ctrlaltdel:/sbin/reboot
::shutdown:/bin/sync
"""

# Only what a host needs to be reached; no default route, so that nothing leaves by the management link.
BOOT = """\
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t tmpfs -o mode=755 run /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ln -sfn /proc/self/fd /dev/fd
mkdir -p /run/sshd /run/lock
for word in $(cat /proc/cmdline); do
    case $word in multinet.name=*) hostname "${word#*=}" ;; esac
done
modprobe virtio_net
ip link set lo up
tries=0
until [ -e /sys/class/net/eth0 ] || [ $tries -ge 100 ]; do sleep 0.1; tries=$((tries + 1)); done
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
/usr/sbin/sshd && echo "guest: sshd is up" >/dev/console
"""

# As on hosts with systemd: these modules bring no link by themselves.
MODPROBE = """\
options bonding max_bonds=0
options dummy numdummies=0
"""

SSHD = """\
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxSessions 64
MaxStartups 64:30:128
Subsystem sftp internal-sftp
"""


def _write(path: pathlib.Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    path.write_text(text)
    path.chmod(mode)


def _make_userland(release: str, folder: pathlib.Path, log: Log) -> None:
    work = folder / "work"
    root = work / "root"
    work.mkdir()
    # In namespaces of its own: what mmdebstrap mounts goes with it, however it ends.
    log.run(
        *(
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "--propagation",
            "private",
        ),
        *("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--include={','.join(PACKAGES)}"),
        *("--aptopt=Apt::Install-Recommends false", "--aptopt=Acquire::Languages none"),
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "locale", "man")),
        *(release, root, *sources((release, f"{release}-security"))),
        env={"TMPDIR": str(work)},
    )
    log.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "guest", "-f", folder / "key")
    _write(root / "root/.ssh/authorized_keys", (folder / "key.pub").read_text(), 0o600)
    for private in ("root", "root/.ssh"):
        (root / private).chmod(0o700)
    for old in (root / "etc/ssh").glob("ssh_host_*"):
        old.unlink()
    host_key = root / "etc/ssh/ssh_host_ed25519_key"
    log.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "guest", "-f", host_key)
    (folder / "known_hosts").write_text("* " + host_key.with_suffix(".pub").read_text())
    shutil.copy(str(shutil.which("busybox", path=workshop.SYSTEM_PATH)), root / "usr/local/sbin/busybox")
    for name in ("init", "reboot", "poweroff", "halt"):
        with contextlib.suppress(FileNotFoundError):
            (root / "usr/sbin" / name).unlink()
        (root / "usr/sbin" / name).symlink_to("/usr/local/sbin/busybox")
    _write(root / "etc/inittab", INITTAB)
    _write(root / "usr/local/sbin/guest-boot", BOOT, 0o755)
    _write(root / "etc/ssh/sshd_config", SSHD)
    _write(root / "etc/modprobe.d/no-links.conf", MODPROBE)
    _write(root / "etc/hostname", "guest\n")
    _write(root / "etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")
    _write(root / "etc/fstab", "")
    _write(root / "etc/resolv.conf", "")
    shadow = (root / "etc/shadow").read_text()
    _write(root / "etc/shadow", re.sub(r"^root:[^:]*:", "root::", shadow, flags=re.MULTILINE), 0o640)
    (root / "usr/lib/modules").mkdir(exist_ok=True)
    shutil.rmtree(root / "var/lib/apt/lists", ignore_errors=True)
    _disk(root, folder / "root.img", 200, log)
    shutil.rmtree(work)
