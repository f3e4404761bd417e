# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that carry packets inside other packets.

Sources of the names and numbers: linux/include/uapi/linux/if_link.h and if_tunnel.h.
"""

from __future__ import annotations

from .geneve import GENEVE
from .tunnels4 import TUNNELS_OVER_IPV4
from .tunnels6 import TUNNELS_OVER_IPV6
from .vxlan import VXLAN
from .xfrm import XFRM

FALLBACKS = (
    'tunl0',
    'gre0',
    'gretap0',
    'erspan0',
    'ip_vti0',
    'ip6_vti0',
    'sit0',
    'ip6tnl0',
    'ip6gre0',
)
"""Links that modules of tunnels create in every namespace. Nobody can delete them (ip_tunnel_init_net)."""

TUNNELS = {
    'vxlan': VXLAN,
    **TUNNELS_OVER_IPV4,
    **TUNNELS_OVER_IPV6,
    'geneve': GENEVE,
    'xfrm': XFRM,
}
