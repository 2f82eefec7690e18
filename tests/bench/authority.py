# SPDX-License-Identifier: MIT
"""The DoT server behind the subjects that validate: a dnsdist in front of a knotd that has all zones, and so answers
any question at once, a DS too, as a resolver with everything in its cache would. In nobody's result."""

import json
import os
import socket
import urllib.request

from lab import port
from lab.process import Process

CONNECT_S = 5

KNOT = """\
server:
    rundir: "%(dir)s"
    listen: 127.0.0.1@%(plain)d
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    tcp-max-clients: 200
    tcp-idle-timeout: 120
log:
  - target: stderr
    any: warning
    server: info
database:
    storage: "%(dir)s/db"
template:
  - id: default
    zonefile-sync: -1
    journal-content: none
zone:
"""

# dnsdist hands on over TCP what came over TLS. RA: knotd does not offer recursion, and who forwards looks for it.
DNSDIST = """\
setSecurityPollSuffix("")
setACL({"127.0.0.0/8"})
setLocal("127.0.0.1:%(unused)d")
setMaxTCPClientThreads(1)
setTCPRecvTimeout(120)
addTLSLocal("127.0.0.1:%(port)d", "%(chain)s", "%(key)s", {minTLSVersion="tls1.2"})
newServer({address="127.0.0.1:%(plain)d", checkInterval=3600, checkName="ns.one.", tcpRecvTimeout=120})
addResponseAction(AllRule(), LuaResponseAction(function(dr) dr.dh:setRA(true) return DNSResponseAction.None end))
webserver("127.0.0.1:%(web)d")
setWebserverConfig({statsRequireAuthentication=false, acl="127.0.0.0/8"})
"""


def _file(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="ascii") as out:
        out.write(text)
    return path


class Authority:
    def __init__(self, directory, certificate, files):
        """files: path by zone's name."""
        os.makedirs(os.path.join(directory, "db"))
        self.port, self._web = port.free(), port.free()
        values = {"dir": directory, "plain": port.free(), "unused": port.free(), "port": self.port, "web": self._web,
                  "chain": certificate.chain, "key": certificate.key}
        zones = "".join('  - domain: "%s"\n    file: "%s"\n' % item for item in files.items())
        self.processes = []
        try:
            self._start("knotd", ["/usr/sbin/knotd", "-c", _file(directory, "knot.conf", KNOT % values + zones)],
                        directory, r"server started")
            self._start("front", ["/usr/bin/dnsdist", "--supervised", "--disable-syslog", "-C",
                                  _file(directory, "dnsdist.conf", DNSDIST % values)], directory,
                        r"Marking downstream .* as 'up'")
            socket.create_connection(("127.0.0.1", self.port), CONNECT_S).close()
        except BaseException:
            self.stop()
            raise

    def _start(self, name, command, directory, ready):
        self.processes.append(Process(name, command, directory))
        self.processes[-1].await_line(ready)

    def questions(self):
        """How many were asked so far."""
        with urllib.request.urlopen("http://127.0.0.1:%d/jsonstat?command=stats" % self._web, timeout=CONNECT_S) as stats:
            return json.load(stats)["queries"]

    def stop(self):
        for process in reversed(self.processes):
            process.stop()
