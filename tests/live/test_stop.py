#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Ending: what was asked is answered, and the end comes within two seconds."""

import os
import signal
import subprocess
import time
import unittest

import dns.rcode

from lab import client, fault, origin, tap
from lab.case import LiveCase
from lab.daemon import SANITIZER_S, STOP_S

SLOW_DISK_SHIM = os.environ.get("SLOW_DISK_SHIM")


class StopTest(LiveCase):
    def start(self, **keys):
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), **keys)
        self.expect_end(self.one)

    def assert_good_end(self):
        self.assertEqual(0, self.one.await_exit(STOP_S + SANITIZER_S), self.one.findings())

    def test_both_signals(self):
        """Ctrl-C, or the service manager, would have to kill it."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self.start()
            client.udp(self.one.port, client.query("www.example"))
            self.one.send(number)
            self.assert_good_end()

    def test_questions_under_way_are_answered(self):
        """Each restart would cost somebody a page."""
        self.start()
        self.proxy.hold()
        with client.Udp(self.one.port) as udp, client.Tcp(self.one.port) as tcp:
            udp.send(client.query("udp.example").to_wire())
            tcp.send(client.query("tcp.example").to_wire())
            self.proxy.wait_seen(2)
            self.one.send(signal.SIGTERM)
            self.one.await_line(r"\bstopping\b")
            self.proxy.release()
            for connection in (udp, tcp):
                self.assertEqual(["192.0.2.80"], client.addresses(client.read(connection.receive())))
        self.assert_good_end()

    def test_an_upstream_that_is_silent_holds_nothing_up(self):
        """The machine's shutdown would hang on a dead resolver."""
        self.start()
        self.proxy.fault = fault.silence
        with client.Udp(self.one.port) as udp, client.Tcp(self.one.port) as idle:
            idle.ask(client.query("localhost"))
            udp.send(client.query("www.example").to_wire())
            self.proxy.wait_seen(1)
            self.one.send(signal.SIGTERM)
            self.assert_good_end()
            self.assertEqual(dns.rcode.SERVFAIL, client.read(udp.receive()).rcode())

    def test_the_port_is_free_at_once(self):
        """A restart would fail on its own predecessor."""
        self.start()
        client.tcp(self.one.port, client.query("www.example"))
        with client.Tcp(self.one.port) as still_open:
            still_open.ask(client.query("localhost"))
            self.one.send(signal.SIGTERM)
            self.assert_good_end()
        again = self.lab.daemon(self.lab.upstream(self.proxy), listen=["127.0.0.1:%d" % self.one.port])
        self.assertEqual(["192.0.2.80"], client.addresses(client.tcp(self.one.port, client.query("www.example"))))
        self.assertIsNone(again.returncode)

    def stateful(self, **how):
        """With what was kept, and is to be."""
        directory = self.lab.path("state")
        os.makedirs(directory, 0o700, exist_ok=True)
        self.start(**{"state-dir": directory}, **how)
        return directory

    def test_it_is_kept_while_the_last_are_answered(self):
        """A restart would forget what it knew whenever somebody waits for a slow name."""
        kept = os.path.join(self.stateful(), "cache")
        client.udp(self.one.port, client.query("www.example"))
        self.proxy.hold()
        with client.Udp(self.one.port) as udp:
            udp.send(client.query("slow.example").to_wire())
            self.proxy.wait_seen(2)
            self.one.send(signal.SIGTERM)
            while not os.path.exists(kept):
                time.sleep(.01)
            self.proxy.release()
            self.assertEqual(["192.0.2.80"], client.addresses(client.read(udp.receive())))
        self.assert_good_end()

    @unittest.skipUnless(SLOW_DISK_SHIM, "needs the library that SLOW_DISK_SHIM names")
    def test_a_disk_that_is_slow(self):
        """The machine's shutdown would wait for it, or what was kept before be lost."""
        self.stateful()
        client.udp(self.one.port, client.query("www.example"))
        self.one.send(signal.SIGTERM)
        self.assert_good_end()
        directory = self.stateful(env={"LD_PRELOAD": SLOW_DISK_SHIM, "SLOW_DISK": "600"})
        client.udp(self.one.port, client.query("mail.example"))
        self.one.send(signal.SIGTERM)
        self.one.await_line("warning: the stop is cut short after 1900 ms, most likely as state-dir: is slow to write to")
        self.assert_good_end()
        self.assertIn("cache.new", os.listdir(directory))
        self.stateful()
        self.one.await_line("answers known from before the start: 1")
        self.one.send(signal.SIGTERM)
        self.assert_good_end()
        self.assertNotIn("cache.new", os.listdir(directory))

    def test_end_during_a_handshake(self):
        """What has just begun would be left behind, or crash the end."""
        for greeting in ("stall", "flight"):
            self.start()
            self.proxy.greeting = greeting
            with client.Udp(self.one.port) as udp:
                udp.send(client.query("www.example").to_wire())
                self.proxy.wait(lambda: self.proxy.sessions, "connection")
                self.one.send(signal.SIGTERM)
                self.assert_good_end()

    def test_end_at_the_very_beginning(self):
        """A start that is called off would leave a process behind."""
        self.start()
        self.one.send(signal.SIGTERM)
        self.assert_good_end()

    def test_dnsperf_load_until_the_end(self):
        """An end under load would crash, or leak what was in flight."""
        self.start()
        path = self.lab.path("load.txt")
        with open(path, "w", encoding="ascii") as names:
            names.writelines("n%d.example A\n" % number for number in range(2000))
        load = subprocess.Popen(["dnsperf", "-s", "127.0.0.1", "-p", str(self.one.port), "-d", path, "-l", "20",
                                 "-t", "1", "-q", "50"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.proxy.wait_seen(300)
            self.one.send(signal.SIGTERM)
            self.assert_good_end()
        finally:
            load.kill()
            load.wait()


if __name__ == "__main__":
    tap.main()
