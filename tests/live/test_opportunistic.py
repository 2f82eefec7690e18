#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""S2: encryption without knowing with whom, for those who ask for it, and for nobody else."""

import re

from lab import client, origin, tap
from lab.case import LiveCase

TRUE, UNKNOWN = "192.0.2.80", "203.0.113.66"


class OpportunisticTest(LiveCase):
    def start(self, kind, profile="opportunistic", offer="good", **keys):
        self.unknown = self.lab.proxy(origin.address(UNKNOWN), kind, offer=offer)
        self.good = self.lab.proxy(origin.address(TRUE))
        self.one = self.lab.daemon(self.lab.upstream(self.unknown, "unknown", profile=profile, **keys),
                                   self.lab.upstream(self.good, "good"))

    def ask(self, name="www.example"):
        return client.addresses(client.udp(self.one.port, client.query(name)))

    def warnings(self, pattern):
        return [line for line in self.one.matching(pattern) if re.match(r"(<4>|warning)", line)]

    def test_whoever_answers(self):
        """Where no certificate can be had everything would go in clear text."""
        for kind, pattern in (("self_signed", "self-signed"), ("expired", "expired"), ("wrong_name", "someone-else"),
                              ("unknown_ca", "unknown to")):
            self.start(kind)
            for number in range(3):
                self.assertEqual([UNKNOWN], self.ask("n%d.example" % number))
                self.unknown.cut_all()
            told = self.one.await_line("opportunistic lets pass")
            self.assertRegex(told, pattern)
            self.assertEqual(1, len(self.warnings("opportunistic lets pass")), "once, not once per connection")
            self.assertEqual(1, len(self.warnings("upstream unknown: profile: opportunistic asks")), "at the start")
            self.assertFalse(any(session.resumed for session in self.unknown.sessions))

    def test_no_authorities_at_all(self):
        """On a router without certificate authorities it would not start."""
        self.start("self_signed", **{"ca-file": "none"})
        self.assertEqual([UNKNOWN], self.ask())

    def test_who_has_proved_it_is_not_spoken_of(self):
        """The log would cry wolf."""
        self.start("good")
        self.assertEqual([UNKNOWN], self.ask())
        self.assertEqual([], self.warnings("lets pass"))

    def test_encryption_stays_strong(self):
        """Who asks for less would be given nothing."""
        for offer in ("tls1.1", "cbc", "rsa-exchange"):
            self.start("good_rsa", offer=offer)
            self.assertEqual([TRUE], self.ask())
            self.assertEqual([], self.unknown.seen)

    def test_strict_is_strict(self):
        """It would be fallen back to when things go wrong."""
        self.start("self_signed", profile="strict")
        for number in range(3):
            self.assertEqual([TRUE], self.ask("n%d.example" % number))
        self.assertEqual([], self.unknown.seen)
        self.assertEqual([], self.one.matching("opportunistic"))

    def test_back_to_strict(self):
        """An open connection, or a ticket, would go on with whoever it was."""
        self.start("self_signed")
        self.assertEqual([UNKNOWN], self.ask())
        upstreams = self.one.config["upstreams"]
        self.one.reconfigure(upstreams=[{**upstreams[0], "profile": "strict"}, upstreams[1]])
        self.one.send(1)
        self.one.await_line("configuration reloaded")
        self.assertEqual([TRUE], self.ask("n.example"))


if __name__ == "__main__":
    tap.main()
