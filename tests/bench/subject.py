# SPDX-License-Identifier: MIT
"""What is measured: each a server on a port of 127.0.0.1 that forwards over TLS or HTTPS, checks the certificate
against the given CA, validates only if it is told to, has one thread for queries and a cache that 100,000 names fit
in."""

import collections
import json
import os

from lab import port
from lab.ca import CA
from lab.process import Process

# port: of the server to ask, over TLS or HTTPS. anchor: the root's DS record, to validate with it; None: do not validate.
Setting = collections.namedtuple("Setting", "port anchor")

# That of the root as it is.
ROOT_DS = ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"

UNBOUND = """\
server:
    directory: "%(dir)s"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    logfile: ""
    do-daemonize: no
    verbosity: 1
    num-threads: 1
    interface: 127.0.0.1@%(port)d
    do-not-query-localhost: no
    module-config: "%(modules)s"
    %(anchor)s
    msg-cache-size: 64m
    rrset-cache-size: 128m
    incoming-num-tcp: 100
    tls-cert-bundle: "%(ca)s"
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-tls-upstream: yes
    forward-addr: 127.0.0.1@%(upstream)d#%(name)s
"""

# maxInFlight: without it one question at a time has a connection. The check of the upstream's health comes at the
# start and then seldom, so that a frozen upstream is not taken for dead.
DNSDIST = """\
setSecurityPollSuffix("")
setACL({"127.0.0.0/8"})
setLocal("127.0.0.1:%(port)d")
setMaxTCPClientThreads(1)
newServer({address="127.0.0.1:%(upstream)d", %(how)stls="openssl", subjectName="%(name)s", caStore="%(ca)s",
           validateCertificates=true, maxInFlight=1000, checkInterval=3600, checkName="check.bench.example."})
getPool(""):setCache(newPacketCache(200000, {maxTTL=86400}))
"""

KRESD = """\
net.listen('127.0.0.1', %(port)d, { kind = 'dns' })
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('priming')
modules.unload('detect_time_skew')
%(anchor)s
cache.size = 100 * MB
policy.add(policy.all(policy.TLS_FORWARD({{'127.0.0.1@%(upstream)d', hostname='%(name)s', ca_file='%(ca)s'}})))
event.after(0, function () print('kresd serves') end)
"""


class Subject(Process):
    """A running server; ready tells what it says when it can be asked."""

    name = ready = None
    transports = ("udp", "tcp")
    forwards = True
    validates = False  # if told to
    doh = False  # asks over HTTPS
    instead_of = None  # another subject: this one takes its place where they have too much in common to be beside it

    def __init__(self, directory, bench, setting, prefix=()):
        """prefix: a command that runs the program, such as valgrind."""
        os.makedirs(directory)
        self.directory = directory
        self.port = port.free()
        self._values = {"dir": directory, "port": self.port, "upstream": setting.port, "ca": bench.ca.file,
                        "name": CA.NAME}
        super().__init__(self.name, [*prefix, *self._command(directory, bench, setting)], directory)

    def _command(self, directory, bench, setting):
        raise NotImplementedError

    def _config(self, directory, text):
        path = os.path.join(directory, self.name + ".conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        return path


class Echo(Subject):
    name, ready = "echo", r"^ready$"
    transports = ("udp",)
    forwards = False

    def _command(self, directory, bench, setting):
        return [bench.compile("echo"), str(self.port)]


class Gnutls(Subject):
    name, instead_of, ready = "gnutls", "stubborn", r"^ready$"
    transports = ()
    forwards = False

    def _command(self, directory, bench, setting):
        return [bench.compile("gnutls", libraries=["-lgnutls"]), bench.ca.file]


class Stubborn(Subject):
    name, ready = "stubborn", r"\bready\b"
    validates = True

    url = "tls://" + CA.NAME

    def _command(self, directory, bench, setting):
        upstream = {"url": self.url, "name": "bench", "ca-file": bench.ca.file,
                    "addresses": ["127.0.0.1@%d" % setting.port]}
        dnssec = {"validate": True, "trust-anchors": [setting.anchor]} if setting.anchor else {"validate": False}
        config = {"listen": ["127.0.0.1:%d" % self.port], "user": "", "state-dir": "", "workers": 1,
                  "dnssec": dnssec,
                  "upstreams": [upstream], "cache": {"size": "64MiB"}, "log": {"level": "info"}}
        return [bench.stubborn, "run", "-c", self._config(directory, json.dumps(config, indent=2) + "\n")]


class StubbornDoh(Stubborn):
    name, instead_of, doh, validates = "stubborn-doh", "stubborn", True, False
    url = "https://%s/dns-query" % CA.NAME


class StubbornDnssec(Stubborn):
    """Validates, whatever it is told: what that takes while nothing is asked."""

    name, instead_of, forwards, validates = "stubborn-dnssec", "stubborn", False, False

    def _command(self, directory, bench, setting):
        return super()._command(directory, bench, setting._replace(anchor=ROOT_DS))


class Unbound(Subject):
    name, ready = "unbound", r"start of service"
    validates = True

    def _command(self, directory, bench, setting):
        self._values["modules"] = "validator iterator" if setting.anchor else "iterator"
        self._values["anchor"] = 'trust-anchor: "%s"' % setting.anchor if setting.anchor else ""
        return ["/usr/sbin/unbound", "-d", "-p", "-c", self._config(directory, UNBOUND % self._values)]


class Dnsdist(Subject):
    name, ready = "dnsdist", r"Marking downstream .* as 'up'"

    def _command(self, directory, bench, setting):
        return ["/usr/bin/dnsdist", "--supervised", "--disable-syslog",
                "-C", self._config(directory, DNSDIST % {"how": "", **self._values})]


class DnsdistDoh(Dnsdist):
    name, instead_of, doh = "dnsdist-doh", "dnsdist", True

    def _command(self, directory, bench, setting):
        self._values.update(how='dohPath="/dns-query", ')
        return super()._command(directory, bench, setting)


class Kresd(Subject):
    name, ready = "kresd", r"kresd serves"
    validates = True

    def _command(self, directory, bench, setting):
        self._values["anchor"] = "trust_anchors.add('%s')" % setting.anchor if setting.anchor else \
            "trust_anchors.remove('.')"
        return ["/usr/sbin/kresd", "-n", "-q", "-c", self._config(directory, KRESD % self._values),
                directory]


ALL = {kind.name: kind for kind in (Echo, Gnutls, Stubborn, StubbornDoh, StubbornDnssec, Unbound, Dnsdist, DnsdistDoh, Kresd)}
