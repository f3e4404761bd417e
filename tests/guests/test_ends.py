# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest answers nobody but its own ssh, and ends with whoever it belongs to, however that one ends."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import time

import pytest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools/guests"
NAME = "linux-6.1"
PATIENCE = 60


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MULTINET_HOSTS", str(tmp_path))
    yield tmp_path / "guests" / NAME
    subprocess.run([TOOL, "down"], check=True)
    assert not (tmp_path / "guests").exists()


@pytest.fixture
def owner():
    process = subprocess.Popen(["sleep", "infinity"])
    yield process
    process.kill()
    process.wait()


def pids(folder):
    return [int((folder / name).read_text().split()[0]) for name in ("keeper.pid", "qemu.pid")]


def watch(numbers):
    return [os.pidfd_open(number) for number in numbers]


def see_ended(ends):
    for end in ends:
        assert select.select([end], [], [], PATIENCE)[0], "a process is still there"
        os.close(end)


def test_owner_killed(folder, owner):
    subprocess.run([TOOL, "up", "--owner", str(owner.pid), NAME], check=True)
    # Its port is one of its own namespace, not of this machine.
    [address] = re.findall(r"^ *HostName (.*)$", (folder / "ssh_config").read_text(), re.MULTILINE)
    with socket.socket() as attempt:
        assert attempt.connect_ex((address, 2222)) != 0
    said = subprocess.run(
        [TOOL, "ssh", NAME, "hostname; ip route show default"], capture_output=True, text=True, check=True
    )
    assert said.stdout == f"{NAME}\n"
    ends = watch(pids(folder))
    owner.send_signal(signal.SIGKILL)
    see_ended(ends)
    assert not folder.parent.exists()


def test_keeper_killed(folder, owner):
    subprocess.run([TOOL, "up", "--owner", str(owner.pid), NAME], check=True)
    keeper, qemu = pids(folder)
    ends = watch([keeper, qemu])
    os.kill(keeper, signal.SIGKILL)
    see_ended(ends)
    # What is left on disk does not disturb the next one.
    assert subprocess.run([TOOL, "ssh", NAME, "true"], capture_output=True, check=False).returncode != 0


def test_starting_interrupted(folder, owner):
    """Killed while the guest boots: the guest belongs to the owner already."""
    starting = subprocess.Popen([TOOL, "up", "--owner", str(owner.pid), NAME], stdout=subprocess.PIPE)
    while not (folder / "qemu.pid").exists():
        assert starting.poll() is None
    starting.kill()
    starting.communicate()
    ends = watch(pids(folder))
    owner.send_signal(signal.SIGKILL)
    see_ended(ends)


def mine(mark):
    """The processes with *mark* in their environment."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return [pid for pid in found if pid != os.getpid()]


@pytest.mark.parametrize("word", ["Start the guest", "Try all cases"])
def test_scenario_killed(folder, tmp_path, word):
    """The whole tier: molecule, its playbook, guests that boot or are at work."""
    surroundings = {
        **os.environ,
        "MULTINET_RESULTS": str(tmp_path / "results"),
        "MOLECULE_EPHEMERAL_DIRECTORY": str(tmp_path / "molecule"),
    }
    with open(tmp_path / "log", "w+") as log:
        molecule = subprocess.Popen(
            ["molecule", "test", "-s", "kernels"],
            cwd=TOOL.parents[1],
            env=surroundings,
            stdout=log,
            stderr=log,
        )
        while not (f"TASK [{word}]" in (tmp_path / "log").read_text() and (folder / "qemu.pid").exists()):
            assert molecule.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.1)
    ends = watch(pids(folder))
    molecule.kill()
    molecule.wait()
    see_ended(ends)
    until = time.monotonic() + PATIENCE
    while mine(f"MULTINET_HOSTS={tmp_path}".encode()):
        assert time.monotonic() < until, "a process is still there"
        time.sleep(0.1)
    assert not folder.parent.exists()
    assert str(tmp_path) not in pathlib.Path("/proc/self/mountinfo").read_text()
