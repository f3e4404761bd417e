#!/bin/sh
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The DHCP client of one link in one network namespace: udhcpc of busybox, and what it calls.
#
#   dhcp-client run NAMESPACE LINK       in the namespace: asks for an address until it is ended
#   dhcp-client forget NAMESPACE LINK    anywhere: takes back what a lease has set
#   dhcp-client EVENT                    what udhcpc calls, with the lease in the environment
#
# Of the environment: DHCP_NAMESERVERS, DHCP_ROUTES ("yes" or empty), DHCP_METRIC, DHCP_HOSTNAME, DHCP_OPTIONS (for resolv.conf), DHCP_STATE.
set -u

state=${DHCP_STATE:-/var/lib/multinet-dhcp}
mark='# Written by multinet.linux.dhcp_client'

die() {
    echo "$1" >&2
    exit 1
}

plain() { # text of a server, as one line without control characters, and not too long
    printf %s "$1" | tr -c '[:print:]' ' ' | cut -c 1-200
}

known() { # a line of the last lease: address, routes, servers or search
    sed -n "s/^$1=//p" "$file" 2>/dev/null
}

dynamic() { # addresses of the link that have a lifetime. No other than this client gives a link such ones of IPv4.
    # shellcheck disable=SC2086
    ip $within -4 -o address show dev "$DHCP_LINK" dynamic | awk '{print $4}'
}

names() { # servers, domains: the resolv.conf of the namespace, written in place, so that services that have it open see it
    [ -n "${DHCP_NAMESERVERS:-}" ] || return 0
    resolver=/etc/netns/$DHCP_NAMESPACE/resolv.conf
    if [ -s "$resolver" ] && [ "$(head -n 1 "$resolver")" != "$mark" ]; then
        die "$resolver: is not the DHCP client's (found another first line, want \"$mark\"); remove it, or have the client leave name servers alone"
    fi
    content=$(
        echo "$mark"
        [ -z "$2" ] || echo "search $2"
        for server in $1; do echo "nameserver $server"; done
        [ -z "${DHCP_OPTIONS:-}" ] || echo "options $DHCP_OPTIONS"
    )
    mkdir -p "${resolver%/*}"
    [ "$content" = "$(cat "$resolver" 2>/dev/null)" ] || echo "$content" >"$resolver"
}

place() { # destination, router: one route
    onlink=
    # shellcheck disable=SC2154
    # The router of an address with all of its 32 bits is on no network of the link.
    [ "$mask" != 32 ] || onlink=onlink
    case $2 in
        0.0.0.0) set -- "$1" scope link ;;
        *) set -- "$1" via "$2" $onlink ;;
    esac
    ip -4 route replace "$@" dev "$DHCP_LINK" proto dhcp ${DHCP_METRIC:+metric "$DHCP_METRIC"}
}

lease() { # event
    # shellcheck disable=SC2154 # udhcpc sets them
    address=$ip/$mask
    before=$(known address)
    for old in $(dynamic); do
        [ "$old" = "$address" ] || ip -4 address del "$old" dev "$DHCP_LINK"
    done
    # shellcheck disable=SC2154
    # With its lifetime it is nobody's to remove: multinet.linux.layout leaves such addresses alone.
    ip -4 address replace "$address" broadcast + dev "$DHCP_LINK" valid_lft "$lease" preferred_lft "$lease" || die "address $address: was not taken"
    [ "$1" != bound ] || echo "address $address for $lease s from ${serverid:-a server that does not say who it is}"
    if [ -n "$before" ] && [ "$before" != "$address" ]; then
        echo "the address was $before until now: services that bind it have to be restarted"
    fi
    if [ "$1" = bound ] && [ "$lease" -lt 86400 ]; then
        echo "a lease of less than a day: services that bind the address break when the server gives another one; have it reserve this one"
    fi

    routes=
    if [ -n "${DHCP_ROUTES:-}" ]; then
        # With routes of option 121 the routers of option 3 do not count (RFC 3442).
        if [ -n "${staticroutes:-}" ]; then routes=$staticroutes; else for one in ${router:-}; do routes="default $one"; break; done; fi
    fi
    wanted="$routes${DHCP_METRIC:+ metric $DHCP_METRIC}" # with another metric it is another route
    [ "$wanted" = "$(known routes)" ] || ip -4 route flush dev "$DHCP_LINK" proto dhcp
    # shellcheck disable=SC2086
    set -- $routes
    while [ $# -gt 1 ]; do
        place "$1" "$2" || echo "route to $1 via $2: was not taken" >&2
        shift 2
    done

    domains=${search:-${domain:-}}
    case $domains in *[!A-Za-z0-9._\ -]*) domains= ;; esac
    names "${dns:-}" "$domains"

    printf 'address=%s\nroutes=%s\nservers=%s\nsearch=%s\n' "$address" "$wanted" "${dns:-}" "$domains" >"$file.new"
    mv "$file.new" "$file"
    : >"$bound"
    if [ -n "${NOTIFY_SOCKET:-}" ]; then systemd-notify --ready --status="$address for $lease s"; fi
}

take_back() {
    # shellcheck disable=SC2086
    ip $within -4 route flush dev "$DHCP_LINK" proto dhcp 2>/dev/null
    for old in $(dynamic 2>/dev/null); do
        # shellcheck disable=SC2086
        ip $within -4 address del "$old" dev "$DHCP_LINK"
    done
}

run() {
    # shellcheck disable=SC3013 # dash, busybox and bash know it
    if [ /proc/self/ns/net -ef /proc/1/ns/net ]; then die "namespace $DHCP_NAMESPACE: this is the host's own network; nothing is started in it"; fi
    # The unit may not look at the first process, and fails here where its name stands for another network by now.
    # shellcheck disable=SC3013
    [ /proc/self/ns/net -ef "/run/netns/$DHCP_NAMESPACE" ] || die "namespace $DHCP_NAMESPACE: this is another network; nothing is started in it"
    ip link show dev "$DHCP_LINK" >/dev/null 2>&1 ||
        die "link $DHCP_LINK: is not in namespace $DHCP_NAMESPACE (there are: $(ip -o link | awk -F'[ :@]+' '{printf "%s ", $2}'))"
    if command -v udhcpc >/dev/null; then client=udhcpc; else client='busybox udhcpc'; fi
    $client --help 2>&1 | grep -q 'Usage: udhcpc' || die "udhcpc: not found; install it (Debian: package udhcpc; elsewhere: busybox)"
    mkdir -p "$state"
    rm -f "$bound"
    # Until there is an answer services ask the servers of the last lease, and never those of the host.
    names "$(known servers)" "$(known search)" || exit 1
    before=$(known address)
    # Three questions two seconds apart, and again five seconds later.
    # shellcheck disable=SC2086
    exec $client -f -i "$DHCP_LINK" -s "$0" -t 3 -T 2 -A 5 -O staticroutes -O search ${before:+-r "${before%/*}"} \
        ${DHCP_HOSTNAME:+-x "hostname:$DHCP_HOSTNAME"}
}

case ${1:-} in
    run | forget) DHCP_NAMESPACE=$2 DHCP_LINK=$3 ;;
esac
export DHCP_NAMESPACE DHCP_LINK
within=
file=$state/$DHCP_NAMESPACE:$DHCP_LINK
bound=$file.bound
case ${1:-} in
    run) run ;;
    forget)
        within="-n $DHCP_NAMESPACE"
        [ ! -e "/run/netns/$DHCP_NAMESPACE" ] || take_back
        rm -f "$file" "$bound" "$file.new"
        resolver=/etc/netns/$DHCP_NAMESPACE/resolv.conf
        if [ "$(head -n 1 "$resolver" 2>/dev/null)" = "$mark" ]; then rm "$resolver"; fi
        rmdir "${resolver%/*}" /etc/netns "$state" 2>/dev/null
        exit 0
        ;;
    bound | renew) lease "$1" ;;
    # udhcpc says so when it begins, too. What a lease of before has set is left then: services go on while their client is another one.
    deconfig)
        [ ! -e "$bound" ] || {
            echo "the lease ran out, and no server gave another: the address goes"
            take_back
            rm -f "$bound"
        }
        ;;
    nak) echo "the server takes the address back ($(plain "${message:-no reason given}"))" ;;
    leasefail) ;;
    *) die "dhcp-client: knows run, forget and the events of udhcpc (found ${1:-nothing})" ;;
esac
