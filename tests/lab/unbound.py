# SPDX-License-Identifier: MIT
"""unbound: the resolver that stubborn asks over TLS, with knotd behind it."""

import os

from . import port
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
    interface: 127.0.0.1@%(port)d
    tls-port: %(port)d
    tls-service-pem: "%(chain)s"
    tls-service-key: "%(key)s"
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
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@%(origin)d
"""


class Unbound(Process):
    def __init__(self, directory, certificate, origin):
        """origin: the port of the plain server behind it."""
        os.makedirs(directory)
        self.port = port.free()
        path = os.path.join(directory, "unbound.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG % {"dir": directory, "port": self.port, "chain": certificate.chain,
                                "key": certificate.key, "origin": origin})
        super().__init__("unbound", ["/usr/sbin/unbound", "-d", "-p", "-c", path], directory)
        self.await_line(r"start of service")
