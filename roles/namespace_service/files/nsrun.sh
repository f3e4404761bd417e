#!/bin/sh
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Run a command, or a shell, in a network namespace, with the files of /etc/netns/NAMESPACE in the place of those of /etc.
# Ends with the status of the command; with 125 where the command was not run, which then runs nowhere.

usage='usage: nsrun [-u USER] NAMESPACE [COMMAND [ARGUMENT...]]'
no() {
    echo "nsrun: $*" >&2
    exit 125
}

user=
while getopts u: option; do
    case $option in
        u) user=$OPTARG ;;
        *) no "$usage" ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || no "$usage"
name=$1
shift
case $name in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) no "namespace: is no name for a namespace (found $name); $usage" ;; esac
[ "$(id -u)" = 0 ] || no "namespace $name: only root can enter it (found user $(id -un)); run nsrun by sudo"
[ -z "$user" ] || id -u "$user" >/dev/null 2>&1 || no "user $user: is not known here; correct -u"

place=/run/netns/$name
if [ "$(stat -f -c %t "$place" 2>/dev/null)" != 6e736673 ]; then
    there=$(find /run/netns -mindepth 1 -printf '%f ' 2>/dev/null)
    no "namespace $name: is not there, the command was not run (there are: ${there:-none }); correct the name, or make the namespace"
fi
# Of a file that cannot be put over the one in /etc "ip netns exec" only speaks, and goes on.
for file in "/etc/netns/$name"/*; do
    [ ! -e "$file" ] || [ -e "/etc/${file##*/}" ] || no "file $file: has no /etc/${file##*/} to stand for, the command was not run; make that, an empty one will do"
done

[ $# -gt 0 ] || set -- "${SHELL:-/bin/sh}"
[ -z "$user" ] || set -- setpriv "--reuid=$user" "--regid=$(id -g "$user")" --init-groups -- "$@"
# nscd and systemd-resolved answer from the host's network, whoever asks. /dev/null accepts no connection.
# shellcheck disable=SC2016
exec ip netns exec "$name" /bin/sh -c '
    for s in /run/nscd/socket /run/systemd/resolve/io.systemd.Resolve /run/avahi-daemon/socket; do [ ! -S $s ] || mount --bind /dev/null $s || exit 125; done
    exec "$@"' sh "$@"
