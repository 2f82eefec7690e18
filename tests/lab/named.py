# SPDX-License-Identifier: MIT
"""named: BIND as a resolver over HTTPS."""

import os

from . import port
from .process import Process

CONFIG = """\
options {
    directory "%(dir)s";
    pid-file none;
    session-keyfile none;
    listen-on { none; };
    listen-on-v6 { none; };
    listen-on port %(port)d tls lab http lab { 127.0.0.1; };
    recursion yes;
    dnssec-validation no;
    forward only;
    forwarders port %(origin)d { 127.0.0.1; };
    empty-zones-enable no;
};
controls { };
tls lab { cert-file "%(chain)s"; key-file "%(key)s"; };
http lab { endpoints { "/dns-query"; }; };
"""


class Named(Process):
    def __init__(self, directory, certificate, origin):
        """origin: the port of the plain server behind it."""
        os.makedirs(directory)
        self.doh_port = port.free()
        path = os.path.join(directory, "named.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG % {"dir": directory, "port": self.doh_port, "chain": certificate.chain,
                                "key": certificate.key, "origin": origin})
        super().__init__("named", ["/usr/sbin/named", "-g", "-c", path], directory)
        self.await_line(r"\brunning$")
