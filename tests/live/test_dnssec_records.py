#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""L12: DNSSEC's records only for those who ask for them."""

import dns.flags
import dns.rdatatype

from lab import client, tap
from lab.case import LiveCase

SIGNATURES = {dns.rdatatype.RRSIG, dns.rdatatype.NSEC, dns.rdatatype.NSEC3}


def kinds(section):
    return {rrset.rdtype for rrset in section}


class DnssecRecordsTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.daemon = self.lab.daemon(self.lab.upstream(self.lab.unbound))

    def ask(self, name, kind="A", do=False):
        return client.tcp(self.daemon.port, client.query(name, kind, edns=True, do=do))

    def assert_both_forms(self, name, kind="A"):
        for order in ((False, True, False), (True, False, True)):
            for do in order:
                reply = self.ask(name, kind, do)
                self.assertEqual(do, bool(reply.ednsflags & dns.flags.DO))
                self.assertEqual(do, dns.rdatatype.RRSIG in kinds(reply.answer + reply.authority), (name, do))
                if not do:
                    self.assertFalse(SIGNATURES & kinds(reply.answer + reply.authority), name)

    def test_positive(self):
        """Plain clients would get answers three times as large; validating ones would get none that validates."""
        self.assert_both_forms("www.signed.example")
        self.assert_both_forms("alias.signed.example")
        self.assertEqual(["192.0.2.112"], client.addresses(self.ask("www.signed.example")))

    def test_wildcard_has_its_proof(self):
        """A validating client could not check an answer from a wildcard."""
        self.assert_both_forms("any.wild.signed.example")
        self.assertIn(dns.rdatatype.NSEC, kinds(self.ask("any.wild.signed.example", do=True).authority))

    def test_negative(self):
        """A validating client could not check that there is nothing."""
        for zone, denial in (("signed.example", dns.rdatatype.NSEC), ("nsec3.example", dns.rdatatype.NSEC3)):
            for name, kind in (("missing." + zone, "A"), ("www." + zone, "TXT")):
                self.assert_both_forms(name, kind)
                self.assertIn(denial, kinds(self.ask(name, kind, do=True).authority))
                self.assertEqual({dns.rdatatype.SOA}, kinds(self.ask(name, kind).authority), "SOA stays")

    def test_asked_for_by_type(self):
        """Who debugs a zone asks for RRSIG and NSEC themselves, and would get an empty answer."""
        self.assertIn(dns.rdatatype.NSEC, kinds(self.ask("www.signed.example", "NSEC").answer))
        self.assertIn(dns.rdatatype.RRSIG, kinds(self.ask("www.signed.example", "RRSIG").answer))
        self.assertIn(dns.rdatatype.DNSKEY, kinds(self.ask("signed.example", "DNSKEY").answer))

    def test_without_edns(self):
        """The oldest clients are not to see what they do not know."""
        reply = client.udp(self.daemon.port, client.query("www.signed.example"))
        self.assertEqual({dns.rdatatype.A}, kinds(reply.answer))


if __name__ == "__main__":
    tap.main()
