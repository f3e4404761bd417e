# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways in which people set the card for management: by DHCP, NetworkManager, systemd-networkd, ifupdown.

A host with one of these boots with its card down and without addresses, as a real one does. The sandbox is
its gateway, with a DHCP server and router advertisements. The controller is behind it.
"""

from __future__ import annotations

import pathlib
import signal
import subprocess
import typing as t

from machines.processes import ip, set_death_signal

# Packages of the layer over the base root of a release: clients and managers, all of them switched off.
PACKAGES = {
    "bookworm": ("ifupdown", "isc-dhcp-client", "network-manager"),
    "trixie": ("dhcpcd-base", "ifupdown", "network-manager"),
}
OFF = ("NetworkManager", "NetworkManager-dispatcher", "NetworkManager-wait-online", "networking")

# The network as hosts see it; N is the index of a host.
ROUTER = "10.96.0.254", "fd96::fe", "fe80::1"
ADVERTISED = "fd97::"
CONTROLLER = "192.0.2.254", "2001:db8::fe"

IFUPDOWN = "auto lo\niface lo inet loopback\nauto eth0\n"
# So short that leases are renewed while changes wait for their confirmation.
LEASE = "2m"


class Setup(t.NamedTuple):
    """`release`: whose packages it needs; `unit`: what reads `files` (texts by path, with {n} the index as a
    decimal and {x} as a hexadecimal number)."""

    release: str
    unit: str
    files: dict[str, str]


def _ifupdown(release: str, text: str) -> Setup:
    return Setup(release, "networking", {"etc/network/interfaces": IFUPDOWN + text})


NETWORK_MANAGER = """\
[connection]
id=management
type=ethernet
interface-name=eth0

[ipv4]
method=auto

[ipv6]
method=auto
addr-gen-mode=eui64
"""

SETUPS = {
    # The installer's choice, by release.
    "dhclient": _ifupdown("bookworm", "iface eth0 inet dhcp\n"),
    "dhcpcd": _ifupdown("trixie", "iface eth0 inet dhcp\n"),
    "static": _ifupdown(
        "bookworm",
        "iface eth0 inet static\n  address 10.96.0.{n}/24\n  gateway 10.96.0.254\n"
        "iface eth0 inet6 static\n  address fd96::{x}/64\n  gateway fd96::fe\n  accept_ra 0\n",
    ),
    # A hoster gives one address, and a gateway that is in no network of the host.
    "hoster": _ifupdown(
        "bookworm",
        "iface eth0 inet static\n  address 10.96.0.{n}/32\n  pointopoint 10.96.0.254\n"
        "  gateway 10.96.0.254\n"
        "iface eth0 inet6 static\n  address fd96::{x}/128\n  gateway fe80::1\n  accept_ra 0\n",
    ),
    "dual": _ifupdown(
        "trixie",
        "iface eth0 inet static\n  address 10.96.0.{n}/24\n  gateway 10.96.0.254\n"
        "iface eth0 inet6 auto\n  accept_ra 2\n"
        "  up ip -6 route add default from fd97::/64 via fe80::1 dev eth0 metric 512\n"
        "  up ip -6 route add default from fd96::/64 via fe80::1 dev eth0 metric 512\n"
        "  up ip -6 address add fd96::{x}/64 dev eth0 nodad\n",
    ),
    "manager": Setup(
        "trixie",
        "NetworkManager",
        {
            "etc/NetworkManager/system-connections/management.nmconnection": NETWORK_MANAGER,
            # The other cards have no server; it would try them again and again.
            "etc/NetworkManager/conf.d/cards.conf": "[main]\nno-auto-default=*\n",
        },
    ),
    "networkd": Setup(
        "trixie",
        "systemd-networkd",
        {"etc/systemd/network/10-eth0.network": "[Match]\nName=eth0\n\n[Network]\nDHCP=ipv4\n"},
    ),
    # As netplan writes it for a hoster's cloud.
    "onlink": Setup(
        "bookworm",
        "systemd-networkd",
        {
            "etc/systemd/network/10-eth0.network": "[Match]\nName=eth0\n\n[Network]\nIPv6AcceptRA=no\n"
            "Address=10.96.0.{n}/32\nAddress=fd96::{x}/64\n\n"
            "[Route]\nGateway=10.96.0.254\nGatewayOnLink=yes\n\n[Route]\nGateway=fe80::1\n"
        },
    ),
}


def furnish(setup: Setup, index: int, upper: pathlib.Path) -> None:
    """Write the files of SETUP to the disk of the host with this index, and switch its unit on."""
    for path, text in setup.files.items():
        (upper / path).parent.mkdir(parents=True, exist_ok=True)
        (upper / path).write_text(text.format(n=index, x=f"{index:x}"))
        (upper / path).chmod(0o600 if path.endswith(".nmconnection") else 0o644)
    wanted = upper / "etc/systemd/system/multi-user.target.wants"
    wanted.mkdir(parents=True, exist_ok=True)
    (wanted / f"{setup.unit}.service").symlink_to(f"/lib/systemd/system/{setup.unit}.service")


class Router:
    """The sandbox as the gateway of its hosts; for hosts with a setup only, because its advertisements reach
    all of them."""

    def __init__(self) -> None:
        self.server: subprocess.Popen[bytes] | None = None

    def start(self, base: pathlib.Path) -> None:
        """Start it once, with the dnsmasq of a base root. It ends with the keeper."""
        if self.server:
            return
        ip(
            f"address add {ROUTER[2]}/64 dev management nodad",
            f"address add {ADVERTISED}fe/64 dev management nodad",
            *(f"address add {address} dev lo" for address in CONTROLLER),
        )
        # A neighbour that does not forward is no router, and hosts drop what it advertised (ndisc_recv_na).
        pathlib.Path("/proc/sys/net/ipv6/conf/all/forwarding").write_text("1")
        words = ["chroot", str(base), "dnsmasq", "--keep-in-foreground", "--user=root", "--pid-file"]
        words += ["--port=0", "--conf-file=/dev/null", "--leasefile-ro", "--log-facility=-", "--no-ping"]
        words += ["--interface=management", "--bind-interfaces", "--enable-ra", "--dhcp-authoritative"]
        words += [
            f"--dhcp-range=10.96.0.0,static,255.255.255.0,{LEASE}",
            f"--dhcp-range={ADVERTISED},ra-only,64,1h",
        ]
        words += [f"--dhcp-host=02:6d:6e:00:00:{index:02x},10.96.0.{index}" for index in range(1, 64)]
        self.server = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, preexec_fn=lambda: set_death_signal(signal.SIGKILL)
        )

    def ended(self, pid: int) -> bool:
        return self.server is not None and self.server.pid == pid
