# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a goal is not reached, and what the limit is: from profiles (benchmarks/run --profile, perf, -X importtime)."""

from __future__ import annotations

WHY: dict[str, str] = {}
