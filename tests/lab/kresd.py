# SPDX-License-Identifier: MIT
"""kresd: a third make; it pads its answers and speaks TLS and HTTPS through GnuTLS."""

import os

from .place import Place
from .process import Process

CONFIG = """\
net.listen('%(address)s', %(port)d, { kind = 'tls' })
net.listen('%(address)s', %(doh_port)d, { kind = 'doh2' })
net.tls('%(chain)s', '%(key)s')
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('priming')
modules.unload('detect_time_skew')
trust_anchors.remove('.')
cache.size = 10 * MB
%(source)s
event.after(0, function () print('kresd serves') end)
"""

FORWARD = "policy.add(policy.all(policy.STUB('127.0.0.1@%d')))"
# Addresses of loopback are no place where it would look for servers of its own accord. Where it does not validate
# itself it leaves the proofs of wildcards out.
ITERATE = """\
modules.load('hints')
option('ALLOW_LOCAL', true)
net.ipv6 = false
hints.root({ ['ns.rootserver.'] = '%s' })
%s"""


class Kresd(Process):
    def __init__(self, directory, certificate, origin=None, root=None, anchors=(), place=None):
        """origin: the port of the plain server behind it; or root: the address of a root server, and trust
        anchors as text."""
        os.makedirs(directory)
        place = place or Place.loopback()
        self.port, self.doh_port = place.port, place.doh_port
        path = os.path.join(directory, "kresd.conf")
        trust = "\n".join("trust_anchors.add('%s')" % anchor for anchor in anchors)
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG % {"address": place.address, "port": self.port, "doh_port": self.doh_port,
                                "chain": certificate.chain, "key": certificate.key,
                                "source": ITERATE % (root, trust) if root else FORWARD % origin})
        super().__init__("kresd", [*place.prefix, "/usr/sbin/kresd", "-n", "-q", "-c", path, directory], directory)
        self.await_line(r"kresd serves")
