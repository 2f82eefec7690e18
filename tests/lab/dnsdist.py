# SPDX-License-Identifier: MIT
"""dnsdist: a front for TLS and HTTPS of another make, with no resolver's habits."""

import os

from . import port
from .place import Place
from .process import Process

CONFIG = """\
setSecurityPollSuffix("")
setACL({"0.0.0.0/0"})
setLocal("127.0.0.1:%(plain)d")
newServer({address="127.0.0.1:%(origin)d", name="knot", checkName="lab.example.", tcpRecvTimeout=10})
addTLSLocal("%(address)s:%(port)d", "%(chain)s", "%(key)s", {minTLSVersion="tls1.2", maxInFlight=%(at_once)d})
addDOHLocal("%(address)s:%(doh_port)d", "%(chain)s", "%(key)s", "/dns-query", {minTLSVersion="tls1.2"})
%(more)s"""


class Dnsdist(Process):
    def __init__(self, directory, certificate, origin, place=None, more="", at_once=0):
        """origin: the port of the plain server behind it. more: lines for its configuration. at_once: questions of a
        connection over TLS that it works at; 0: one after the other."""
        os.makedirs(directory)
        place = place or Place.loopback()
        self.port, self.doh_port = place.port, place.doh_port
        path = os.path.join(directory, "dnsdist.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG % {"plain": port.free(), "address": place.address, "port": self.port,
                                "doh_port": self.doh_port, "origin": origin,
                                "chain": certificate.chain, "key": certificate.key, "more": more,
                                "at_once": at_once})
        super().__init__("dnsdist", [*place.prefix, "/usr/bin/dnsdist", "--supervised", "--disable-syslog", "-C", path],
                         directory)
        self.await_line(r"Marking downstream .* as 'up'")
