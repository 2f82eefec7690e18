# SPDX-License-Identifier: MIT
"""knotd: the authoritative server whose word is the truth in every comparison."""

import os

from . import port, zone
from .process import Process

CONFIG = """\
server:
    rundir: "%(dir)s"
    listen: 127.0.0.1@%(port)d
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    tcp-max-clients: 200
log:
  - target: stderr
    any: info
database:
    storage: "%(dir)s/db"
policy:
  - id: nsec
    single-type-signing: on
    algorithm: ecdsap256sha256
  - id: nsec3
    single-type-signing: on
    algorithm: ecdsap256sha256
    nsec3: on
    nsec3-iterations: 0
    nsec3-salt-length: 0
template:
  - id: default
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
zone:
"""

ZONE = '  - domain: "%s"\n    file: "%s"\n'
SIGNING = "    dnssec-signing: on\n    dnssec-policy: %s\n"


class Knot(Process):
    def __init__(self, directory):
        os.makedirs(os.path.join(directory, "db"))
        self.port = port.free()
        path = os.path.join(directory, "knot.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG % {"dir": directory, "port": self.port})
            for name, file in zone.write(directory).items():
                out.write(ZONE % (name, file))
                if name in zone.SIGNED:
                    out.write(SIGNING % name.split(".")[0].replace("signed", "nsec"))
        super().__init__("knotd", ["/usr/sbin/knotd", "-c", path], directory)
        self.await_line(r"server started")
        for name in zone.SIGNED:
            self.await_line(r"\[%s\.\] DNSSEC, next signing" % name)
