#!/bin/sh
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# What services in network namespaces need, that their units cannot say.
#
#   netns-service ready NAMESPACE       fails, and says why, unless the namespace can be entered with its files
#   netns-service stale [NAMESPACE]     services that run, but not in the namespace of their unit with its files
#   netns-service refresh NAMESPACE     restarts them
#   netns-service running UNIT...       those that run; of a template its instances

files='resolv.conf hosts nsswitch.conf'
sockets='/run/nscd/socket /run/systemd/resolve/io.systemd.Resolve /run/avahi-daemon/socket'
helpless=/run/netns-service

same() { # are these paths one file? A path that is not there is none.
    # shellcheck disable=SC3013 # dash, busybox and bash know it
    [ "$1" -ef "$2" ]
}

of() { # a property of a unit
    systemctl show --property="$1" --value "$2"
}

ready() {
    place=/run/netns/$1
    if [ "$(stat -f -c %t "$place" 2>/dev/null)" != 6e736673 ]; then
        echo "namespace $1: is not there; make it, or correct the unit that wants it" >&2
        exit 1
    fi
    if same "$place" /proc/1/ns/net; then
        echo "namespace $1: is the host's own network; nothing is started in it" >&2
        exit 1
    fi
    for file in $files; do
        if [ -e "/etc/netns/$1/$file" ] && [ ! -e "/etc/$file" ]; then
            echo "file /etc/netns/$1/$file: has no /etc/$file to stand for; make that, an empty one will do" >&2
            exit 1
        fi
    done
}

# A file that was put over another one by its name (mv, sed -i) is not seen where the old one was bound; and where the one that it was bound
# over is replaced, the kernel takes the mount away. Both are found by comparing what the process sees with what it is to see.
fault() { # namespace, process: what is wrong with it, and which files are there now
    [ ! -e "/run/netns/$1" ] || same "/run/netns/$1" "/proc/$2/ns/net" || { is "/run/netns/$1"; return; }
    for file in $files; do
        own=/etc/netns/$1/$file
        # Where /etc/resolv.conf is a link, the file that it leads to is covered. An absolute link would lead out of the process's root.
        real=$(readlink -f "/etc/$file")
        seen=/proc/$2/root$real
        if [ -e "$own" ]; then
            same "$own" "$seen" || { is "$own" "$real"; return; }
        elif [ -e "$seen" ] && [ -e "$real" ]; then
            same "$real" "$seen" || { is "$real"; return; }
        fi
    done
    for socket in $sockets; do
        ! same "$socket" "/proc/$2/root$socket" || { is "$socket"; return; }
    done
}

is() { # these paths, each with the file that it is
    stat -Lc '%n %d:%i' "$@" | tr '\n' ' '
}

wrong() { # [namespace]: a line for each service that has a fault
    for ready in $(systemctl list-units --all --plain --no-legend "netns-ready@${1:-*}.service" | cut -d' ' -f1); do
        name=${ready#netns-ready@}
        for unit in $(of RequiredBy "$ready"); do
            pid=$(of MainPID "$unit")
            # A process that is still systemd has not got its namespaces yet.
            case ${pid:-0}$(readlink "/proc/$pid/exe") in 0* | */systemd | */systemd-executor) continue ;; esac
            found=$(fault "${name%.service}" "$pid")
            [ -z "$found" ] || echo "$unit $found"
        done
    done
}

stale() { # of these lines the services, without those that a restart did not help
    while read -r unit found; do
        [ -z "$unit" ] || [ "$found" = "$(cat "$helpless/$unit" 2>/dev/null)" ] || echo "$unit"
    done
}

refresh() {
    # Files come in groups, and systemd takes a unit that starts often in a short time for broken. While this runs its path unit sees no change,
    # so it looks again.
    for _ in 1 2 3 4 5; do
        sleep 1
        before=$(wrong "$1")
        units=$(echo "$before" | stale | tr '\n' ' ')
        [ -n "$units" ] || return 0
        echo "restarted, the namespace or a file that they see was another one: $units"
        # shellcheck disable=SC2086
        systemctl try-restart $units
        wrong "$1" | while read -r unit found; do
            case $before in
                *"$unit $found"*)
                    echo "$unit: was restarted, and does not see $found even so; it is left alone" >&2
                    mkdir -p "$helpless"
                    echo "$found" >"$helpless/$unit"
                    ;;
            esac
        done
    done
}

case $1 in
    ready) ready "$2" ;;
    stale) wrong "$2" | stale ;;
    refresh) refresh "$2" ;;
    running)
        shift
        for unit in "$@"; do
            case $unit in *@.*) unit=$(echo "$unit" | sed 's/@/@*/') ;; esac
            systemctl list-units --plain --no-legend --state=active,activating,reloading "$unit" | cut -d' ' -f1
        done
        ;;
esac
