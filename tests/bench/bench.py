# SPDX-License-Identifier: MIT
"""One bench: its directory, CA, upstreams, files of names, and the subjects while they run."""

import os
import shutil
import subprocess
import tempfile

import load
import machine
import usage
from lab.ca import CA
from authority import Authority
from relay import Relay
from signed import Hierarchy
from subject import ALL, Setting
from trap import Traps
from upstream import Brief, Upstream

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
    def __init__(self, stubborn, misses):
        """misses: how many names a paced run over misses asks for."""
        self.stubborn = stubborn
        self.server_core, self.load_core = machine.cores()
        self.directory = tempfile.mkdtemp(prefix="stubborn-bench-")
        self._count = 0
        self._running = []
        self.upstream = self.authority = self.relay = self.brief = None
        self.relays = {}
        try:
            os.sched_setaffinity(0, {self.load_core})
            self.ca = CA(self._path("ca"))
            self.echo = self._compile("echo")
            self.checks = self._compile("checks", "-shared", "-fPIC")
            self.names = {
                "all": load.write_names(self._path("all"), "all", MEMORY_NAMES),
                "hit": load.write_names(self._path("hit"), "all", MEMORY_NAMES, sample=HIT_NAMES),
                "miss": load.write_names(self._path("miss"), "miss", misses),
            }
            self.upstream = Upstream(self._path("upstream"), self.ca.issue("good"))
        except BaseException:
            self.close()
            raise

    def sign(self):
        """What is asked of subjects that validate."""
        self.traps = Traps()
        self.signed = Hierarchy(self._path("zones"), SIGNED_ZONES, self.traps.zones)
        self.names["signed"] = load.write_questions(self._path("signed"), self.signed.questions)
        self.authority = Authority(self._path("authority"), self.ca.issue("good"), self.signed.files)
        self.relay = Relay(self._path("relay"), self.authority.port, FAR_MS)

    def go_far(self, misses):
        """The upstream that all ask, far away; and one that closes after each answer."""
        self.names["far"] = load.write_names(self._path("far-names"), "far", misses)
        self.brief = Brief(self._path("brief"), self.ca.issue("good"))
        targets = {"dot": self.upstream.port, "doh": self.upstream.doh_port, **self.brief.ports}
        for kind, target in targets.items():
            self.relays[kind] = Relay(self._path("relay-" + kind), target, FAR_MS)

    def relays_s(self):
        """CPU time of the way and of what is behind it."""
        return sum(usage.roughly_s(process.pid) for process in [self.upstream, self.brief, *self.relays.values()])

    def unsigned(self):
        """Not to validate."""
        return Setting(self.upstream.port, None, self.upstream.doh_port)

    def unsigned_far(self):
        return Setting(self.relays["dot"].port, None, self.relays["doh"].port)

    def brief_far(self, kind):
        return Setting(self.relays[kind].port, None)

    def near(self):
        """To validate, with the upstream on this machine."""
        return Setting(self.authority.port, self.signed.anchor)

    def far(self):
        return Setting(self.relay.port, self.signed.anchor)

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _compile(self, name, *options):
        program = self._path(name)
        subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", *options, "-o", program,
                        os.path.join(HERE, name + ".c")], check=True)
        return program

    def start(self, name, setting=None, prefix=()):
        """A fresh subject, on its core, started but perhaps not yet ready. Without a setting it does not validate."""
        self._count += 1
        with machine.on_core(self.server_core):
            started = ALL[name](self._path("%s-%d" % (name, self._count)), self,
                                setting or self.unsigned(), prefix)
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
        for server in (*self.relays.values(), self.brief, self.relay, self.authority, self.upstream):
            if server:
                server.stop()
        shutil.rmtree(self.directory)
