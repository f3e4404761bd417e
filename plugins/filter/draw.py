# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.draw, documented in draw.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import BOOLEANS, whole_number
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.formats import FORMATS
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.formats import terminal as draw_terminal

LEAST_WIDTH = 40


def draw(document: t.Any, format: str = 'terminal', width: t.Any = 100, colour: t.Any = False) -> str:
    """The topology that *document* declares, as text of the given format."""
    if format not in FORMATS:
        raise AnsibleFilterError(
            'multinet.linux.draw: format is unknown (found %s, want one of %s)' % (format, ', '.join(FORMATS))
        )
    cells = whole_number(width)
    if cells is None or cells < LEAST_WIDTH:
        raise AnsibleFilterError(
            'multinet.linux.draw: width is not a number of cells (found %s, want %d or more)'
            % (width, LEAST_WIDTH)
        )
    coloured = BOOLEANS.get(str(colour).lower())
    if coloured is None:
        raise AnsibleFilterError('multinet.linux.draw: colour is neither true nor false (found %s)' % colour)
    try:
        layout = read_layout(document)
    except InputError as exc:
        raise AnsibleFilterError(
            'multinet.linux.draw: the document has problems:\n%s' % '\n'.join(exc.texts())
        ) from exc
    if format == 'terminal':
        return draw_terminal(layout, cells, coloured)
    return FORMATS[format](layout)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'draw': draw}
