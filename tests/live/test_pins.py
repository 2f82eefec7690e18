#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""S3: an upstream that is known by its key."""

import datetime
import re
import subprocess

from lab import client, daemon, origin, tap
from lab.case import LiveCase

TRUE, PINNED = "192.0.2.80", "203.0.113.66"
NO_PIN = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


class PinsTest(LiveCase):
    def start(self, kind, pins, **keys):
        """A first upstream with pins, a second that is good."""
        self.pinned = self.lab.proxy(origin.address(PINNED), kind)
        self.good = self.lab.proxy(origin.address(TRUE))
        self.one = self.lab.daemon(self.lab.upstream(self.pinned, "pinned", pins=pins, **keys),
                                   self.lab.upstream(self.good, "good"))

    def ask(self, name="www.example"):
        return client.addresses(client.udp(self.one.port, client.query(name)))

    def warnings(self, pattern):
        return [line for line in self.one.matching(pattern) if re.match(r"(<4>|warning)", line)]

    def assert_served(self, kind, pins, **keys):
        self.start(kind, pins, **keys)
        self.assertEqual([PINNED], self.ask())

    def assert_refused(self, kind, pins, pattern, **keys):
        self.start(kind, pins, **keys)
        for number in range(4):
            self.assertEqual([TRUE], self.ask("n%d.example" % number))
        told = self.one.await_line(r"pinned is down")
        self.assertEqual(1, len(self.warnings("pinned is down")), "once, not once per try")
        self.assertRegex(told, pattern)
        self.assertEqual([], self.pinned.seen, "not a single question was sent")

    def test_each_kind_of_key(self):
        """A server would be refused though its pin is right."""
        for kind in ("good", "good_rsa"):
            self.assert_served(kind, [self.lab.ca.pin(kind), NO_PIN])
            self.assertEqual([], self.warnings("upstream pinned"))

    def test_of_an_authority_above(self):
        """Who pins the issuer, as its keys last longer, would be cut off."""
        for kind, pin in (("good", "root"), ("intermediate", "between"), ("intermediate", "root")):
            self.lab.ca.issue(kind)
            self.assert_served(kind, [self.lab.ca.pin(pin), NO_PIN])

    def test_mismatch(self):
        """Whoever has got a certificate from any authority could read and forge everything."""
        self.assert_refused("other", [self.lab.ca.pin("good"), NO_PIN],
                            re.escape(self.lab.ca.pin("other")) + r".*expected one of the 2 in pins:")

    def test_mismatch_with_tls_1_2(self):
        """The same, and the client would have said more before it looked."""
        self.pinned = self.lab.proxy(origin.address(PINNED), "other", offer="tls1.2")
        self.good = self.lab.proxy(origin.address(TRUE))
        self.one = self.lab.daemon(
            self.lab.upstream(self.pinned, "pinned", pins=[self.lab.ca.pin("good"), NO_PIN]),
            self.lab.upstream(self.good, "good"))
        self.assertEqual([TRUE], self.ask())
        self.assertRegex(self.one.await_line(r"pinned is down"), re.escape(self.lab.ca.pin("other")))

    def test_the_chain_counts_too(self):
        """A pin would take away what a certificate says: that it has expired, or is somebody else's."""
        for kind, pattern in (("unknown_ca", "unknown to"), ("expired", "expired"), ("wrong_name", "someone-else")):
            self.assert_refused(kind, [self.lab.ca.pin(kind), NO_PIN], pattern)

    def test_pins_alone(self):
        """A resolver at home with a certificate of its own making could not be known."""
        for kind in ("self_signed", "wrong_name", "expired"):
            self.assert_served(kind, [self.lab.ca.pin(kind), NO_PIN], **{"ca-file": "none"})
            self.assertEqual([], self.warnings("upstream pinned"))

    def test_pins_alone_mismatch(self):
        """Anybody could make themselves a certificate."""
        self.assert_refused("self_signed", [self.lab.ca.pin("good"), NO_PIN],
                            re.escape(self.lab.ca.pin("self_signed")), **{"ca-file": "none"})

    def test_pins_alone_of_an_authority(self):
        """Without an authority nobody looks who signed what: anybody could send a pinned certificate along."""
        self.assert_refused("intermediate", [self.lab.ca.pin("root"), NO_PIN],
                            re.escape(self.lab.ca.pin("intermediate")), **{"ca-file": "none"})

    def test_pins_alone_and_a_weak_key(self):
        """A key that can be calculated is nobody's."""
        self.assert_refused("weak_leaf", [self.lab.ca.pin("weak_leaf"), NO_PIN], "weak.*1024", **{"ca-file": "none"})

    def test_one_in_reserve(self):
        """Nobody would hear that the operator has changed the key, until the next change cuts everybody off."""
        self.assert_served("other", [self.lab.ca.pin("good"), self.lab.ca.pin("other")])
        self.assertRegex(self.one.await_line("in reserve"), re.escape(self.lab.ca.pin("other")))
        for number in range(3):
            self.pinned.cut_all()
            self.ask("n%d.example" % number)
        self.assertEqual(1, len(self.warnings("in reserve")), "once, not once per connection")

    def test_only_one(self):
        """The day on which the key is changed would come as a surprise."""
        self.start("good", [self.lab.ca.pin("good")])
        self.assertEqual(1, len(self.warnings("pinned has one pin and none in reserve")))
        done = subprocess.run([daemon.BINARY, "check", "-c", self.one.path], capture_output=True, text=True,
                              check=False)
        self.assertEqual(0, done.returncode)
        self.assertRegex(done.stderr, r"stubborn\.yaml:\d+: warning: upstream pinned has one pin")

    def test_rotation(self):
        """An operator changes the key: what to paste would have to be found out elsewhere."""
        self.start("good", [self.lab.ca.pin("good"), NO_PIN])
        self.assertEqual([PINNED], self.ask())
        self.pinned.show(self.lab.ca.issue("other"))
        self.pinned.cut_all()
        self.assertEqual([TRUE], self.ask("n.example"))
        self.assertRegex(self.one.await_line(r"pinned is down"), re.escape(self.lab.ca.pin("other")))
        self.one.reconfigure(upstreams=[
            {**self.one.config["upstreams"][0], "pins": [self.lab.ca.pin("other"), NO_PIN]},
            self.one.config["upstreams"][1]])
        self.one.send(1)
        self.one.await_line("configuration reloaded")
        self.assertEqual([PINNED], self.ask("m.example"))

    def test_bypass(self):
        """An operator who loses a key would cut off people who cannot wait for the new pin."""
        self.assert_served("other", [self.lab.ca.pin("good"), NO_PIN], **{"pin-bypass-until": day(1)})
        self.assertRegex(self.one.await_line(r"let pass until"), re.escape(self.lab.ca.pin("other")))
        self.assertEqual(1, len(self.warnings("not insisted on")), "said at the start")
        for number in range(3):
            self.pinned.cut_all()
            self.ask("n%d.example" % number)
        self.assertEqual(1, len(self.warnings("let pass until")))
        self.assertFalse(any(session.resumed for session in self.pinned.sessions), "no ticket outlives the bypass")

    def test_bypass_is_of_the_pins_only(self):
        """A bypass would open the door to everybody."""
        for kind in ("unknown_ca", "wrong_name", "expired"):
            self.assert_refused(kind, [self.lab.ca.pin("good"), NO_PIN], "(?i)unknown|someone-else|expired",
                                **{"pin-bypass-until": day(1)})

    def test_bypass_ends(self):
        """What was meant for a day would stay for ever."""
        self.assert_refused("other", [self.lab.ca.pin("good"), NO_PIN], "expected one of the 2 in pins:",
                            **{"pin-bypass-until": day(-1)})
        self.assertEqual(1, len(self.warnings("pin-bypass-until is over")))


if __name__ == "__main__":
    tap.main()
