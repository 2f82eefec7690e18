# SPDX-License-Identifier: MIT
"""What others think of an answer: validators of two other makes, asked for a verdict on the same data."""

import os
import subprocess

import dns.flags
import dns.rcode

from . import client, port
from .ca import CA
from .process import Process

SECURE, INSECURE, BOGUS = "secure", "insecure", "bogus"
TIMEOUT_S = 30


def verdict(reply):
    """Of a validating resolver's reply to a query with AD=1 or DO=1."""
    if reply.rcode() == dns.rcode.SERVFAIL:
        return BOGUS
    return SECURE if reply.flags & dns.flags.AD else INSECURE


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
    interface: 127.0.0.1@%(port)d
    do-not-query-localhost: no
    do-ip6: no
    num-threads: 1
    incoming-num-tcp: 200
    module-config: "validator iterator"
    trust-anchor-signaling: no
    root-key-sentinel: no
    ede: yes
    val-log-level: 2
    tls-cert-bundle: "%(ca)s"
%(anchors)s
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-tls-upstream: yes
    forward-addr: 127.0.0.1@%(upstream)d#%(name)s
"""


class UnboundValidator(Process):
    """unbound that validates what the upstream says, by DoT as we do."""

    def __init__(self, directory, upstream, ca_file, anchors):
        os.makedirs(directory)
        self.port = port.free()
        path = os.path.join(directory, "unbound.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(UNBOUND % {"dir": directory, "port": self.port, "upstream": upstream.port, "ca": ca_file,
                                 "name": CA.NAME,
                                 "anchors": "\n".join('    trust-anchor: "%s"' % anchor for anchor in anchors)})
        super().__init__("validating unbound", ["/usr/sbin/unbound", "-d", "-p", "-c", path], directory)
        self.await_line(r"start of service")

    def verdict(self, name, kind):
        try:
            return verdict(client.tcp(self.port, client.query(name, kind, do=True)))
        except EOFError:
            return BOGUS  # it can give up without a word


class Delv:
    """BIND's validator, a process for each question; asks by plain DNS."""

    ANCHOR = 'trust-anchors { "%s" static-ds %s; };\n'

    def __init__(self, directory, plain_port, anchors):
        """It knows one anchor at a time: the first."""
        os.makedirs(directory)
        self._port, self._file = plain_port, os.path.join(directory, "anchors")
        name, _, rdata = anchors[0].partition(" DS ")
        tag, algorithm, digest_type, digest = rdata.split(" ", 3)
        with open(self._file, "w", encoding="ascii") as out:
            out.write(self.ANCHOR % (name, '%s %s %s "%s"' % (tag, algorithm, digest_type, digest)))

    def ask(self, name, kind):
        """All that it says."""
        command = ["delv", "@127.0.0.1", "-p", str(self._port), "-a", self._file, "+root=.", "-q", name, "-t", kind]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:  # delv hangs now and then
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
        return done.stdout + done.stderr

    def verdict(self, name, kind):
        """The worst of what it says of the RRsets of an answer. Of a denial it says that resolution failed, too; and of
        one at the end of CNAMEs nothing else."""
        said = self.ask(name, kind)
        lines = [line.lstrip("; ") for line in said.splitlines()]
        denied = any(line.startswith(("negative response", "resolution failed: ncache")) for line in lines)
        if any(line.startswith("resolution failed") for line in lines) and not denied:
            return BOGUS
        if any(line.endswith("unsigned answer") for line in lines):
            return INSECURE
        if any(line.endswith("fully validated") for line in lines):
            return SECURE
        raise AssertionError("delv about %s %s: %s" % (name, kind, said))
