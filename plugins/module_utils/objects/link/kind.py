# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is to know about a kind of link."""

from __future__ import annotations

import enum
import typing as t

from ...kernel.nla import Attributes, Nla
from ...values.reading import Reader
from ..attribute import Attribute, Settings, Table, Type, Value

DEFAULT_MTU = 1500  # ETH_DATA_LEN
DEFAULT_QUEUE = 1000  # DEFAULT_TX_QUEUE_LEN

Rules = t.Callable[[Reader, dict[str, Value], t.Any], None]
"""Takes the reader of a link, the values of its settings, which it may complete, and the link below."""

Defaults = t.Callable[[t.Mapping[str, t.Any]], dict[str, Value]]
Turns = t.Callable[[Settings], list[Settings]]
Insists = t.Callable[[Settings], t.Collection[str]]
Resend = t.Callable[[int, bytes], t.Any]
Hides = t.Callable[[Attributes], tuple[str, ...]]


def of_kernel(attribute: Attribute) -> Attribute:
    """A row whose default is what the kernel chooses by itself.

    If it cannot change in place, a document that does not say it leaves it to the kernel: no link is made
    anew for what nobody asked for.
    """
    default = None if attribute.immutable else attribute.default
    return attribute._replace(default=default, kernel_default=attribute.default)


def row_of_kernel(key: str, type_: Type, text: str, nla: Nla, usual: Value, **more: t.Any) -> Attribute:
    """Such a row with the one netlink attribute *nla*; *usual* is what the kernel chooses."""
    return of_kernel(Attribute(key, type_, text, (nla,), default=usual, **more))


class Mtu(enum.Enum):
    """How the kernel chooses the MTU of a new link."""

    FIXED = 'DEFAULT_MTU'
    LOWER = 'that of the link below'
    TUNNEL = 'that of the link below less the headers, but at most DEFAULT_MTU'
    PORTS = 'the least of its ports (br_mtu_auto_adjust)'
    OWN = 'by rules that are not predicted'


ETHERNET = {'arp': True, 'multicast': True}
"""How ether_setup makes links."""


class LinkKind(t.NamedTuple):
    """One kind of link.

    module      the kernel module that brings it
    text        what it is, for the documentation
    settings    what is declared of this kind beside the attributes that all links have
    rules       what holds between these settings and cannot be said of one alone
    defaults    from settings, the defaults that differ because of them
    hides       reads from IFLA_INFO_DATA which settings do not show what is configured at the moment
    hidable     the settings that it may say
    parent      whether it stands on another link: '', 'optional' or 'required'
    parent_nla  the attribute in IFLA_INFO_DATA that names that link; None for IFLA_LINK
    own_mac     it gets a hardware address of its own, which we derive from its name
    mtu         how the kernel chooses its MTU
    turns       divides changes of settings into requests that have to follow each other
    everywhere  no kernel with namespaces was seen without it, and asking costs time
    takes_packets  it takes packets from the link below, which may be those of the operator's connection
    usual_mtus  what else layout_info takes for an MTU that nobody chose
    headers     bytes that a tunnel adds over IPv4 and over IPv6
    state       numbers in IFLA_INFO_DATA that show what the link does, and configure nothing
    resend      changes a payload that the kernel has shown into one that it takes; None: leave it out
    queue       the txqueuelen that the kernel gives a new link
    arp, multicast  whether a new link resolves addresses and takes multicast; None: as the link below
    insists     the settings that a new link is given though they are the kernel's, whose module may have
                been loaded with others
    apart       its settings do not go by rtnetlink, and have operations of their own (wireguard/)
    by_ioctl    no request of rtnetlink makes it (tun_operation.py)
    title       the settings that tell one link of this kind from another in a drawing
    """

    module: str
    text: str
    settings: Table = Table()
    rules: Rules | None = None
    defaults: Defaults | None = None
    hides: Hides | None = None
    hidable: tuple[str, ...] = ()
    parent: str = ''
    parent_nla: Nla | None = None
    own_mac: bool = True
    mtu: Mtu = Mtu.OWN
    usual_mtus: tuple[int, ...] = ()
    turns: Turns | None = None
    everywhere: bool = False
    takes_packets: bool = False
    headers: tuple[int, int] = (0, 0)
    state: frozenset[int] = frozenset()
    resend: Resend | None = None
    arp: bool | None = False
    multicast: bool | None = False
    insists: Insists | None = None
    apart: bool = False
    by_ioctl: bool = False
    title: tuple[str, ...] = ()
    queue: int = DEFAULT_QUEUE

    @property
    def immutable(self) -> bool:
        """Whether the kernel takes settings in the request that creates the link, and not later."""
        return any(attribute.immutable for attribute in self.settings.values())

    def defaults_with(self, settings: t.Mapping[str, t.Any]) -> dict[str, Value]:
        """The defaults of a document that has these settings, without those that are the kernel's choice."""
        usual = dict(self.settings.usual)
        return {**usual, **self.defaults(settings)} if self.defaults else usual

    def in_turns(self, settings: Settings) -> list[Settings]:
        return self.turns(settings) if self.turns else [settings]

    def decode(self, payloads: Attributes) -> Settings:
        """The settings in the attributes of an IFLA_INFO_DATA."""
        settings = self.settings.decode_known(payloads)
        hidden = self.hides(payloads) if self.hides else ()
        return tuple(setting for setting in settings if setting[0] not in hidden) if hidden else settings
