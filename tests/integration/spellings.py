# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules as people write them, in many spellings: by family, table and chain."""
from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.kernel import xt_canon

SPELLINGS = {
    'both': {
        ('filter', 'INPUT'): [
            '', '-j ACCEPT', '--jump ACCEPT', '-p tcp --dport https -j ACCEPT', '--protocol tcp --destination-port 443 -j ACCEPT',
            '-p TCP -m tcp --dport 0:1023', '-p 6', '-p 47', '-p all -j DROP', '-p tcp --syn', '! -p udp', '-p tcp ! --syn -j DROP',
            '-i eth0 -j ACCEPT', '! -i br+ -j RETURN', '--in-interface eth0', '-m state --state NEW,ESTABLISHED',
            '-m conntrack --ctstate ESTABLISHED,NEW,RELATED', '-m mac --mac-source aa:bb:cc:00:11:22', '-m comment --comment simple',
            '-m comment --comment "with \\"quotes\\" and \\\\ and \'"', "-m comment --comment it's", '-m comment --comment "caf\u00e9"',
            '-m comment --comment ""', '-m limit --limit 10/minute --limit-burst 7', '-m limit --limit 3/hour', '-j LOG --log-prefix "x y: "',
            '-j LOG --log-level debug --log-uid', '-m mark --mark 1', '-m mark --mark 0x10/0xf0', '-p tcp -m multiport --dports 80,443,8000:8010',
            '-p udp -m multiport ! --ports 53', '-m addrtype --dst-type LOCAL', '-m pkttype --pkt-type broadcast',
            '-m statistic --mode random --probability 0.33', '-m statistic --mode nth --every 3 --packet 0', '-m length --length 100:200',
            '-m recent --name ssh --set', '-m recent --name ssh2 --update --seconds 60 --hitcount 4 -j DROP',
            '-m hashlimit --hashlimit-above 5/sec --hashlimit-name h --hashlimit-mode srcip', '-m connlimit --connlimit-above 20 -p tcp --syn',
            '-m time --timestart 08:00 --timestop 18:00 --weekdays Mon,Tue', '-m string --algo bm --string "GET /"',
            '-p tcp --tcp-flags ALL SYN,ACK', '-p tcp --sport 1: --dport :5', '-j REJECT', '-j own', '-g own', '-j NFLOG --nflog-group 5',
            '-p tcp --dport ssh', '-p udp --sport bootps --dport bootpc', '-p tcp -m multiport --sports 1:10,http,https',
            '-p tcp -m multiport --ports ssh,smtp', '-p tcp --tcp-option 8', '-m conntrack --ctstate INVALID -j DROP', '-m conntrack ! --ctstate NEW',
            '-m conntrack --ctstatus ASSURED,CONFIRMED', '-m conntrack --ctproto tcp --ctorigdstport 80', '-m conntrack --ctdir ORIGINAL',
            '-m connbytes --connbytes 1000: --connbytes-dir both --connbytes-mode bytes', '-m connmark --mark 0x1/0xff', '-m helper --helper ftp',
            '-m physdev --physdev-in veth+', '-m cpu --cpu 0', '-m quota --quota 1000000', '-m u32 --u32 "6&0xFF=6"', '-m tos --tos 0x10',
            '-m addrtype --dst-type LOCAL --limit-iface-in', '-m devgroup --src-group 5',
            '-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"', '-p dccp --dport 80', '-p esp -m esp --espspi 1:2',
            '-m policy --dir in --pol ipsec', '-m socket --transparent', '-m string --algo bm --string "a b" --icase',
            '-m comment --comment "-A INPUT -j DROP"', '-m comment --comment "#x;$(y)`z` \t\x1b\u2028\U0001f4a9%s"', '-m connlabel --label 5',
            '-j LOG --log-level 4 --log-tcp-options --log-ip-options', '-j NFQUEUE --queue-num 3 --queue-bypass', '-j NFQUEUE --queue-balance 0:3',
            '-j NFLOG --nflog-prefix "a b" --nflog-group 2 --nflog-threshold 5', '-p sctp --dport 5060', '-m dscp --dscp-class ef',
            '-m string --algo kmp --hex-string "|0a0b|" --to 1500'],
        ('filter', 'OUTPUT'): [
            '-m owner ! --uid-owner 1000-1010', '-m owner --socket-exists', '-m cgroup --cgroup 5', '-o eth1',
            '-m owner --uid-owner root', '-m owner --gid-owner 0-10', '-p tcp -j REJECT --reject-with tcp-reset'],
        ('filter', 'own'): ['-i eth0', '-o eth0', '-j own2', '-j RETURN'],
        ('mangle', 'PREROUTING'): ['-j MARK --set-mark 5', '-j MARK --set-xmark 0x5/0xff', '-j CONNMARK --restore-mark',
                                   '-p tcp -j TPROXY --on-port 80 --tproxy-mark 1'],
        ('mangle', 'OUTPUT'): ['-j MARK --or-mark 4', '-j MARK --and-mark 0xff', '-j CONNMARK --save-mark', '-j CONNMARK --set-xmark 0x1/0xf',
                               '-j TOS --set-tos 0x10', '-j DSCP --set-dscp-class cs3'],
        ('mangle', 'POSTROUTING'): ['-p udp --dport 68 -j CHECKSUM --checksum-fill'],
        ('mangle', 'FORWARD'): ['-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1400', '-j DSCP --set-dscp 10', '-j CLASSIFY --set-class 1:2'],
        ('nat', 'POSTROUTING'): ['-o eth0 -j MASQUERADE', '-p tcp -j MASQUERADE --to-ports 1024-2048 --random'],
        ('nat', 'PREROUTING'): ['-p tcp --dport 80 -j REDIRECT --to-ports 8080', '-p udp --dport domain -j REDIRECT'],
        ('raw', 'PREROUTING'): [
            '-j NOTRACK', '-j CT --notrack', '-j CT --zone 5', '-j CT --ctevents new,destroy', '-j CT --zone-orig 7', '-j TRACE',
            '-m rpfilter --invert -j DROP'],
        ('security', 'INPUT'): ['-j ACCEPT'],
    },
    'ipv4': {
        ('filter', 'INPUT'): [
            '-s 10.0.0.1', '--source 10.0.0.1/32', '-s 10.1.2.3/8', '-s 10.0.0.0/255.0.0.0', '! -s 10.0.0.0/8 -d 10.1', '-s 0.0.0.0/0',
            '-s 10.0.0.0/8,192.168.0.0/16', '-s "1.1.1.1, 2.2.2.2" -d 3.3.3.3,4.4.4.4 -j DROP', '-p icmp --icmp-type echo-request',
            '-p icmp --icmp-type 8/0', '-p icmp', '-m ttl --ttl-lt 5', '-m addrtype --src-type BROADCAST,MULTICAST',
            '-m iprange --src-range 10.0.0.1-10.0.0.9', '-f', '-m ecn --ecn-tcp-cwr -p tcp'],
        ('nat', 'POSTROUTING'): ['-j SNAT --to-source 1.2.3.4', '-j SNAT --to-source 1.2.3.4-1.2.3.9 --persistent', '-j NETMAP --to 10.9.0.0/24'],
        ('nat', 'PREROUTING'): ['-p tcp --dport 80 -j DNAT --to-destination 10.0.0.2:8080', '-d 10.0.0.1 -j DNAT --to 10.0.0.2'],
        ('mangle', 'PREROUTING'): ['-j TTL --ttl-set 64', '-j TEE --gateway 10.0.0.1'],
    },
    'ipv6': {
        ('filter', 'INPUT'): [
            '-s 2001:DB8:0::1', '-s 2001:db8::/32,fe80::/10', '! -d ::1/128', '-s ::/0', '-p icmpv6 --icmpv6-type echo-request',
            '-p ipv6-icmp -m icmp6 --icmpv6-type 128', '-m hl --hl-eq 255', '-m frag --fragmore', '-m rt --rt-type 0', '-p ipv6-icmp',
            '-m iprange --src-range 2001:db8::1-2001:db8::9', '-m ipv6header --header dst --soft', '-m eui64'],
        ('nat', 'POSTROUTING'): ['-j SNAT --to-source 2001:db8::1', '-j NETMAP --to 2001:db8:1::/64'],
        ('nat', 'PREROUTING'): ['-p tcp --dport 80 -j DNAT --to-destination [2001:db8::2]:8080'],
        ('mangle', 'PREROUTING'): ['-j HL --hl-set 64'],
    },
}

CHAINS = {'filter': ['own2', 'not-used']}


def spellings(family: str) -> list[xt_canon.Key]:
    return [(table, chain, spec) for which in ('both', family) for (table, chain), specs in SPELLINGS[which].items() for spec in specs]
