# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What services in network namespaces need, that their units cannot say.

netns-service ready NAMESPACE    fails, and says why, unless the namespace can be entered with its files
netns-service stale              services that run, but not in the namespace of their unit with its files
netns-service watch              restarts them, for as long as it runs
"""

from __future__ import annotations

import sys
import typing as t

from . import services


def main(words: t.Sequence[str]) -> None:
    if len(words) == 2 and words[0] == 'ready':
        services.ready(words[1])
    elif list(words) == ['stale']:
        for finding in services.findings(services.units()[0]):
            print(finding.unit)
    elif list(words) == ['watch']:
        from . import watch  # it needs what a service that is only looked at does not

        watch.watch()
    else:
        sys.exit(str(__doc__))
