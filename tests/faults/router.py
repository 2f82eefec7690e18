# SPDX-License-Identifier: MIT
"""The router between home and the rest: it forwards packets, and does not when it is told so."""

from host import Host

# What is dropped says nothing, as broken paths do.
RULES = """\
table inet faults {
    set dark { type ipv4_addr; }
    set dark6 { type ipv6_addr; }
    set forgotten { type inet_service; }
    chain forward {
        type filter hook forward priority 0; policy accept;
        ip saddr @dark drop
        ip daddr @dark drop
        ip6 saddr @dark6 drop
        ip6 daddr @dark6 drop
        tcp sport @forgotten drop
        tcp dport @forgotten drop
        %s
    }
}
"""
OWN_SOURCE = 'iifname "%s" ip saddr != %s drop\n'


class Router(Host):
    def __init__(self, directory, networks):
        """networks: {link: network of the home behind it}. Over each link, only packets of its own addresses pass."""
        super().__init__("router", directory)
        self.write("/proc/sys/net/ipv4/ip_forward", "1")
        self.write("/proc/sys/net/ipv6/conf/all/forwarding", "1")
        self.nft(RULES % "        ".join(OWN_SOURCE % pair for pair in networks.items()))

    def blackhole(self, *addresses):
        """Nothing gets to them or from them any more."""
        for address in addresses:
            self.nft("add element inet faults dark%s { %s }\n" % ("6" if ":" in address else "", address))

    def forget(self, ports):
        """As a router that lost its table of connections: those from these ports of home are dropped from now on, and
        new ones are none of them."""
        if ports:
            self.nft("add element inet faults forgotten { %s }\n" % ", ".join(map(str, ports)))

    def heal(self):
        self.nft("".join("flush set inet faults %s\n" % name for name in ("dark", "dark6", "forgotten")))
