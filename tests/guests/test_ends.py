# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest answers nobody but its own ssh, and ends with whoever it belongs to, however that one ends."""

from __future__ import annotations

import os
import pathlib
import re
import select
import signal
import socket
import subprocess

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
    said = subprocess.run([TOOL, "ssh", NAME, "hostname; ip route show default"], capture_output=True, text=True, check=True)
    assert said.stdout == f"{NAME}\n"
    ends = watch(pids(folder))
    owner.send_signal(signal.SIGKILL)
    see_ended(ends)
    assert not folder.exists()


def test_keeper_killed(folder, owner):
    subprocess.run([TOOL, "up", "--owner", str(owner.pid), NAME], check=True)
    keeper, qemu = pids(folder)
    ends = watch([keeper, qemu])
    os.kill(keeper, signal.SIGKILL)
    see_ended(ends)
    # What is left on disk does not stand in the way of another one.
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
