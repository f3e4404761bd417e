# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.multinet.linux.plugins.plugin_utils import option_docs


class ModuleDocFragment:
    """The options of the modules for links. They are made from the tables that also read the documents."""

    # Annotated, since ansible-test takes what is assigned without for a literal (yamllinter.py).
    DOCUMENTATION: str = option_docs.fragment(option_docs.link_options())
    VETH: str = option_docs.fragment(option_docs.veth_options())
