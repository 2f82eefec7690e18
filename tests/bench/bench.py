# SPDX-License-Identifier: MIT
"""One bench: its directory, CA, upstream, files of names, and the subjects while they run."""

import os
import shutil
import subprocess
import tempfile

import load
import machine
from lab.ca import CA
from subject import ALL
from upstream import Upstream

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

MEMORY_NAMES = 100000  # the number that the goal speaks of
HIT_NAMES = 10000      # asked over and over, of those


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
        self.upstream = None
        try:
            os.sched_setaffinity(0, {self.load_core})
            self.ca = CA(self._path("ca"))
            self.echo = self._compile("echo")
            self.names = {
                "all": load.write_names(self._path("all"), "all", MEMORY_NAMES),
                "hit": load.write_names(self._path("hit"), "all", MEMORY_NAMES, sample=HIT_NAMES),
                "miss": load.write_names(self._path("miss"), "miss", misses),
            }
            self.upstream = Upstream(self._path("upstream"), self.ca.issue("good"))
        except BaseException:
            self.close()
            raise

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _compile(self, name):
        program = self._path(name)
        subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-o", program, os.path.join(HERE, name + ".c")],
                       check=True)
        return program

    def start(self, name, prefix=()):
        """A fresh subject, on its core, started but perhaps not yet ready."""
        self._count += 1
        with machine.on_core(self.server_core):
            started = ALL[name](self._path("%s-%d" % (name, self._count)), self, prefix)
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
            self.upstream.stop()
        shutil.rmtree(self.directory)
