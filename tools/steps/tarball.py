# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as users get it: build it, look inside, install it, run a play from there."""

from __future__ import annotations

import pathlib
import re
import tarfile

import workshop

from steps.hosts import PRETEND_HOST
from steps.job import Job, Result, ansible_variables, need_root, version_of

# What may be in the tarball. Anything else in there is a mistake.
SHIPPED = re.compile(
    r"(README|CHANGELOG)\.md|COPYING|MANIFEST\.json|FILES\.json|meta/[a-z-]+\.(yml|txt)"
    r"|changelogs/changelog\.yaml"
    r"|plugins/([a-z_]+/)+[a-z_0-9]+\.(py|yml)"
    r"|(roles|playbooks)/([a-z_0-9]+/)*([a-z_0-9-]+(\.[a-z]+)?\.(yml|j2|service|md|py|sh)|README\.md)"
    r"|(awx|docs|examples)/([A-Za-z_0-9.-]+/)*[A-Za-z_0-9.-]+\.(yml|ini|json|md|rst|svg|j2)"
)
NEEDED = {
    "README.md",
    "COPYING",
    "changelogs/changelog.yaml",
    "meta/runtime.yml",
    "plugins/modules/layout.py",
}
ENDS = ("core-old", "core-new")


def tarball(job: Job) -> Result:
    need_root()
    out = job.folder / "out"
    build = ["ansible-galaxy", "collection", "build", "--force", "--output-path", out, "."]
    job.must(build, ansible_variables("tools"))
    [built] = out.glob("*.tar.gz")
    with tarfile.open(built) as archive:
        files = sorted(member.name for member in archive.getmembers() if not member.isdir())
    stray = [name for name in files if not SHIPPED.fullmatch(name)]
    if stray:
        job.note("not for the tarball (see build_ignore in galaxy.yml): " + " ".join(stray))
    missing = sorted(NEEDED - set(files))
    if missing:
        job.note("missing in the tarball: " + " ".join(missing))
    plays = [play_works(job, built, environment) for environment in ENDS]
    checks = [True, not stray, not missing, *plays]
    return Result(checks.count(True), checks.count(False), f"{len(files)} files, {len(plays)} plays")


def play_works(job: Job, built: pathlib.Path, environment: str) -> bool:
    """Whether the play of tests/tarball passes with the collection installed from BUILT."""
    collections = job.folder / environment
    surroundings = {**ansible_variables(environment), "ANSIBLE_COLLECTIONS_PATH": str(collections)}
    install = ["ansible-galaxy", "collection", "install", "--offline", "-p", collections, built]
    job.must(install, surroundings, cwd=job.folder)
    site = workshop.CLONE / "tests/tarball/site.yml"
    play = [PRETEND_HOST, "inside", "tarball", "ansible-playbook", "-i", "localhost,", site]
    status, _text = job.run(play, surroundings, cwd=job.folder)
    if status:
        job.note(f"the play failed on ansible-core {version_of(environment, 'ansible-core')}")
    return not status
