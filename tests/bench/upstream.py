# SPDX-License-Identifier: MIT
"""The server that every subject asks, over TLS or HTTPS: a dnsdist of its own, that answers any A question under one
zone out of its configuration, with nothing behind it. It is the cheapest that Debian has (measured: 8 µs an answer;
unbound with local-data 14), it does not wait for acknowledgements (unbound does, 40 ms at a time), and what it costs is
in nobody's result."""

import os
import signal
import socket

from lab import port
from lab.process import Process
from load import ZONE

ADDRESS = "192.0.2.1"
CONNECT_S = 5

CONFIG = """\
setSecurityPollSuffix("")
setACL({"127.0.0.0/8"})
setLocal("127.0.0.1:%(plain)d")
setMaxTCPClientThreads(1)
setTCPRecvTimeout(120)
addTLSLocal("127.0.0.1:%(port)d", "%(chain)s", "%(key)s", {minTLSVersion="tls1.2"})
addDOHLocal("127.0.0.1:%(doh_port)d", "%(chain)s", "%(key)s", "/dns-query", {minTLSVersion="tls1.2", idleTimeout=120})
addAction("%(zone)s.", SpoofAction("%(address)s", {ttl=86400}))
"""


class Upstream(Process):
    def __init__(self, directory, certificate):
        os.makedirs(directory)
        self.port, self.doh_port = port.free(), port.free()
        path = os.path.join(directory, "upstream.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG % {"plain": port.free(), "port": self.port, "doh_port": self.doh_port,
                                "chain": certificate.chain, "key": certificate.key, "zone": ZONE, "address": ADDRESS})
        super().__init__("upstream", ["/usr/bin/dnsdist", "--supervised", "--disable-syslog", "-C", path], directory)
        self.await_line(r"No downstream servers defined")  # the last it says; that it listens, it says too early
        socket.create_connection(("127.0.0.1", self.port), CONNECT_S).close()

    def freeze(self):
        """Whatever is answered now comes from a cache."""
        self.send(signal.SIGSTOP)

    def thaw(self):
        self.send(signal.SIGCONT)
