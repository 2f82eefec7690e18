# SPDX-License-Identifier: MIT
"""unbound: the resolver that stubborn asks over TLS and HTTPS, with knotd behind it; or one that iterates from a root."""

import os

from . import port
from .place import Place
from .process import Process

CONFIG = """\
server:
    directory: "%(dir)s"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    logfile: ""
    do-daemonize: no
    verbosity: 1
    interface: %(address)s@%(port)d
    tls-port: %(port)d
    interface: %(address)s@%(doh_port)d
    https-port: %(doh_port)d
    http-endpoint: "/dns-query"
    tls-service-pem: "%(chain)s"
    tls-service-key: "%(key)s"
    access-control: 0.0.0.0/0 allow
    incoming-num-tcp: 1000
    outgoing-num-tcp: 50
    tcp-idle-timeout: 30000
    edns-tcp-keepalive: yes
    do-not-query-localhost: no
    module-config: "iterator"
    val-permissive-mode: yes
    num-threads: 1
    msg-cache-size: 16m
    rrset-cache-size: 16m
    unblock-lan-zones: yes
    insecure-lan-zones: yes
%(more)sremote-control:
    control-enable: no
%(zones)s"""

FORWARD = """\
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@%d
"""
ITERATE = """\
    interface: 127.0.0.1@%d
    root-hints: "%s"
    do-ip6: no
"""
HINTS = ". 3600000 NS ns.rootserver.\nns.rootserver. 3600000 A %s\n"


class Unbound(Process):
    def __init__(self, directory, certificate, origin=None, root=None, place=None):
        """origin: the port of the plain server behind it; or root: the address of a root server,
        and then it answers on a plain port too."""
        os.makedirs(directory)
        place = place or Place.loopback()
        self.port, self.doh_port, self.plain_port = place.port, place.doh_port, port.free()
        path, hints = os.path.join(directory, "unbound.conf"), os.path.join(directory, "hints")
        if root:
            with open(hints, "w", encoding="ascii") as out:
                out.write(HINTS % root)
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG % {"dir": directory, "address": place.address, "port": self.port,
                                "doh_port": self.doh_port, "chain": certificate.chain, "key": certificate.key,
                                "more": ITERATE % (self.plain_port, hints) if root else "",
                                "zones": "" if root else FORWARD % origin})
        super().__init__("unbound", [*place.prefix, "/usr/sbin/unbound", "-d", "-p", "-c", path], directory)
        self.await_line(r"start of service")
