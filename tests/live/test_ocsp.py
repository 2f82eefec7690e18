#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""S4: a certificate that its issuer takes back."""

import os
import re
import struct
import time

from lab import client, origin, staple, tap
from lab.case import LiveCase

TRUE = "192.0.2.80"


class OcspTest(LiveCase):
    number = 0

    def server(self, kind="good", *responses, priority="NORMAL"):
        OcspTest.number += 1
        server = staple.StaplingServer(self.lab.path("gnutls-serv-%d" % self.number), self.lab.ca.issue(kind),
                                       responses, priority)
        self.addCleanup(server.stop)
        return server

    def start(self, server, **keys):
        """A first upstream that staples, a second that is good."""
        self.good = self.lab.proxy(origin.address(TRUE))
        # Known by its key: of it no response is asked.
        known = {"ca-file": "none", "pins": [self.lab.ca.pin("good"), self.lab.ca.pin("other")]}
        self.one = self.lab.daemon(self.lab.upstream(server, "suspect"), self.lab.upstream(self.good, "good", **known),
                                   **keys)
        for number in range(3):
            reply = client.udp(self.one.port, client.query("n%d.example" % number))
            self.assertEqual([TRUE], client.addresses(reply))

    def assert_let_in(self, server, **keys):
        self.start(server, **keys)
        self.one.await_line(r"suspect: connected to")

    def assert_refused(self, server, pattern, **keys):
        self.start(server, **keys)
        told = self.one.await_line(r"suspect is down")
        self.assertRegex(told, pattern)
        self.assertEqual([], self.one.matching(r"suspect: connected"))
        self.assertEqual(1, len(self.one.matching(r"suspect is down")), "once, not once per try")
        return told

    def test_good(self):
        """A server that does its best would be refused."""
        for priority in ("NORMAL", "NORMAL:-VERS-TLS1.3"):
            self.assert_let_in(self.server("good", staple.make(self.lab.ca, "good"), priority=priority))

    def test_none(self):
        """Most servers do not staple; they would be refused."""
        self.assert_let_in(self.server())

    def test_good_is_enough_where_one_is_required(self):
        """tls.ocsp: require could not be used at all."""
        self.assert_let_in(self.server("good", staple.make(self.lab.ca, "good")), tls={"ocsp": "require"})

    def test_revoked(self):
        """Whoever stole the key could go on with it."""
        told = set()
        for priority in ("NORMAL", "NORMAL:-VERS-TLS1.3"):
            server = self.server("good", staple.make(self.lab.ca, "good", "revoked"), priority=priority)
            told.add(re.sub(r":\d+", "", self.assert_refused(server, r"revoked by its issuer on \d{4}-")))
        self.assertEqual(1, len(told), told)

    def test_unknown_above(self):
        """Who could sign for everybody with an authority's name would be believed."""
        self.assert_refused(self.server("intermediate", *staple.make_of_chain(self.lab.ca, "unknown")),
                            r"intermediate certificate \"CN=Intermediate\" .*is unknown to its issuer")
        self.assert_let_in(self.server("intermediate", *staple.make_of_chain(self.lab.ca, "good")))

    def test_revoked_behind_another_that_is_good(self):
        """Whoever stole the key would staple a response about two certificates, the first of which is good."""
        response = staple.make_of_two(self.lab.ca, "other", "good")
        # Older versions of GnuTLS read the first answer only, and refuse because of that.
        self.assert_refused(self.server("good", response), r"revoked by its issuer on 2025-01-01|not about it")

    def test_unknown(self):
        """A certificate that its issuer never issued would do."""
        self.assert_refused(self.server("good", staple.make(self.lab.ca, "good", "unknown")),
                            r"unknown to its issuer")

    def test_expired(self):
        """Whoever stole the key would show what was true before that was known."""
        response = staple.make(self.lab.ca, "good", since=-9, until=-2)
        self.assert_refused(self.server("good", response), r"OCSP response that expired on .*clock here says")

    def test_not_yet_valid(self):
        """A clock that is wrong would be looked for elsewhere."""
        response = staple.make(self.lab.ca, "good", since=2, until=9)
        self.assert_refused(self.server("good", response), r"OCSP response that is valid only from .*is the clock")

    def test_signed_by_somebody_else(self):
        """Anybody could write a good one."""
        self.lab.ca.issue("other")
        for status in ("good", "revoked"):  # nor a bad one
            self.assert_refused(self.server("good", staple.make(self.lab.ca, "good", status, signer="other")),
                                r"not signed by its issuer")

    def test_about_another(self):
        """A good one for another certificate would do."""
        response = staple.make(self.lab.ca, "good", about="other", until=4)
        self.assert_refused(self.server("good", response), r"not about it")

    def test_must_staple(self):
        """A certificate that asks for stapling is as good as one that does not, to whoever stole it."""
        self.assert_refused(self.server("must_staple"), r"must-staple.*none came")
        self.assert_let_in(self.server("must_staple", staple.make(self.lab.ca, "must_staple")))

    def test_required(self):
        """Who asks for more would get no more."""
        require = {"ocsp": "require"}
        self.assert_refused(self.server(), r"without an OCSP response.*ocsp: require", tls=require)
        # Few servers have one of the certificates above theirs.
        self.assert_let_in(self.server("intermediate", staple.make_of_chain(self.lab.ca, "good")[0]), tls=require)

    def test_no_longer_than_its_response(self):
        """What was revoked meanwhile would be resumed for a day."""
        state = self.lab.path("state")
        os.makedirs(state)
        ends = time.time() + 3600
        self.assert_let_in(self.server("good", staple.make(self.lab.ca, "good", until=1 / 24)),
                           **{"state-dir": state, "cache": {"persist": False}})
        self.lab.daemons.remove(self.one)
        self.assertEqual("", self.one.finish())
        with open(os.path.join(state, "tickets"), "rb") as kept:
            kept.readline()
            image, at, until = kept.read(), 0, {}
        while at + 52 < len(image):  # the checksum is shorter
            key, until_s, _, length = struct.unpack_from("!32sqqI", image, at)
            until.setdefault(key, set()).add(until_s)
            at += 52 + length
        stapled, pinned = sorted(max(times) for times in until.values())
        self.assertLessEqual(stapled, ends + 60)
        self.assertGreater(pinned, ends + 20 * 3600)

    def test_revocation_list(self):
        """A list that somebody fetches would be without effect."""
        path = self.lab.ca.revoked("other")
        self.assert_refused(self.server("other"), r"list of revoked certificates", tls={"crl-file": path})
        self.assert_let_in(self.server("good"), tls={"crl-file": path})


if __name__ == "__main__":
    tap.main()
