# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages: programs that are installed, and servers that are only unpacked."""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import typing as t

from workshop.places import SYSTEM_PATH, Trouble, cache, locked, tail

# command → Debian package
PROGRAMS = {
    "git": "git",
    "ip": "iproute2",
    "iptables": "iptables",
    "make": "make",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "nsenter": "util-linux",
    "ping": "iputils-ping",
    "shellcheck": "shellcheck",
    "ssh": "openssh-client",
    "strace": "strace",
    "systemd-nspawn": "systemd-container",
    "tcpdump": "tcpdump",
    "unshare": "util-linux",
}


def missing_packages(programs: t.Mapping[str, str] = PROGRAMS) -> list[str]:
    wanted = {package for program, package in programs.items() if not shutil.which(program, path=SYSTEM_PATH)}
    if subprocess.run(
        ["/usr/bin/python3", "-c", "import ensurepip, venv"], capture_output=True, check=False
    ).returncode:
        wanted.add("python3-venv")
    if "mmdebstrap" in programs and not os.path.exists("/usr/share/keyrings/debian-archive-keyring.gpg"):
        wanted.add("debian-archive-keyring")
    return sorted(wanted)


# Servers that tests talk to. They are unpacked, not installed: installed, they would run on this machine.
SERVERS = ("busybox", "dnsmasq-base", "haproxy", "libnginx-mod-stream", "nginx-light", "sip-tester")


def servers() -> pathlib.Path:
    """The folder that SERVERS are unpacked in, with what they need and the system lacks."""
    return cache() / "servers" / hashlib.sha256(" ".join(SERVERS).encode()).hexdigest()[:10]


def unpack_servers(report: t.Callable[[str], None] = print) -> None:
    folder = servers()
    if folder.exists() or not shutil.which("apt-get"):
        return
    report(f"setup: unpacking {' '.join(SERVERS)}")
    with locked("packages"), tempfile.TemporaryDirectory(dir=cache()) as work:
        root = pathlib.Path(work, "root")
        root.mkdir()
        for archive in _download(SERVERS, pathlib.Path(work, "archives")):
            subprocess.run(["dpkg-deb", "-x", str(archive), str(root)], check=True, stdin=subprocess.DEVNULL)
        folder.parent.mkdir(exist_ok=True)
        if not folder.exists():
            root.replace(folder)


def _download(packages: t.Sequence[str], archives: pathlib.Path) -> list[pathlib.Path]:
    """The archives of PACKAGES and of what they need and the system lacks."""
    (archives / "partial").mkdir(parents=True)
    install = ["apt-get", "-q", "install", "-y", "--no-install-recommends", "--download-only"]
    install += ["-o", f"Dir::Cache::archives={archives}", *packages]
    quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "check": False}
    # A list that could not be fetched matters only if a package cannot be fetched either.
    subprocess.run(["apt-get", "-q", "update"], **quiet)
    done = subprocess.run(install, **quiet)
    if done.returncode:
        raise Trouble(f"apt-get could not download {' '.join(packages)}\n{done.stderr}")
    return sorted(archives.glob("*.deb"))


def install_packages(
    report: t.Callable[[str], None] = print, programs: t.Mapping[str, str] = PROGRAMS
) -> None:
    """Install the packages that are missing for PROGRAMS. Raises Trouble, with advice, if that cannot be
    done."""
    packages = missing_packages(programs)
    if programs is PROGRAMS and os.geteuid() == 0:
        unpack_servers(report)
    if not packages:
        return
    listed = " ".join(packages)
    if os.geteuid() != 0:
        raise Trouble(
            f"missing Debian packages: {listed}\nrun as root, or ask root for: apt-get install {listed}"
        )
    if not shutil.which("apt-get"):
        raise Trouble(
            f"missing (by their Debian names): {listed}\ninstall them with this system's package manager"
        )
    report(f"setup: installing {listed}")
    _install(packages)
    still_missing = missing_packages(programs)
    if still_missing:
        raise Trouble(f"still missing after apt-get: {' '.join(still_missing)}")


def _install(packages: t.Sequence[str]) -> None:
    log = cache() / "logs" / "setup-packages.log"
    log.parent.mkdir(exist_ok=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    with locked("packages"), open(log, "w") as output:
        for command in (
            ["apt-get", "-q", "update"],
            ["apt-get", "-q", "install", "-y", "--no-install-recommends", *packages],
        ):
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=quiet, check=False
            )
            if done.returncode and "install" in command:
                raise Trouble(f"apt-get could not install {' '.join(packages)} (log: {log})\n{tail(log)}")
