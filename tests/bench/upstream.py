# SPDX-License-Identifier: MIT
"""The server that every subject asks, over TLS or HTTPS: a dnsdist of its own, that answers any A question under one
zone out of its configuration, with nothing behind it. It is the cheapest that Debian has (measured: 8 µs an answer;
unbound with local-data 14), it does not wait for acknowledgements (unbound does, 40 ms at a time), and what it costs is
in nobody's result."""

import json
import os
import signal
import socket
import urllib.request

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


# One answer a connection: each question takes a handshake. Nothing is resumed on the first port.
BRIEF = """\
setSecurityPollSuffix("")
setACL({"127.0.0.0/8"})
setLocal("127.0.0.1:%(plain)d")
setMaxTCPClientThreads(1)
setMaxTCPQueriesPerConnection(1)
addTLSLocal("127.0.0.1:%(full)d", "%(chain)s", "%(key)s",
            {minTLSVersion="tls1.2", sessionTickets=false, numberOfStoredSessions=0})
addTLSLocal("127.0.0.1:%(resumed)d", "%(chain)s", "%(key)s", {minTLSVersion="tls1.2"})
addAction("%(zone)s.", SpoofAction("%(address)s", {ttl=86400}))
webserver("127.0.0.1:%(web)d")
setWebserverConfig({apiKey="bench", acl="127.0.0.0/8"})
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
    """ports: of each kind of handshake."""

    def __init__(self, directory, certificate):
        self.ports, self._web = {"full": port.free(), "resumed": port.free()}, port.free()
        super().__init__("brief", directory, BRIEF, {**self.ports, "web": self._web, "chain": certificate.chain,
                                                     "key": certificate.key})
        for one in self.ports.values():
            socket.create_connection(("127.0.0.1", one), CONNECT_S).close()

    def handshakes(self, kind):
        """(full ones, resumed ones) so far on that port, as this server counts them."""
        url = "http://127.0.0.1:%d/api/v1/servers/localhost" % self._web
        request = urllib.request.Request(url, headers={"X-API-Key": "bench"})
        with urllib.request.urlopen(request, timeout=CONNECT_S) as answer:
            front = next(one for one in json.load(answer)["frontends"]
                         if one["address"].endswith(":%d" % self.ports[kind]))
        return front["tlsNewSessions"], front["tlsResumptions"]
