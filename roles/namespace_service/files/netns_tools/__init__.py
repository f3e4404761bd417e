# SPDX-License-Identifier: GPL-3.0-or-later
# The tools of services in namespaces, which roles put on hosts.
