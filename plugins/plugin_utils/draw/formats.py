# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drawings of a layout: text for terminals, SVG, Mermaid and DOT.

All of them are pure functions and give the same text for the same layout. ``graph`` says what there is to
draw, ``scene`` where it stands (in character cells, for the terminal and for SVG alike), the others paint.
"""

from __future__ import annotations

from .graph import graph_of
from .svg import svg
from .terminal import terminal
from .text import dot, mermaid

FORMATS = {'terminal': terminal, 'svg': svg, 'mermaid': mermaid, 'dot': dot}

__all__ = ['FORMATS', 'dot', 'graph_of', 'mermaid', 'svg', 'terminal']
