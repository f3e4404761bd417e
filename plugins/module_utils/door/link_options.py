# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the modules for links, as the tables of links have them."""

from __future__ import annotations

from ..objects.link.bridge_port import PORT
from ..objects.link.kinds import KINDS
from ..objects.link.queues import QUEUES
from ..objects.link.value import COMMON
from ..objects.qdisc.short import SHORT
from ..objects.sysctl.words import LINK_WORDS
from .options import Spec, options_of

LINK_SPEC: Spec = {
    'addresses': {'type': 'list', 'elements': 'raw'},
    **options_of(COMMON, without=('up',)),
    **options_of(QUEUES),
    **options_of(SHORT),
    **options_of(LINK_WORDS),
    'port': {'type': 'dict', 'options': options_of(PORT)},
}
"""What all links have. The state of a link is another option where ``state`` is that of the module."""

END_SPEC: Spec = {**LINK_SPEC, 'link_local': {'type': 'bool', 'default': COMMON['link_local'].default}}
"""The same for one end of a veth."""

KINDS_WITH_MODULE = [name for name in KINDS if name != 'veth']
"""The kinds of the module ns_link."""

SETTINGS_SPEC: Spec = {}
"""The settings of all of them, and the link below."""
for _name in KINDS_WITH_MODULE:
    for _key, _option in options_of(KINDS[_name].settings).items():
        if SETTINGS_SPEC.setdefault(_key, _option) != _option:
            SETTINGS_SPEC[_key] = {**_option, 'type': 'str'}  # a number of one kind is a word of another
SETTINGS_SPEC.update(link={'type': 'str'}, link_namespace={'type': 'str'})
