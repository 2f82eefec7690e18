# SPDX-License-Identifier: MIT
"""kresd: a third make; it pads its answers and speaks TLS through GnuTLS."""

import os

from . import port
from .process import Process

CONFIG = """\
net.listen('127.0.0.1', %(port)d, { kind = 'tls' })
net.tls('%(chain)s', '%(key)s')
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('priming')
modules.unload('detect_time_skew')
trust_anchors.remove('.')
cache.size = 10 * MB
policy.add(policy.all(policy.STUB('127.0.0.1@%(origin)d')))
event.after(0, function () print('kresd serves') end)
"""


class Kresd(Process):
    def __init__(self, directory, certificate, origin):
        """origin: the port of the plain server behind it."""
        os.makedirs(directory)
        self.port = port.free()
        path = os.path.join(directory, "kresd.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG % {"port": self.port, "origin": origin, "chain": certificate.chain,
                                "key": certificate.key})
        super().__init__("kresd", ["/usr/sbin/kresd", "-n", "-q", "-c", path, directory], directory)
        self.await_line(r"kresd serves")
