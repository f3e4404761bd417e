# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base roots: what the hosts of a release share, made by mmdebstrap and kept in the cache."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import typing as t

import workshop
from workshop import Trouble
from workshop.places import tail

from machines.debian import release_sources
from machines.processes import must, set_death_signal

# A host that is named without a release gets the next of these. Their python3-pyroute2: 0.7.2, 0.7.7, too
# old.
RELEASES = ("bookworm", "trixie", "bullseye")

# What a base root is made of: another text, another base.

PACKAGES = (
    "dbus dnsmasq-base iproute2 iputils-ping keepalived libpam-systemd nftables nginx-light"
    " openssh-server procps"
    " python3 python3-apt systemd systemd-sysv"
).split()

# Not installed, but there to be installed: the hosts have no other source of packages.
POOLED = ("iptables", "python3-pyroute2", "snmp", "sudo", "udhcpc")

# An archive that is closed has not always the file that its index names.
POOLED_LATER = ("snmpd",)

POOL = "srv/packages"

OFF = (
    "apt-daily.timer apt-daily-upgrade.timer dnsmasq.service e2scrub_all.timer"
    " e2scrub_reap.service fstrim.timer"
    " getty@tty1.service keepalived.service nginx.service systemd-networkd-wait-online.service"
).split()

FURNISH = f"""
set -eu
root=$1
rm -f "$root"/var/cache/apt/archives/*.deb
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get --quiet --yes --download-only install $pooled
mkdir -p "$root/{POOL}"
mv "$root"/var/cache/apt/archives/*.deb "$root/{POOL}/"
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/etc/resolv.conf"
: >"$root/etc/machine-id"
# Only settings below net. can be written in a container.
for name in 50-pid-max 99-protect-links; do
    ln -s /dev/null "$root/etc/sysctl.d/$name.conf"
done
for unit in {" ".join(OFF)}; do
    systemctl --root="$root" --quiet disable "$unit" 2>/dev/null || :
done
systemctl --root="$root" --quiet mask console-getty.service systemd-timesyncd.service
"""

DPKG_OPTIONS = [f"path-exclude=/usr/share/{name}/*" for name in ("doc", "locale", "man")]


def furnish(release: str) -> str:
    pooled = POOLED if release == "bullseye" else POOLED + POOLED_LATER
    return f"pooled='{' '.join(pooled)}'{FURNISH}"


def base_folder(release: str) -> pathlib.Path:
    recipe = json.dumps([release, PACKAGES, furnish(release), DPKG_OPTIONS, 1])
    return workshop.cache() / "bases" / f"{release}-{hashlib.sha256(recipe.encode()).hexdigest()[:10]}"


def index_pool(root: pathlib.Path) -> None:
    """Make a repository of the packages in the pool, and the only one that a host has."""
    stanzas = []
    for package in sorted((root / POOL).glob("*.deb")):
        control = subprocess.run(
            ["dpkg-deb", "--field", package], capture_output=True, text=True, check=True
        ).stdout
        data = package.read_bytes()
        stanzas.append(
            f"{control.rstrip()}\nFilename: ./{package.name}\nSize: {len(data)}\n"
            f"SHA256: {hashlib.sha256(data).hexdigest()}\n"
        )
    (root / POOL / "Packages").write_text("\n".join(stanzas))
    shutil.rmtree(root / "etc/apt/sources.list.d", ignore_errors=True)
    (root / "etc/apt/sources.list.d").mkdir()
    (root / "etc/apt/sources.list").write_text(f"deb [trusted=yes] file:/{POOL} ./\n")
    for left in (root / "etc/apt/apt.conf.d").glob("*mmdebstrap*"):
        left.unlink()


def build(release: str, folder: pathlib.Path) -> None:
    """Make a base root in FOLDER. Runs in namespaces of its own, so that ending it undoes its mounts."""
    os.nice(5)
    work = folder.with_name(folder.name + ".work")
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    work.mkdir(parents=True)
    available = re.search(
        r"^MemAvailable:\s+(\d+) kB", pathlib.Path("/proc/meminfo").read_text(), re.MULTILINE
    )
    if available and int(available[1]) > 3 << 20:  # dpkg is several times faster without a disk
        must("mount", "-t", "tmpfs", "-o", "size=2g,mode=755", "tmpfs", work)
    dumped = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    wanted = re.findall(r"^Acquire::(?:https?|Retries|Check-Valid-Until)\b.*;$", dumped, re.MULTILINE)
    (work / "apt.conf").write_text("\n".join(wanted) + "\n")
    keyring = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    must(
        "mmdebstrap",
        "--quiet",
        "--mode=root",
        "--variant=minbase",
        f"--keyring={keyring}",
        f"--include={','.join(PACKAGES)}",
        f"--aptopt={work / 'apt.conf'}",
        "--aptopt=Apt::Install-Recommends false",
        "--aptopt=Acquire::Languages none",
        *(f"--dpkgopt={option}" for option in DPKG_OPTIONS),
        f"--customize-hook={furnish(release)}",
        release,
        work / "root",
        *release_sources(release),
        TMPDIR=str(work),
    )
    index_pool(work / "root")
    must("cp", "-a", work / "root", folder)


def kept(folder: pathlib.Path, what: str, words: list[str], report: t.Callable[[str], None]) -> None:
    """Make FOLDER by `tools/fleet WORDS FOLDER`, unless it exists; remove what other recipes made of it."""
    family = folder.name.rpartition("-")[0]
    if not folder.exists():
        report(f"fleet: making {what}")
        started = time.monotonic()
        folder.parent.mkdir(exist_ok=True)
        fresh = folder.with_name(folder.name + ".new")
        log = workshop.cache() / "logs" / f"base-{family}.log"
        log.parent.mkdir(exist_ok=True)
        command = "unshare --mount --pid --fork --kill-child --mount-proc --propagation private".split()
        command += [sys.executable, "-B", str(workshop.CLONE / "tools/fleet"), *words, str(fresh)]
        with open(log, "wb") as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=lambda: set_death_signal(signal.SIGKILL),
                check=False,
            )
        shutil.rmtree(folder.with_name(folder.name + ".new.work"), ignore_errors=True)
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise Trouble(f"{what} could not be made (log: {log})\n{tail(log)}")
        fresh.rename(folder)
        report(f"fleet: made {what} in {time.monotonic() - started:.0f} s")
    for old in folder.parent.glob(f"{family}-*"):
        if old != folder and not old.name.endswith(".lock"):
            with base_lock(old, fcntl.LOCK_EX) as free:
                if free:
                    shutil.rmtree(old, ignore_errors=True)
                    old.with_name(old.name + ".lock").unlink()


def base(release: str, report: t.Callable[[str], None]) -> pathlib.Path:
    """The base root of RELEASE, made if it does not exist or was made by another recipe."""
    folder = base_folder(release)
    with workshop.locked(f"base-{release}"):
        kept(folder, f"the base root of {release}", ["_build", release], report)
    return folder


@contextlib.contextmanager
def base_lock(folder: pathlib.Path, kind: int) -> t.Iterator[bool]:
    """A base root that a host stands on is held by its keeper, so that nobody removes it."""
    with open(folder.with_name(folder.name + ".lock"), "w") as handle:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
