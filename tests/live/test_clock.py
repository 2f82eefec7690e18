#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""V11, U9: a machine that boots in 1970, a clock that is set, and one that has slept. The program is made to believe
another clock than the machine's."""

import os
import subprocess
import time
import unittest

import dns.flags
import dns.rcode

from lab import client, clock, tap
from lab.daemon import BINARY, sanitizer_environment
from lab.signed import SignedCase

RD, AD = dns.flags.RD, dns.flags.AD
SOUND, FORGED, FORGED_TOO = "www.p256.alpha.", "www.altered.alpha.", "www.expired.alpha."
HOUR_S = 3600
LOOK_S = 5  # as often as it looks by itself


@unittest.skipUnless(clock.SHIM, "needs the library that FALSE_CLOCK_SHIM names")
class ClockTest(SignedCase):
    def setUp(self):
        super().setUp()
        self.clock = clock.FalseClock(self.lab.path("clock"))
        self.addCleanup(self.clock.close)

    def start(self, **keys):
        self.one = self.validating(self.lab.upstream(self.lab.iterating_unbound), env=self.clock.env, **keys)

    def ask(self, name, flags=RD | AD):
        return client.tcp(self.one.port, client.query(name, "A", edns=True, flags=flags))

    def assert_secure(self, name):
        reply = self.ask(name)
        self.assertEqual((dns.rcode.NOERROR, True), (reply.rcode(), bool(reply.flags & AD)), reply)

    def assert_bogus(self, name):
        self.assertEqual(dns.rcode.SERVFAIL, self.ask(name).rcode())

    def test_without_a_clock(self):
        """A router that boots in 1970 would resolve nothing, nor who tells it the time."""
        self.clock.set(12)
        self.start(dnssec={"time-servers": ["altered.alpha"]})
        self.one.await_line(r"warning: the clock is not set: it says 1970-01-01 00:0\d UTC, and it must be 20.* or later")
        self.assert_secure(SOUND)
        reply = self.ask(FORGED)
        self.assertEqual((["203.0.113.66"], False), (client.addresses(reply), bool(reply.flags & AD)))
        # Nobody else is let pass.
        self.assert_bogus(FORGED_TOO)
        self.clock.set_right()
        self.one.await_line(r"the clock is set: it says 20.*; all is validated anew")
        self.assertEqual(1, len(self.one.matching("validated anew")))
        self.assert_bogus(FORGED)
        self.assert_secure(SOUND)

    def test_what_was_kept_is_of_use_when_the_clock_is_set(self):
        """After a power cut a router would have to ask for all names again."""
        keep = self.lab.path("state")
        os.mkdir(keep, 0o700)
        self.start(**{"state-dir": keep})
        self.assert_secure(SOUND)
        self.expect_end(self.one)
        self.assertEqual("", self.one.finish())
        self.clock.set(12)
        self.start(**{"state-dir": keep})
        self.one.await_line("answers from before the start are not used until the clock is set")
        self.clock.set_right()
        self.one.await_line("answers known from before the start: [1-9]")
        self.expect_end(self.one)
        self.assertEqual("", self.one.finish())
        self.start(**{"state-dir": keep})
        self.one.await_line("answers known from before the start: [1-9]")

    def test_a_clock_that_is_set(self):
        """What was found true by a wrong clock would stay so."""
        self.start()
        self.assert_secure(SOUND)
        self.clock.set(time.time() + 3 * HOUR_S)
        self.one.await_line(r"the clock was set forward by 1\d{4} s; all is validated anew")
        self.assert_secure(SOUND)
        self.clock.set_right()
        self.one.await_line(r"the clock was set back by 1\d{4} s; all is validated anew")

    def test_a_clock_that_is_set_little_by_little(self):
        """The same, by half an hour a time."""
        self.start()
        self.assert_secure(SOUND)
        self.clock.set(time.time() + .7 * HOUR_S)
        time.sleep(LOOK_S + 1)
        self.clock.set(time.time() + 1.4 * HOUR_S)
        self.one.await_line(r"the clock was set forward by 50\d\d s in all; all is validated anew")
        self.assert_secure(SOUND)

    def test_a_night_asleep(self):
        """What was fresh in the evening would be told in the morning."""
        self.start()
        self.assert_secure(SOUND)
        self.clock.sleep(8 * HOUR_S)
        self.one.await_line(r"awake again after 28[78]\d\d s of sleep")
        self.assertNotIn("validated anew", self.one.output())
        self.assert_secure(SOUND)

    def test_commands_say_so(self):
        """Whoever looks for the fault would not think of the clock."""
        self.clock.set(12)
        self.start()
        for command, says in ((["check"], "note: the clock is not set: it says 1970-"),
                              (["query", "--trace", SOUND], "stubborn query: the clock is not set: it says 1970-"),
                              (["probe"], "stubborn probe: the clock is not set: it says 1970-")):
            done = subprocess.run([BINARY, *command, "-c", self.one.path], capture_output=True, text=True, check=False,
                                  env={**os.environ, **sanitizer_environment(self.lab.directory), **self.clock.env})
            self.assertRegex(done.stderr, says)
            self.assertEqual(0, done.returncode, done)


if __name__ == "__main__":
    tap.main()
