# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts in tools/ and benchmarks/ share: places, interpreters, environments, packages.

Everything it makes lives in one cache folder outside the checkout, so a clone stays as clean as it was.
Only the standard library of Python 3.9 is used.
"""

from __future__ import annotations

from workshop.environments import (
    ENVIRONMENTS,
    environment_folder,
    environment_ready,
    make_environment,
    variables,
)
from workshop.interpreters import interpreter
from workshop.packages import PROGRAMS, install_packages
from workshop.places import (
    CLONE,
    NAME,
    NAMESPACE,
    SYSTEM_PATH,
    Trouble,
    cache,
    clone_key,
    locked,
    main,
    put_between,
    tracked,
    tracked_scripts,
    tree,
)

__all__ = [
    "CLONE",
    "ENVIRONMENTS",
    "NAME",
    "NAMESPACE",
    "PROGRAMS",
    "SYSTEM_PATH",
    "Trouble",
    "cache",
    "clone_key",
    "environment_folder",
    "environment_ready",
    "install_packages",
    "interpreter",
    "locked",
    "main",
    "make_environment",
    "put_between",
    "tracked",
    "tracked_scripts",
    "tree",
    "variables",
]
