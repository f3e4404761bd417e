# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Print everything on the host that a change could leave different, line by line. Excludes the queue of a link, which the kernel adds when
# the link is first set up, counters, times, and the document before the last one.
set -o pipefail
{
  ip -o -d link show | sed 's/\(^[0-9]*\|qdisc [a-z]*\|@if[0-9]*\|link-netnsid [0-9]*\|promiscuity.*\)//g'
  ip -o address show | sed 's/^[0-9]*//; s/ tentative//; s/_lft [0-9]*sec/_lft some/g'
  ip -4 route show table all
  ip -6 route show table all | sed 's/expires [0-9]*sec/expires/'
  ip -4 rule show
  ip -6 rule show
  ip netns list
  awk '$2 !~ "^/run/(user|credentials)/" {print "mount " $2 " " $3}' /proc/mounts
  for tool in iptables ip6tables; do $tool-save 2>/dev/null | sed "s/ \[[0-9:]*\]//; /^[#*]\|^COMMIT\|^:[A-Z]* ACCEPT/d; s/^/$tool /"; done
  find /proc/sys/net -type f ! -name nf_conntrack_count ! -name flush ! -name stable_secret -exec grep -Hs . {} +
  find /etc/multinet /etc/systemd/system /usr/local ! -name '*.previous' -printf '%M %u %g %p %l\n' 2>/dev/null
  find /etc/multinet /usr/local/lib/multinet -type f ! -name '*.previous' -exec sha256sum {} + 2>/dev/null
  true  # not everything that is looked for has to be there
} | sort
