# SPDX-License-Identifier: MIT
"""The server that every subject asks, over TLS or HTTPS: a dnsdist of its own, that answers any A question under one
zone out of its configuration, with nothing behind it. It is the cheapest that Debian has (measured: 8 µs an answer;
unbound with local-data 14), it does not wait for acknowledgements (unbound does, 40 ms at a time), and what it costs is
in nobody's result."""

import os
import signal
import socket

from lab import nginx, port
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


# Two answers a connection: every other question takes a handshake. Nothing is resumed on the first port. Over plain HTTP
# it is what is behind nginx.
BRIEF = """\
setSecurityPollSuffix("")
setACL({"127.0.0.0/8"})
setLocal("127.0.0.1:%(plain)d")
setMaxTCPClientThreads(1)
setMaxTCPQueriesPerConnection(1)
addTLSLocal("127.0.0.1:%(full)d", "%(chain)s", "%(key)s",
            {minTLSVersion="tls1.2", sessionTickets=false, numberOfStoredSessions=0})
addTLSLocal("127.0.0.1:%(resumed)d", "%(chain)s", "%(key)s", {minTLSVersion="tls1.2"})
addDOHLocal("127.0.0.1:%(origin)d", nil, nil, "/dns-query", {idleTimeout=120})
addAction("%(zone)s.", SpoofAction("%(address)s", {ttl=86400}))
"""

BRIEF_DOH = """\
    keepalive_requests 2;
    upstream resolver { server 127.0.0.1:%(origin)d; keepalive 8; }
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    server {
        listen 127.0.0.1:%(full)d ssl http2;
        ssl_session_tickets off;
        location /dns-query { proxy_pass http://resolver; }
    }
    server {
        listen 127.0.0.1:%(resumed)d ssl http2;
        location /dns-query { proxy_pass http://resolver; }
    }
"""


class _Dnsdist(Process):
    def __init__(self, name, directory, config, values):
        os.makedirs(directory)
        path = os.path.join(directory, name + ".conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(config % {"plain": port.free(), "zone": ZONE, "address": ADDRESS, **values})
        super().__init__(name, ["/usr/bin/dnsdist", "--supervised", "--disable-syslog", "-C", path], directory)
        self.await_line(r"No downstream servers defined")  # the last it says; that it listens, it says too early


class Upstream(_Dnsdist):
    def __init__(self, directory, certificate):
        self.port, self.doh_port = port.free(), port.free()
        super().__init__("upstream", directory, CONFIG, {"port": self.port, "doh_port": self.doh_port,
                                                         "chain": certificate.chain, "key": certificate.key})
        socket.create_connection(("127.0.0.1", self.port), CONNECT_S).close()

    def freeze(self):
        """Whatever is answered now comes from a cache."""
        self.send(signal.SIGSTOP)

    def thaw(self):
        self.send(signal.SIGCONT)


class Brief(_Dnsdist):
    """ports: of each kind of handshake; origin: of plain HTTP."""

    def __init__(self, directory, certificate):
        self.ports, self.origin = {"full": port.free(), "resumed": port.free()}, port.free()
        super().__init__("brief", directory, BRIEF, {**self.ports, "origin": self.origin, "chain": certificate.chain,
                                                     "key": certificate.key})
        for one in self.ports.values():
            socket.create_connection(("127.0.0.1", one), CONNECT_S).close()


class BriefDoh(nginx.Server):
    """The same over HTTPS, by nginx: dnsdist does not close such a connection."""

    def __init__(self, directory, certificate, origin):
        self.ports = {"full": port.free(), "resumed": port.free()}
        super().__init__(directory, certificate, BRIEF_DOH, {"origin": origin, **self.ports})
