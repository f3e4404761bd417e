# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.multinet.linux.plugins.plugin_utils import object_docs, option_docs


class ModuleDocFragment:
    """Options that hold objects of a document. They are made from the tables that also read the documents."""

    # Annotated, since ansible-test takes what is assigned without for a literal (yamllinter.py).
    LAYOUT: str = option_docs.fragment(object_docs.layout_options())
    ROUTE: str = option_docs.fragment(object_docs.route_options())
    ADDRESS: str = option_docs.fragment(object_docs.address_options())
    RULE: str = option_docs.fragment(object_docs.rule_options())
    NEIGHBOUR: str = option_docs.fragment(object_docs.neighbour_options())
    QDISC: str = option_docs.fragment(object_docs.qdisc_options())
    IPTABLES: str = option_docs.fragment(object_docs.iptables_options())
    NFTABLES: str = option_docs.fragment(object_docs.nftables_options())
