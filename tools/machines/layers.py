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

from machines.bases import POOL, base_folder, index_pool, kept
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


class Layer(t.NamedTuple):
    """`packages` over the base root of `release`: installed, or if `pooled`, there to be installed."""

    release: str
    packages: tuple[str, ...]
    pooled: bool = False


# More packages to install than hosts usually have, by the kind of host.
STORES = {
    "databases": Layer("trixie", ("mariadb-server", "galera-4", "redis-server", "rsync", "lsof"), pooled=True)
}
LAYERS = {**{f"setups-{release}": Layer(release, names) for release, names in PACKAGES.items()}, **STORES}


def layer_folder(name: str) -> pathlib.Path:
    made = LAYERS[name]
    recipe = json.dumps([base_folder(made.release).name, made.packages, made.pooled or INSTALL, 1])
    digest = hashlib.sha256(recipe.encode()).hexdigest()[:10]
    return workshop.cache() / "bases" / f"{name}-{digest}"


def build_layer(name: str, folder: pathlib.Path) -> None:
    """Make the layer in FOLDER. Runs in namespaces of its own, so that ending it undoes its mounts."""
    os.nice(5)
    release, packages, pooled = LAYERS[name]
    base, work = base_folder(release), folder.with_name(folder.name + ".work")
    for left in (folder, work):
        shutil.rmtree(left, ignore_errors=True)
    parts = ("overlay", "root", "lists/partial", "archives/partial")
    for part in parts:
        (work / part).mkdir(parents=True)
    store = folder / (POOL if pooled else "var/cache/apt/archives")
    store.mkdir(parents=True)
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
    must("apt-get", "-q", "--yes", "--download-only", "install", *packages, **apt)
    for package in (work / "archives").glob("*.deb"):
        shutil.move(package, store)
    options = f"lowerdir={base},upperdir={folder},workdir={work / 'overlay'}"
    must("mount", "-t", "overlay", "-o", options, "overlay", work / "root")
    if pooled:
        index_pool(work / "root")
    else:
        must("sh", "-c", INSTALL, "sh", work / "root")
    must("umount", work / "root")


def layer(name: str, report: t.Callable[[str], None]) -> pathlib.Path:
    """The layer of that name over the base root of its release, made when its recipe is new."""
    if name not in LAYERS:
        raise Trouble(f"there is no layer {name}; there are {', '.join(LAYERS)}")
    folder = layer_folder(name)
    with workshop.locked(name):
        kept(folder, f"the packages of {name}", ["_build_layer", name], report)
    return folder
