#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Without a configuration, and with the first one: the daemon as the unit starts it, in an /etc of the test's own."""

import os
import signal
import subprocess
import unittest

import dns.rcode

from lab import client, netns, port, tap
from lab.case import LiveCase
from lab.daemon import BINARY, Daemon, sanitizer_environment
from lab.process import Process

# An /etc of its own, without our directory. Nobody outside sees what is written there.
HIDE = """
mount -t tmpfs hidden /mnt && mkdir /mnt/upper /mnt/work &&
    mount -t overlay hidden -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc &&
    rm -rf /etc/stubborn && mkdir /etc/stubborn || exit 77
exec "$@"
"""
HIDING = ["unshare", "--mount", "sh", "-c", HIDE, "sh"]
ALONE = netns.enter()
ABLE = ALONE and os.getuid() == 0 and subprocess.run([*HIDING, "true"], capture_output=True).returncode == 0


class UsualPlace(Daemon):
    """Started without -c."""

    def __init__(self, directory, *arguments):
        os.makedirs(directory)
        self.directory = directory
        Process.__init__(self, "stubborn", [*HIDING, BINARY, "run", *arguments], directory,
                         sanitizer_environment(directory))
        self.await_line(r"\bready\b")
        self.path = "/proc/%d/root/etc/stubborn/stubborn.yaml" % self.pid

    def reload(self):
        before = len(self.matching("reloaded|stays as it was"))
        self.send(signal.SIGHUP)
        return self.await_line("reloaded|stays as it was", before + 1)


@unittest.skipUnless(ABLE, "needs root, a network namespace and overlay mounts")
class FirstConfigurationTest(LiveCase):
    def test_written_changed_and_removed(self):
        """The first configuration that somebody writes, after having tried it without, would do nothing until the next
        start, and nothing would say so."""
        number = port.free()
        one = UsualPlace(self.lab.path("usual"), "--listen", "127.0.0.1:%d" % number)
        self.lab.daemons.append(one)
        self.assertRegex(one.await_line("configuration"), "built-in defaults.*/etc/stubborn/stubborn.yaml")
        with open(one.path, "w", encoding="utf-8") as out:
            out.write("log: { queries: all }\n")
        self.assertIn("/etc/stubborn/stubborn.yaml", one.reload())
        self.assertEqual(dns.rcode.NOERROR, client.udp(number, client.query("localhost")).rcode())
        one.await_line("localhost")
        with open(one.path, "w", encoding="utf-8") as out:
            out.write("logs: {}\n")
        self.assertIn("stays as it was", one.reload())
        one.await_line(r"^error: /etc/stubborn/stubborn\.yaml:1: .*logs")
        os.remove(one.path)
        self.assertIn("built-in defaults", one.reload())

    def test_without_ipv6(self):
        """Many machines have IPv6 switched off; they could not be served without a configuration."""
        def switch(off):
            with open("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w", encoding="ascii") as out:
                out.write("%d" % off)
        switch(True)
        self.addCleanup(switch, False)
        one = UsualPlace(self.lab.path("without-ipv6"))
        self.lab.daemons.append(one)
        one.await_line(r"not listening on \[::1\]:53: IPv6 is switched off")
        self.assertEqual(["listening on 127.0.0.1:53"], one.matching("^listening"))
        self.assertEqual(dns.rcode.NOERROR, client.udp(53, client.query("localhost")).rcode())


if __name__ == "__main__":
    tap.main()
