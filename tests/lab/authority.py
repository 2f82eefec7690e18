# SPDX-License-Identifier: MIT
"""knotd with zones as they are: it signs nothing and doubts nothing. It serves on port 53, which referrals lead to."""

import os
import random
import socket

from . import netns
from .process import Process

DNS = 53
TRIES = 50

CONFIG = """\
server:
    rundir: "%(dir)s"
    listen: %(address)s@53
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    tcp-max-clients: 200
log:
  - target: stderr
    any: warning
    server: info
database:
    storage: "%(dir)s/db"
template:
  - id: default
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
zone:
"""


def _can_serve(address):
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.bind((address, DNS))
    except OSError:
        return False
    return True


def ready():
    """May we serve on port 53? If not as we are, then in a network namespace of our own, which this enters; so call it
    before anything else."""
    return _some_can_serve() or netns.enter() and _some_can_serve()


def _some_can_serve():
    return any(_can_serve("127.%d.53.1" % random.randint(2, 250)) for _ in range(3))


def free_network():
    """The first three numbers of loopback addresses that nobody serves DNS on."""
    for _ in range(TRIES):
        network = "127.%d.%d" % (random.randint(2, 250), random.randint(0, 255))
        if all(_can_serve("%s.%d" % (network, number)) for number in range(1, 5)):
            return network
    raise RuntimeError("no loopback address with port 53 to be had")


class Authority(Process):
    def __init__(self, directory, address, files):
        """files: {zone: path}"""
        os.makedirs(os.path.join(directory, "db"))
        self.address, self.port = address, DNS
        path = os.path.join(directory, "knot.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG % {"dir": directory, "address": address})
            for name, file in files.items():
                out.write('  - domain: "%s"\n    file: "%s"\n' % (name, file))
        super().__init__("knotd " + address, ["/usr/sbin/knotd", "-c", path], directory)
        self.await_line(r"server started")
