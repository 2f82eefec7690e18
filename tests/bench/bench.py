# SPDX-License-Identifier: MIT
"""One bench: its directory, CA, upstreams, files of names, and the subjects while they run."""

import itertools
import os
import shutil
import subprocess
import tempfile
import time

import distance
import load
import machine
import usage
from lab.ca import CA
from authority import Authority
from relay import Relay
from signed import Hierarchy
from subject import ALL, Setting
from trap import Traps
from upstream import Brief, BriefDoh, Upstream

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

MEMORY_NAMES = 100000  # the number that the goal speaks of
HIT_NAMES = 10000      # asked over and over, of those
SIGNED_ZONES = 1000
FAR_MS = 10            # each way


def build(directory):
    """stubborn as it is shipped; returns the binary's path."""
    if not os.path.exists(os.path.join(directory, "build.ninja")):
        subprocess.run(["meson", "setup", directory, ROOT, "--buildtype=release", "-Dtests=false"],
                       check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", directory, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return next(path for path in (os.path.join(directory, *parts, "stubborn") for parts in ((), ("src",)))
                if os.path.exists(path))


class Bench:
    def __init__(self, stubborn, misses=0):
        """misses: how many names a run over misses asks for."""
        self.stubborn = stubborn
        self.server_core, self.load_core = machine.cores()
        self.directory = tempfile.mkdtemp(prefix="stubborn-bench-")
        self.numbers = itertools.count()
        self._running, self._servers, self._processes = [], [], []
        self.upstream = self.authority = self.relay = None
        try:
            os.sched_setaffinity(0, {self.load_core})
            self.ca = CA(self._path("ca"))
            self.names = {
                "all": load.write_names(self._path("all"), "all", MEMORY_NAMES),
                "hit": load.write_names(self._path("hit"), "all", MEMORY_NAMES, sample=HIT_NAMES),
                "miss-flat": load.write_names(self._path("miss-flat"), "flat", misses),
                "miss-paced": load.write_names(self._path("miss-paced"), "paced", misses),
                "far": load.write_names(self._path("far"), "far", misses),
            }
            self.upstream = self._serve(Upstream(self._path("upstream"), self.ca.issue("good")))
        except BaseException:
            self.close()
            raise

    def _serve(self, server, processes=()):
        """To be stopped at the end, and not to be taken for somebody else's."""
        self._servers.append(server)
        self._processes += processes or [server]
        return server

    def sign(self):
        """What is asked of subjects that validate."""
        self.checks = self.compile("checks", "-shared", "-fPIC")
        self.traps = Traps()
        self.signed = Hierarchy(self._path("zones"), SIGNED_ZONES, self.traps.zones)
        self.names["signed"] = load.write_questions(self._path("signed"), self.signed.questions)
        authority = Authority(self._path("authority"), self.ca.issue("good"), self.signed.files)
        self.authority = self._serve(authority, authority.processes)

    def go_far(self):
        """Ways to upstreams that are far away: of each subject its own, to the one that all ask, and to one that closes
        after two answers."""
        brief = self._serve(Brief(self._path("brief"), self.ca.issue("good")))
        brief_doh = self._serve(BriefDoh(self._path("brief-doh"), self.ca.issue("good"), brief.origin))
        targets = {name: self.near_ports()[name] for name in distance.DIRECT}
        for kind in (kind for kind in ALL.values() if kind.forwards):
            targets[kind.name] = self.near_ports()[kind.name]
            for handshake, target in (brief_doh if kind.doh else brief).ports.items():
                targets[distance.brief_way(handshake, kind)] = target
        if self.authority:
            targets["authority"] = self.authority.port
        self.turns = distance.Turns(self, self.compile("turns", libraries=["-lgnutls"]))
        self.relay = self._serve(Relay(self.compile("delay"), self._path("relay"), targets, FAR_MS))

    def near_ports(self):
        """Of what each asks, by name."""
        ports = {"direct": self.upstream.port, "direct-doh": self.upstream.doh_port}
        ports.update((kind.name, self.upstream.doh_port if kind.doh else self.upstream.port) for kind in ALL.values())
        return ports

    def foreign(self):
        """Returns a function that tells what share of a core processes that are no part of the bench have taken since."""
        def used_s():
            return usage.machine_busy_s() - usage.children_s() - sum(
                usage.roughly_s(one.pid) for one in (*self._running, *self._processes)), time.monotonic()
        before_s, begun_s = used_s()

        def share():
            after_s, ended_s = used_s()
            return max(0, after_s - before_s) / (ended_s - begun_s)
        return share

    def unsigned(self, name):
        """Not to validate."""
        return Setting(self.near_ports()[name], None)

    def unsigned_far(self, name):
        return Setting(self.relay.ports[name], None)

    def brief_far(self, kind, name):
        return Setting(self.relay.ports[distance.brief_way(kind, ALL[name])], None)

    def near(self):
        """To validate, with the upstream on this machine."""
        return Setting(self.authority.port, self.signed.anchor)

    def far(self):
        return Setting(self.relay.ports["authority"], self.signed.anchor)

    def _path(self, name):
        return os.path.join(self.directory, name)

    def compile(self, name, *options, libraries=()):
        """Once; returns its path."""
        program = self._path(name)
        if not os.path.exists(program):
            subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", *options, "-o", program,
                            os.path.join(HERE, name + ".c"), *libraries], check=True)
        return program

    def start(self, name, setting=None, prefix=()):
        """A fresh subject, on its core, started but perhaps not yet ready. Without a setting it does not validate."""
        directory = self._path("%s-%d" % (name, next(self.numbers)))
        with machine.on_core(self.server_core):
            started = ALL[name](directory, self, setting or self.unsigned(name), prefix)
        self._running.append(started)
        return started

    def stop(self, subject):
        self._running.remove(subject)
        subject.stop()

    def stop_all(self):
        for subject in list(self._running):
            self.stop(subject)

    def close(self):
        self.stop_all()
        if self.upstream:
            self.upstream.thaw()
        for server in reversed(self._servers):
            server.stop()
        shutil.rmtree(self.directory)
