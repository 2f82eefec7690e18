# SPDX-License-Identifier: MIT
"""One machine of the laboratory: a network namespace. It is gone with the process that holds it, and that one dies with
us, however we die; nothing is left of addresses, routes and filters."""

import subprocess

from lab.process import Process


class Host:
    """Without a directory it is the namespace that this process is in."""

    def __init__(self, name, directory=None):
        self.name, self.prefix, self._holder = name, (), None
        if directory:
            self._holder = Process(name, ["unshare", "--net", "sh", "-c", "echo here; exec sleep infinity"], directory)
            self._holder.await_line(r"^here$")
            self.prefix = ("nsenter", "--target", str(self._holder.pid), "--net")
        self.ip("link set lo up")
        self.write("/proc/sys/net/ipv4/conf/all/rp_filter", "0")

    @property
    def pid(self):
        """A process in it."""
        return self._holder.pid if self._holder else "self"

    def run(self, *argv, data=None):
        """A command in that namespace that must succeed; its output."""
        done = subprocess.run([*self.prefix, *argv], input=data, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError("%s: %s: %s" % (self.name, " ".join(argv), (done.stderr + done.stdout).strip()))
        return done.stdout

    def ip(self, words):
        return self.run("ip", *words.split())

    def nft(self, text):
        return self.run("nft", "--file", "-", data=text)

    def write(self, path, text):
        """Into a file of /proc that each namespace has its own of."""
        self.run("sh", "-c", "echo %s >%s" % (text, path))

    def close(self):
        if self._holder:
            self._holder.stop()
