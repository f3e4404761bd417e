# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers over base roots: more packages for some hosts, which share the rest with all others of a release."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import shutil
import typing as t

import workshop
from workshop import Trouble

from machines.bases import base_folder, kept
from machines.debian import sources
from machines.processes import must
from machines.setups import OFF, PACKAGES

INSTALL = f"""
set -eu
root=$1
mount -t proc proc "$root/proc"
printf '#!/bin/sh\\nexit 101\\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
chroot "$root" sh -c 'dpkg --force-unsafe-io --install /var/cache/apt/archives/*.deb'
rm "$root"/usr/sbin/policy-rc.d "$root"/var/cache/apt/archives/*.deb
for unit in {" ".join(OFF)}; do
    systemctl --root="$root" --quiet disable "$unit.service" 2>/dev/null || :
done
umount "$root/proc"
"""


def layer_folder(release: str) -> pathlib.Path:
    recipe = json.dumps([base_folder(release).name, PACKAGES[release], INSTALL, 1])
    digest = hashlib.sha256(recipe.encode()).hexdigest()[:10]
    return workshop.cache() / "bases" / f"setups-{release}-{digest}"


def build_layer(release: str, folder: pathlib.Path) -> None:
    """Make the layer in FOLDER. Runs in namespaces of its own, so that ending it undoes its mounts."""
    os.nice(5)
    base, work = base_folder(release), folder.with_name(folder.name + ".work")
    for left in (folder, work):
        shutil.rmtree(left, ignore_errors=True)
    parts = ("overlay", "root", "lists/partial", "archives/partial")
    for part in parts:
        (work / part).mkdir(parents=True)
    (folder / "var/cache/apt/archives").mkdir(parents=True)
    suites = (release, f"{release}-security")
    (work / "sources.list").write_text("\n".join(sources(suites)) + "\n")
    settings = {
        "Dir::State::lists": work / "lists",
        "Dir::State::status": base / "var/lib/dpkg/status",
        "Dir::Cache": work,
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Acquire::Languages": "none",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
    }
    lines = [f'{name} "{value}";' for name, value in settings.items()]
    (work / "apt.conf").write_text("\n".join(lines) + "\n")
    apt = {"APT_CONFIG": str(work / "apt.conf")}
    must("apt-get", "-q", "update", **apt)
    must("apt-get", "-q", "--yes", "--download-only", "install", *PACKAGES[release], **apt)
    for package in (work / "archives").glob("*.deb"):
        shutil.move(package, folder / "var/cache/apt/archives")
    options = f"lowerdir={base},upperdir={folder},workdir={work / 'overlay'}"
    must("mount", "-t", "overlay", "-o", options, "overlay", work / "root")
    must("sh", "-c", INSTALL, "sh", work / "root")
    must("umount", work / "root")


def layer(release: str, report: t.Callable[[str], None]) -> pathlib.Path:
    """The layer with the packages for setups over the base root of RELEASE, made when its recipe is new."""
    if release not in PACKAGES:
        raise Trouble(f"{release} has no setups; there are {', '.join(PACKAGES)}")
    folder = layer_folder(release)
    with workshop.locked(f"setups-{release}"):
        what = f"the packages for setups of {release}"
        kept(folder, what, ["_build_layer", release], report)
    return folder
