# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All steps, from short to long, and which of them a run has."""

from __future__ import annotations

import typing as t

from steps import hosts, lint, pytests, sanity, tarball
from steps.job import Job, Result


class Step(t.NamedTuple):
    body: t.Callable[[Job], Result]
    about: str
    environments: tuple[str, ...] = ("tools",)


# Code of the controller, in plugin_utils, never runs on a Python that is older than ansible-core allows.
ON_A_SECOND_PYTHON = ("-m", "not one_python", "--ignore=tests/unit/plugin_utils")


def _conformance(version: str) -> Step:
    environment = f"pyroute2-{version}"
    about = f"kernel access through pyroute2 {version}"
    return Step(pytests.conformance(environment), about, (environment,))


STEPS: dict[str, Step] = {
    "ruff": Step(lint.ruff, "lint and format of Python code"),
    "style": Step(lint.style, "limits of style that ruff has no rules for"),
    "shellcheck": Step(lint.shellcheck, "lint of shell scripts"),
    "changelog": Step(lint.changelog, "changelog fragments"),
    "yamllint": Step(lint.yamllint, "lint of YAML files"),
    "unit": Step(pytests.unit("tools"), "unit and property tests on the developer's Python"),
    "unit-oldest": Step(
        pytests.unit("unit-oldest", *ON_A_SECOND_PYTHON),
        "those that depend on Python, on the oldest of managed hosts",
        ("unit-oldest",),
    ),
    "unit-newest": Step(
        pytests.unit("unit-newest"), "all of them on the newest Python of managed hosts", ("unit-newest",)
    ),
    "docs": Step(lint.docs, "documentation of plugins and roles"),
    "conformance-0.7.2": _conformance("0.7.2"),
    "conformance-0.7.7": _conformance("0.7.7"),
    "conformance-0.8.1": _conformance("0.8.1"),
    "conformance-newest": _conformance("newest"),
    "ansible-lint": Step(lint.ansible_lint, "ansible-lint, profile production"),
    "tarball": Step(
        tarball.tarball, "build, look inside, install, run a play from it", ("tools", *tarball.ENDS)
    ),
    "sanity-old": Step(
        sanity.sanity("core-old"), "ansible-test sanity on the oldest supported ansible-core", ("core-old",)
    ),
    "sanity-new": Step(
        sanity.sanity("core-new"), "ansible-test sanity on the newest ansible-core", ("core-new",)
    ),
    "molecule": Step(hosts.molecule("pretend"), "pretended hosts: converge, drift, check, converge, remove"),
    "fleet": Step(
        hosts.molecule("host"),
        "real hosts: prepare, cluster, one that is wrong, a canary, reboot, power cut",
    ),
    "safe": Step(
        hosts.molecule("host"),
        "real hosts: changes that cut Ansible's own connection, killed controllers, reboots, power cuts",
    ),
    "setups": Step(
        hosts.molecule("host"),
        "real hosts set by DHCP, network managers and hosters: changes that cut Ansible's own connection",
    ),
    "signalling": Step(
        hosts.molecule("host"),
        "real hosts: two networks with the same addresses, services and the ways across, reboot",
    ),
    "galera": Step(
        hosts.molecule("host"),
        "a real host: a MariaDB cluster in namespaces, grown, cut apart, killed, rebooted and removed",
    ),
    "mutations": Step(
        pytests.mutations, "100,000 spoilt documents: an answer to each, in time and with little memory"
    ),
    "documents": Step(
        pytests.documents, "many more random documents on the kernel, with changes, faults and drifts"
    ),
    "awx": Step(
        pytests.awx, "the kit for AWX by the modules of awx.awx, on a stand-in for its API", ("awx",)
    ),
    "leftovers": Step(pytests.leftovers, "real hosts end whoever is killed, and leave nothing behind"),
    "kernels": Step(hosts.kernels, "every kind of link on guests with kernels of several series"),
    "integration": Step(pytests.integration, "the collection against real kernels in worlds of their own"),
}
# Long: each runs by its name and in make test-all.
LONG = (*hosts.APART, "awx", "documents", "leftovers", "mutations")
# Runs by its name and in make test-quick only.
ALONE = ("unit",)
ALL = [name for name in STEPS if name not in ALONE]
FULL = [name for name in ALL if name not in LONG]
QUICK = ["ruff", "style", "unit", "integration"]


def note(name: str) -> str:
    """In which runs a step is, if not in each."""
    if name in LONG:
        return " (only make test-all)"
    return " (only by name or in make test-quick)" if name not in FULL else ""
