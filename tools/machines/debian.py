# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's mirrors, as this machine's own apt knows them, and packages from there."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import typing as t

from workshop import Trouble

from machines.log import Log

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_ARCHIVES = {"debian": "Debian", "debian-security": "Debian-Security"}


def mirrors() -> dict[str, str]:
    """Addresses by label, Debian and Debian-Security; without those that this machine knows no mirror of."""
    found = {}
    for label, variable in (
        ("Debian", "MULTINET_DEBIAN_MIRROR"),
        ("Debian-Security", "MULTINET_DEBIAN_SECURITY"),
    ):
        if os.environ.get(variable):
            found[label] = os.environ[variable]
    asked = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in asked.stdout.splitlines():
        origin, label, address = line.split("|")
        if not origin.isalpha():  # before the first `apt-get update` only the address is known
            label = _ARCHIVES.get(address.rstrip("/").split("/")[-1], "")
        elif origin != "Debian":
            continue
        if label in _ARCHIVES.values():
            found.setdefault(label, address)
    return found


def release_sources(release: str) -> list[str]:
    """Lines for sources.list; none on a machine that knows no mirror."""
    known = mirrors()
    if "Debian" not in known:
        return []
    lines = [f"deb {known['Debian']} {release} main"]
    if "Debian-Security" in known:
        lines.append(f"deb {known['Debian-Security']} {release}-security main")
    return lines


def sources(suites: t.Iterable[str]) -> list[str]:
    """Lines for sources.list, signed. Raises Trouble for a suite that this machine knows no mirror of."""
    known = mirrors()
    lines = []
    for suite in suites:
        mirror = known.get("Debian-Security" if suite.endswith("-security") else "Debian")
        if not mirror:
            raise Trouble(
                f"this machine knows no mirror for Debian's {suite};"
                " name them in MULTINET_DEBIAN_MIRROR and MULTINET_DEBIAN_SECURITY"
            )
        lines.append(f"deb [signed-by={KEYRING}] {mirror} {suite} main")
    return lines


class Archive:
    """Packages of a few suites, read with lists of their own: the machine's apt stays as it is."""

    def __init__(self, suites: t.Iterable[str], folder: pathlib.Path, log: Log) -> None:
        self.folder, self.log = folder, log
        for part in ("lists/partial", "cache/archives/partial", "packages"):
            (folder / part).mkdir(parents=True)
        (folder / "sources.list").write_text("\n".join(sources(suites)) + "\n")
        (folder / "apt.conf").write_text(
            f'Dir::State::lists "{folder}/lists";\n'
            'Dir::State::status "/dev/null";\n'
            f'Dir::Cache "{folder}/cache";\n'
            f'Dir::Etc::sourcelist "{folder}/sources.list";\n'
            'Dir::Etc::sourceparts "/dev/null";\n'
            'Acquire::Languages "none";\n'
            'APT::Architecture "amd64";\n'
            'APT::Sandbox::User "root";\n'
        )
        self._run("apt-get", "-q", "update")

    def _run(self, *command: str) -> str:
        return self.log.run(
            *command, cwd=self.folder / "packages", env={"APT_CONFIG": str(self.folder / "apt.conf")}
        )

    def depends(self, package: str) -> list[str]:
        shown = self._run("apt-cache", "show", "--no-all-versions", package)
        fields = re.findall(r"^Depends: (.*)$", shown, re.MULTILINE)
        return [re.split(r"[ (]", one.strip())[0] for field in fields for one in re.split(r"[,|]", field)]

    def unpack_kernel(self, package: str, root: pathlib.Path) -> None:
        """Follow a metapackage to the packages with files, and unpack these. From 6.19 on there are
        several."""
        pending, seen = [package], {package}
        while pending:
            one = pending.pop()
            # Only a metapackage has no release of a kernel in its name.
            if re.match(r"linux-\w+-\d+\.\d+[.+-]\d", one) or not re.match(r"linux-image-", one):
                self._run("apt-get", "-q", "download", one)
            more = {
                name for name in self.depends(one) if re.match(r"linux-(image|binary|modules|base)-\d", name)
            }
            pending += sorted(more - seen)
            seen |= more
        packages = sorted((self.folder / "packages").glob("*.deb"))
        if not packages:
            raise Trouble(f"{package} leads to no package with a kernel (log: {self.log.path})")
        for one in packages:
            self.log.run("dpkg-deb", "-x", one, root)
