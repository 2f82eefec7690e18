# SPDX-License-Identifier: MIT
"""An upstream: a machine with a server of others that speaks TLS and HTTPS, and an authority behind it. What may
become of such a server is here."""

import os
import shutil
import signal

from lab.ca import CA
from lab.dnsdist import Dnsdist
from lab.kresd import Kresd
from lab.place import Place
from lab.unbound import Unbound

import authority
from host import Host

DOT, DOH = 853, 443

# dnsdist answers with an error for as long as a file of its name is there.
WORD = """\
local function told(word)
    return function()
        local file = io.open("%(dir)s/" .. word)
        if file then file:close() end
        return file ~= nil
    end
end
addAction(LuaRule(told("servfail")), RCodeAction(DNSRCode.SERVFAIL))
addAction(LuaRule(told("refused")), RCodeAction(DNSRCode.REFUSED))
setMaxTCPConnectionsPerClient(0)
"""


class Upstream:
    """address is the one it is known by; other_address and address6 are of the same machine."""

    def __init__(self, number, directory, ca, zones):
        self.number, self.name, self._ca, self._directory = number, "upstream%d" % number, ca, directory
        self.address, self.other_address = "198.51.100.%d" % (10 + number), "198.51.100.%d" % (110 + number)
        self.address6 = "fd00:2::%d" % (10 + number)
        self.addresses = self.address, self.other_address, self.address6
        os.makedirs(directory)
        self.host = Host(self.name, directory)
        self._authority = authority.Authority(os.path.join(directory, "authority"), zones, self.host.prefix)
        self.server, self._is, self._count = None, None, 0

    def serve(self, kind, certificate="good", habits="", at_once=0):
        """Have that server, in the place of the one before. habits: lines for dnsdist's configuration, which may name
        its %(chain)s and %(key)s; at_once: as dnsdist has it."""
        if self._is == (kind, certificate, habits, at_once) and self.server.returncode is None:
            return
        self.kill()
        self._count += 1
        directory = os.path.join(self._directory, "%s-%d" % (kind, self._count))
        place = Place("0.0.0.0", DOT, DOH, self.host.prefix)
        made = self._ca.issue(certificate)
        if kind == "dnsdist":
            self.server = Dnsdist(directory, made, authority.DNS, place, WORD % {"dir": directory} + habits % {
                "chain": made.chain, "key": made.key}, at_once)
        else:
            self.server = {"unbound": Unbound, "kresd": Kresd}[kind](directory, made, authority.DNS, place=place)
        self.server.directory = directory
        self._is = (kind, certificate, habits, at_once)

    def kill(self):
        """At once: what the kernel then sends to those connected, and to those who come, is a RST."""
        if self.server and self.server.returncode is None:
            self.server.send(signal.SIGKILL)
            self.server.await_exit()

    def again(self, certificate=None):
        """Start it after kill(), or restart it, perhaps with another certificate."""
        kind, had, *habits = self._is
        self.kill()
        self.serve(kind, certificate or had, *habits)

    def stop(self):
        """It accepts connections and questions, as the kernel does that, and answers nothing."""
        self.server.send(signal.SIGSTOP)

    def go_on(self):
        self.server.send(signal.SIGCONT)

    def answer(self, word):
        """servfail or refused to everything, from now on; None: as it should."""
        for other in ("servfail", "refused"):
            path = os.path.join(self.server.directory, other)
            if other == word:
                with open(path, "w", encoding="ascii"):
                    pass
            elif os.path.exists(path):
                os.remove(path)

    def restore(self, kind):
        self.go_on()
        self.answer(None)
        self.serve(kind)

    def configuration(self, https=False, addresses=None):
        """As stubborn's configuration has it."""
        return {"url": "https://%s/dns-query" % CA.NAME if https else "tls://" + CA.NAME, "name": self.name,
                "addresses": addresses or [self.address], "ca-file": self._ca.file}

    def close(self):
        if self.server:
            self.go_on()
            self.server.stop()
        self._authority.stop()
        self.host.close()
        shutil.rmtree(self._directory, ignore_errors=True)
