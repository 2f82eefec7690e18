# SPDX-License-Identifier: MIT
"""knotd with a root, a zone below it, and the zones of names.py below that, half of them signed. Answers and signatures
are made on demand. Each upstream has one of its own, and all have the same keys."""

import os
import shutil
import subprocess

from lab.process import Process

import names

DNS = 53
ADDRESS = "127.0.0.1"

CONFIG = """\
server:
    rundir: "%(dir)s"
    listen: %(address)s@%(port)d
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    tcp-max-clients: 1000
log:
  - target: stderr
    any: warning
    server: info
database:
    storage: "%(dir)s/db"
policy:
  - id: own
    single-type-signing: on
    algorithm: ecdsap256sha256
    rrsig-lifetime: 2d
    rrsig-refresh: 1d
mod-onlinesign:
  - id: own
    policy: own
mod-synthrecord:
%(synthesis)stemplate:
  - id: default
    storage: "%(dir)s"
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
zone:
%(zones)s"""

SYNTHESIS = """\
  - id: "%(id)s"
    type: forward
    prefix: %(prefix)s
    ttl: %(ttl)d
    network: %(network)s
"""
ZONE = """\
  - domain: "%(name)s"
    file: "%(file)s"
    module: [%(modules)s]
"""
HEAD = """\
$ORIGIN %(name)s
$TTL 3600
@ SOA ns.root. host.root. 1 3600 900 604800 60
@ NS ns.root.
"""


def _file(zone):
    return zone.strip(".") or "root"


def _write_config(directory):
    os.makedirs(os.path.join(directory, "db"))
    synthesis, zones = "", "".join(ZONE % {"name": zone, "file": _file(zone), "modules": "mod-onlinesign/own"}
                                   for zone in (".", names.TOP))
    for zone, (signed, ttl) in names.ZONES.items():
        modules = []
        for family, network in (("4", names.NETWORK4), ("6", names.NETWORK6)):
            synthesis += SYNTHESIS % {"id": zone + family, "prefix": names.PREFIX, "ttl": ttl, "network": network}
            modules.append('"mod-synthrecord/%s%s"' % (zone, family))
        modules += ["mod-onlinesign/own"] if signed else []
        zones += ZONE % {"name": zone, "file": _file(zone), "modules": ", ".join(modules)}
    path = os.path.join(directory, "knot.conf")
    with open(path, "w", encoding="ascii") as out:
        out.write(CONFIG % {"dir": directory, "address": ADDRESS, "port": DNS, "synthesis": synthesis,
                            "zones": zones})
    return path


class Zones:
    """Keys and zone files, made once."""

    def __init__(self, directory):
        self.directory, self._config = directory, _write_config(directory)
        signed = [zone for zone, (signed, _) in names.ZONES.items() if signed]
        for zone in (".", names.TOP, *signed):
            self._keymgr(zone, "generate", "algorithm=ecdsap256sha256", "ksk=yes", "zsk=yes")
        root = ["ns.root. A 127.0.0.1", names.TOP + " NS ns.root.", self._ds(names.TOP)]
        top = [*(zone + " NS ns.root." for zone in names.ZONES), *map(self._ds, signed)]
        for zone, lines in ((".", root), (names.TOP, top), *((zone, []) for zone in names.ZONES)):
            with open(os.path.join(directory, _file(zone)), "w", encoding="ascii") as out:
                out.write(HEAD % {"name": zone} + "".join(line + "\n" for line in lines))
        self.anchor = self._ds(".")

    def _keymgr(self, *arguments):
        done = subprocess.run(["keymgr", "-c", self._config, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError("keymgr %s: %s" % (" ".join(arguments), done.stderr + done.stdout))
        return done.stdout

    def _ds(self, zone):
        """The DS record of its key, with the SHA-256 digest."""
        return next(line for line in self._keymgr(zone, "ds").splitlines() if " 13 2 " in line)


class Authority(Process):
    def __init__(self, directory, zones, prefix):
        path = _write_config(directory)
        shutil.copytree(zones.directory, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("knot.conf"))
        super().__init__("knotd", [*prefix, "/usr/sbin/knotd", "-c", path], directory)
        self.await_line(r"server started")
