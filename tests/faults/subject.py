# SPDX-License-Identifier: MIT
"""What is put to the test: stubborn, or others from Debian as forwarders over TLS, each with the same upstreams and as
its own defaults have it. Unbound validates from the laboratory's root as stubborn does, dnsdist does not validate."""

import os
import signal

from lab import port
from lab.ca import CA
from lab.daemon import Daemon, sanitizer_environment
from lab.process import Process

UNBOUND = """\
server:
    directory: "%(dir)s"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    logfile: ""
    do-daemonize: no
    interface: 127.0.0.1@%(port)d
    trust-anchor: "%(anchor)s"
    tls-cert-bundle: "%(ca)s"
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-tls-upstream: yes
%(upstreams)s"""

DNSDIST = """\
setSecurityPollSuffix("")
setACL({"127.0.0.0/8"})
setLocal("127.0.0.1:%(port)d")
%(upstreams)sgetPool(""):setCache(newPacketCache(100000, {maxTTL=86400}))
"""
DNSDIST_SERVER = """\
newServer({address="%s:853", tls="openssl", subjectName="%s", caStore="%s", validateCertificates=true,
           maxInFlight=1000})
"""


class Stubborn(Daemon):
    validates = True

    def __init__(self, directory, world, https=False, addresses=None, upstreams=None, log="debug", open_to=None,
                 keeps=False, env=None, **keys):
        """addresses: of each upstream; upstreams: how many, all by default; open_to: a network beside loopback; keeps:
        what it knows, over a restart."""
        entries = [one.configuration(https, addresses and addresses(one)) for one in world.upstreams[:upstreams]]
        number, place, state = port.free(), os.path.join(directory, "stubborn"), os.path.join(directory, "state")
        if open_to:
            keys["allow"] = ["127.0.0.0/8", open_to]
        if keeps:
            os.mkdir(state, 0o700)
            keys["state-dir"] = state
        self._begin(place, {
            "listen": ["%s:%d" % ("0.0.0.0" if open_to else "127.0.0.1", number)], "upstreams": entries,
            "dnssec": {"trust-anchors": [world.zones.anchor]}, "log": {"level": log}, **keys}, number, env or {})

    def _begin(self, place, config, number, env):
        self._env = env
        # What is freed is to be free: memory is measured.
        options = sanitizer_environment(place)["ASAN_OPTIONS"] + ":quarantine_size_mb=8"
        super().__init__(place, config, env={"ASAN_OPTIONS": options, **env})
        self.port = number

    def again(self, number):
        """The next one in its place, after it was ended with that signal."""
        self.send(number)
        self.await_exit()
        if number == signal.SIGTERM and (self.returncode != 0 or self.findings()):
            raise AssertionError("it exited with %d\n%s" % (self.returncode, self.findings()))
        one = Stubborn.__new__(Stubborn)
        one._begin(self.directory + "-", self.config, self.port, self._env)
        return one


class Other(Process):
    def __init__(self, directory, command, text, ready):
        """command: where %s stands is the file with text."""
        path = os.path.join(directory, "configuration")
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        super().__init__(type(self).__name__.lower(), [part % path if "%" in part else part for part in command],
                         directory)
        self.await_line(ready)

    def finish(self):
        """What was wrong with its life: that it ended."""
        ended = self.returncode is not None
        self.stop()
        return "%s ended by itself" % self.name if ended else ""


class Unbound(Other):
    validates = True

    def __init__(self, directory, world, addresses=None, upstreams=None):
        self.port = port.free()
        lines = ["    forward-addr: %s@853#%s\n" % (address, CA.NAME) for address in _all(world, addresses, upstreams)]
        super().__init__(directory, ["/usr/sbin/unbound", "-d", "-p", "-c", "%s"], UNBOUND % {
            "dir": directory, "port": self.port, "anchor": world.zones.anchor, "ca": world.ca.file,
            "upstreams": "".join(lines)}, r"start of service")


class Dnsdist(Other):
    validates = False

    def __init__(self, directory, world, addresses=None, upstreams=None):
        self.port = port.free()
        servers = [DNSDIST_SERVER % ("[%s]" % address if ":" in address else address, CA.NAME, world.ca.file)
                   for address in _all(world, addresses, upstreams)]
        super().__init__(directory, ["/usr/bin/dnsdist", "--supervised", "--disable-syslog", "-C", "%s"], DNSDIST % {
            "port": self.port, "upstreams": "".join(servers)}, r"Marking downstream .* as '(up|down)'")


def _all(world, addresses, upstreams):
    for one in world.upstreams[:upstreams]:
        yield from addresses(one) if addresses else [one.address]


ALL = {"stubborn": Stubborn, "unbound": Unbound, "dnsdist": Dnsdist}
