#!/bin/sh
# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A pretend host has its own network, mounts and host name; the rest is this machine's.
# /run is empty and private, changes to /etc and /var/cache stay inside, and all of it disappears with the host.
#
#   pretend_host.sh up NAME FOLDER PYTHON    start a host; FOLDER/python runs PYTHON inside it
#   pretend_host.sh down NAME FOLDER         stop it
#   pretend_host.sh inside NAME COMMAND...   run one command in a host that ends with the command

set -eu

# unshare runs this as the first process in the new namespaces: it sets them up, then becomes COMMAND.
# shellcheck disable=SC2016 # expanded by the inner shell
furnish='
set -eu
hostname "$1"
shift
mount -t tmpfs -o mode=755,size=64m tmpfs /run
mkdir -m 1777 /run/lock
mkdir /run/netns /run/multinet /run/etc /run/etc-work /run/cache /run/cache-work
mount -t sysfs sysfs /sys
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc-work overlay /etc
mount -t overlay -o lowerdir=/var/cache,upperdir=/run/cache,workdir=/run/cache-work overlay /var/cache
ip link set lo up
exec "$@"
'

world() {
    # The name, then the command.
    exec unshare --net --mount --uts --propagation private --fork --kill-child sh -c "$furnish" sh "$@"
}

usage() {
    sed -n 's/^#   //p' "$0" >&2
    exit 2
}

case "${1-} $#" in
up\ 4)
    name=$2 folder=$3 python=$4
    mkdir -p "$folder"
    if [ -s "$folder/pid" ] && kill -0 "$(cat "$folder/pid")" 2>/dev/null; then
        echo "$name is up already" >&2
        exit 1
    fi
    rm -f "$folder/pid"
    # shellcheck disable=SC2016 # expanded by the inner shell
    inside='echo $$ >"$1/pid.new"; mv "$1/pid.new" "$1/pid"; exec sleep infinity'
    (world "$name" setsid sh -c "$inside" sh "$folder") </dev/null >"$folder/log" 2>&1 &
    starter=$!
    tries=0
    until [ -s "$folder/pid" ]; do
        if [ "$tries" -ge 100 ] || ! kill -0 "$starter" 2>/dev/null; then
            echo "$name did not start:" >&2
            cat "$folder/log" >&2
            exit 1
        fi
        tries=$((tries + 1))
        sleep 0.1
    done
    pid=$(cat "$folder/pid")
    readlink "/proc/$pid/ns/net" >"$folder/net"
    cat >"$folder/python" <<END
#!/bin/sh
[ "\$(readlink /proc/$pid/ns/net)" = "$(cat "$folder/net")" ] || { echo "$name is down" >&2; exit 1; }
exec nsenter --target $pid --net --mount --uts -- "$python" "\$@"
END
    chmod +x "$folder/python"
    ;;
down\ 3)
    name=$2 folder=$3
    if [ -s "$folder/pid" ]; then
        pid=$(cat "$folder/pid")
        # The PID may belong to another process by now; the namespace shows it.
        if [ "$(readlink "/proc/$pid/ns/net")" = "$(cat "$folder/net")" ]; then
            kill "$pid"
            tries=0
            while [ -e "/proc/$pid/ns/net" ] && [ "$tries" -lt 100 ]; do
                tries=$((tries + 1))
                sleep 0.1
            done
        fi
    fi
    rm -rf "$folder"
    ;;
inside\ *)
    [ $# -ge 3 ] || usage
    shift
    world "$@"
    ;;
*)
    usage
    ;;
esac
