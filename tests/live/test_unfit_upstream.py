#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""V12: an upstream that spoils signatures is found out, named, and not asked for what is signed while another serves."""

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from lab import client, fault, forgery, tap
from lab.forgery import about
from lab.reference import SECURE, verdict
from lab.signed import SignedCase

STRIPS = r"upstream bad leaves signatures \(RRSIG\) out of its answers"


class UnfitUpstreamTest(SignedCase):
    def setUp(self):
        super().setUp()
        self.bad = self.lab.proxy(behind=self.lab.iterating_unbound)
        self.good = self.lab.proxy(behind=self.lab.iterating_unbound)

    def start(self):
        return self.validating({**self.lab.upstream(self.bad), "name": "bad"},
                               {**self.lab.upstream(self.good), "name": "good"}, strategy="ordered")

    def ask(self, one, name, kind="A"):
        return client.tcp(one.port, client.query(name, kind, do=True))

    def asked(self, proxy, name):
        return [seen for seen in list(proxy.seen) if seen.message.question[0].name.to_text() == name]

    def test_a_box_without_dnssec(self):
        """Every signed name would take twice its time, and fail whenever the good upstream is down for a moment."""
        self.bad.fault = about(None, None, forgery.no_dnssec)
        one = self.start()
        self.assertEqual(SECURE, verdict(self.ask(one, "www.p256.alpha.")))
        one.await_line(STRIPS + ": what is signed cannot be validated with it")
        for zone in ("rsa8.alpha.", "ed25519.alpha.", "p384.alpha."):
            self.assertEqual(SECURE, verdict(self.ask(one, "www." + zone)))
            self.assertEqual([], self.asked(self.bad, "www." + zone))

    def test_the_childs_answer_for_ds(self):
        """A forwarder that asks the wrong side of the cut makes whole top-level domains fail."""
        of_com = dns.rrset.from_text("com.", 60, "IN", "SOA", "a.com. b.com. 1 2 3 4 5")

        def of_the_child(_, answer):
            answer.answer[:], answer.authority[:] = [], [of_com]
            answer.set_rcode(dns.rcode.NOERROR)
        self.bad.fault = about("com.", "DS", of_the_child)
        one = self.start()
        self.assertEqual(SECURE, verdict(self.ask(one, "www.p256.alpha.")))
        one.await_line("upstream bad asks the wrong zone for DS")
        self.assertEqual(SECURE, verdict(self.ask(one, "www.rsa8.alpha.")))
        self.assertEqual([], self.asked(self.bad, "www.rsa8.alpha."))

    def test_failures_are_no_sign(self):
        """A server that is overloaded when it is examined would be left out for nothing."""
        def overloaded(query, answer):
            seen = dns.message.from_wire(query).question[0]
            examined = seen.rdtype == dns.rdatatype.DS and seen.name.to_text() == "com."
            return fault.rcode(dns.rcode.SERVFAIL)(query, answer) if examined else [answer]
        self.bad.fault = overloaded
        one = self.start()
        self.assertEqual(SECURE, verdict(self.ask(one, "www.p256.alpha.")))
        self.bad.wait(lambda: "com." in self.bad.names(), "exam")
        self.assertEqual(SECURE, verdict(self.ask(one, "www.rsa8.alpha.")))
        self.assertEqual(1, len(self.asked(self.bad, "www.rsa8.alpha.")))
        self.assertEqual([], one.matching("upstream bad (leaves|answers|asks|denies)"))

    def test_the_only_one(self):
        """What is not signed would fail as well if it were not asked at all."""
        self.bad.fault = about(None, None, forgery.no_dnssec)
        one = self.validating({**self.lab.upstream(self.bad), "name": "bad"})
        reply = self.ask(one, "www.p256.alpha.")
        self.assertEqual(dns.rcode.SERVFAIL, reply.rcode())
        one.await_line(STRIPS)
        before = len(self.bad.seen)
        self.assertEqual(dns.rcode.SERVFAIL, self.ask(one, "www.rsa8.beta.").rcode())
        self.assertGreater(len(self.bad.seen), before)


if __name__ == "__main__":
    tap.main()
