# SPDX-License-Identifier: MIT
"""The home: where stubborn runs and is asked. Its links are a cable, a Wi-Fi and a VPN, of which one has the default
route; what a network manager does to them is here."""

import re
import time

from host import Host

# link: (its network, the home's address, the router's)
LINKS = {"cable": ("10.1.0.0/24", "10.1.0.2/24", "10.1.0.1"), "wifi": ("10.2.0.0/24", "10.2.0.2/24", "10.2.0.1"),
         "vpn": ("10.3.0.0/24", "10.3.0.2/24", "10.3.0.1")}
# The cable's, where a row wants IPv6.
ADDRESS6, GATEWAY6 = "fd00:1::2/64", "fd00:1::1/64"
SETTLE_S = 5
NETWORKS = {"lan-" + link: network for link, (network, *_) in LINKS.items()}


class Home(Host):
    def __init__(self):
        super().__init__("home")

    def connect(self, router):
        for link, (_, _, gateway) in LINKS.items():
            self.ip("link add name %s type veth peer name lan-%s netns %s" % (link, link, router.pid))
            router.ip("addr add %s/24 dev lan-%s" % (gateway, link))
            router.ip("link set lan-%s up" % link)
        self._router = router

    def up(self, link, metric=100):
        """The link, its address, and its default route."""
        _, address, gateway = LINKS[link]
        self.ip("link set %s up" % link)
        self._settle(link)
        self.ip("addr replace %s dev %s" % (address, link))
        self._router.ip("neigh flush dev lan-%s" % link)
        self.ip("route replace default via %s dev %s metric %d" % (gateway, link, metric))

    def up6(self):
        """IPv6 over the cable, until restore()."""
        self._router.ip("addr replace %s dev lan-cable nodad" % GATEWAY6)
        self.ip("addr replace %s dev cable nodad" % ADDRESS6)
        self.ip("route replace default via %s dev cable" % GATEWAY6.partition("/")[0])

    def down(self, link):
        """The routes go with it, the address stays."""
        self.ip("link set %s down" % link)

    def forget_address(self, link):
        self.ip("addr flush dev %s" % link)

    def unplug(self, link):
        """The far end is dead: no carrier, and all else stays as it is."""
        self._router.ip("link set lan-%s down" % link)

    def plug(self, link):
        self._router.ip("link set lan-%s up" % link)
        if self.ip("link show dev %s up" % link):
            self._settle(link)
            self.ip("neigh flush dev %s" % link)

    def _settle(self, link):
        """Until packets pass. Until then the kernel drops what either end answers, and a question for a neighbour's
        address is asked again after 1 s only. So is one that was open when the link came: hence the flushing."""
        end_s = time.monotonic() + SETTLE_S
        while not (self._passes(self, link) and self._passes(self._router, "lan-" + link)):
            if time.monotonic() > end_s:
                raise RuntimeError("%s does not come up" % link)

    @staticmethod
    def _passes(host, device):
        return "state UP" in host.ip("link show dev %s" % device)

    def ports_to(self, *ports):
        """Our ends of the connections to those ports."""
        found = re.findall(r":(\d+)\s+[\d.]+:(\d+)\s", self.ip_sockets())
        return [int(own) for own, other in found if int(other) in ports]

    def ip_sockets(self):
        return self.run("ss", "--tcp", "--numeric", "--no-header")

    def restore(self):
        for link in LINKS:
            self.plug(link)
            if link != "cable":
                self.forget_address(link)
                self.down(link)
        self.ip("-6 addr flush dev cable scope global")
        self.up("cable")
