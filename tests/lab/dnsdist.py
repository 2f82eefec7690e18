# SPDX-License-Identifier: MIT
"""dnsdist: a front for TLS and HTTPS of another make, with no resolver's habits."""

import os

from . import port
from .process import Process

CONFIG = """\
setSecurityPollSuffix("")
setACL({"127.0.0.0/8"})
setLocal("127.0.0.1:%(plain)d")
newServer({address="127.0.0.1:%(origin)d", name="knot", checkName="lab.example.", tcpRecvTimeout=10})
addTLSLocal("127.0.0.1:%(port)d", "%(chain)s", "%(key)s", {minTLSVersion="tls1.2"})
addDOHLocal("127.0.0.1:%(doh_port)d", "%(chain)s", "%(key)s", "/dns-query", {minTLSVersion="tls1.2"})
addDOHLocal("127.0.0.1:%(http_port)d", nil, nil, "/dns-query")
"""


class Dnsdist(Process):
    def __init__(self, directory, certificate, origin):
        """origin: the port of the plain server behind it."""
        os.makedirs(directory)
        self.port, self.doh_port = port.free(), port.free()
        self.http_port = port.free()  # DoH without TLS, for a web server in front
        path = os.path.join(directory, "dnsdist.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG % {"plain": port.free(), "port": self.port, "doh_port": self.doh_port,
                                "http_port": self.http_port, "origin": origin,
                                "chain": certificate.chain, "key": certificate.key})
        super().__init__("dnsdist", ["/usr/bin/dnsdist", "--supervised", "--disable-syslog", "-C", path], directory)
        self.await_line(r"Marking downstream .* as 'up'")
