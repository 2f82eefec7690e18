#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""V1, V4, V5: what is changed between a sound zone and us ends in SERVFAIL that says why. unbound agrees."""

import itertools

import dns.rcode

from lab import client, forgery, tap
from lab.forgery import about
from lab.reference import BOGUS, SECURE, UnboundValidator, verdict
from lab.signed import SignedCase

EDE = 15
BOGUS_EDE, NO_SIGNATURE, NO_PROOF, CACHED = 6, 10, 12, 13
EVIL = "203.0.113.66"


class ForgedTest(SignedCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(behind=self.lab.iterating_unbound)
        self.references = itertools.count()

    def answer(self, name, kind="A"):
        """What the upstream says of something else."""
        return client.tcp(self.lab.iterating_unbound.plain_port, client.query(name, kind, do=True))

    def assert_forged(self, name, kind, fault, code, *words, reference=BOGUS):
        """First nothing is changed, for daemons of their own, so that it is the change that makes the difference."""
        for change, expected, others in ((self.proxy.fault, SECURE, SECURE), (fault, BOGUS, reference)):
            self.proxy.fault = change
            one = self.validating(self.lab.upstream(self.proxy))
            for codes in ([code], [code, CACHED]):
                reply = client.tcp(one.port, client.query(name, kind, do=True))
                self.assertEqual(expected, verdict(reply), (name, reply))
                if expected == BOGUS:
                    self.assert_explained(reply, codes, words)
            other = UnboundValidator(self.lab.path("%s-%d" % (self.id(), next(self.references))), self.proxy,
                                     self.lab.ca.file, self.lab.hierarchy.anchors())
            self.addCleanup(other.stop)
            self.assertEqual(others, other.verdict(name, kind), "the reference")

    def assert_explained(self, reply, codes, words):
        self.assertEqual([], reply.answer + reply.authority)
        told = [(int(option.code), option.text) for option in reply.options if option.otype == EDE]
        self.assertEqual(codes, [number for number, _ in told], told)
        for word in words:
            self.assertIn(word, told[0][1])

    def test_altered_address(self):
        """You would connect to someone else's machine."""
        self.assert_forged("www.p256.alpha.", "A", about("www.p256.alpha.", "A", forgery.altered("A", EVIL)), BOGUS_EDE,
                           "www.p256.alpha. A", "does not fit the data", "p256.alpha.")

    def test_altered_and_vouched_for(self):
        """An upstream's word would do instead of a signature."""
        change = forgery.both(about("www.p256.alpha.", "A", forgery.altered("A", EVIL)),
                              about(None, None, forgery.claimed_valid))
        self.assert_forged("www.p256.alpha.", "A", change, BOGUS_EDE, "does not fit the data")

    def test_no_signatures(self):
        """To take the signatures away would be enough to forge."""
        self.assert_forged("www.rsa8.beta.", "A", about("www.rsa8.beta.", "A", forgery.no_signatures), NO_SIGNATURE,
                           "www.rsa8.beta. A", "no signature by rsa8.beta.")

    def test_an_upstream_without_dnssec(self):
        """The same by a box that knows no DNSSEC."""
        self.assert_forged("www.p384.alpha.", "A", about(None, None, forgery.no_dnssec), NO_SIGNATURE,
                           ". DNSKEY: the keys are not signed")

    def test_downgrade(self):
        """A signed zone would be passed off as unsigned."""
        change = forgery.both(about("p256.alpha.", "DS", forgery.empty), about("www.p256.alpha.", "A", forgery.unsigned(
            "www.p256.alpha. A " + EVIL)))
        self.assert_forged("www.p256.alpha.", "A", change, NO_PROOF, "p256.alpha. DS", "no signed NSEC")

    def test_downgrade_by_anothers_proof(self):
        """The same with the proof that another zone is unsigned."""
        for name, other in (("rsa8.alpha.", "open.alpha."), ("rsa8.beta.", "open.beta.")):
            change = forgery.both(
                about(name, "DS", forgery.replaced(self.answer(other, "DS"))),
                about("www." + name, "A", forgery.unsigned("www.%s A %s" % (name, EVIL))))
            self.assert_forged("www." + name, "A", change, NO_PROOF, name + " DS", "no NSEC")

    def test_downgrade_by_the_childs_proof(self):
        """The same with the child's own NSEC, which has no DS because a DS is never there."""
        change = forgery.both(
            about("rsa8.alpha.", "DS", forgery.replaced(self.answer("rsa8.alpha.", "MX"))),
            about("www.rsa8.alpha.", "A", forgery.unsigned("www.rsa8.alpha. A " + EVIL)))
        self.assert_forged("www.rsa8.alpha.", "A", change, NO_PROOF, "rsa8.alpha. DS")

    def denial(self, zone, owner, kind="NSEC"):
        """Those records of a zone as it is served, with its SOA."""
        made = self.lab.hierarchy.made[zone]
        return [*made.rrsets(zone, "SOA"), *made.rrsets(owner, kind)]

    def test_nodata_by_the_parents_proof(self):
        """The data at the top of a zone could be denied with its parent's NSEC of the delegation."""
        change = about("alpha.", "MX", forgery.denied(*self.denial(".", "alpha.")))
        self.assert_forged("alpha.", "MX", change, BOGUS_EDE, "alpha. MX", "parent's side")

    def test_name_denied_by_the_parents_proof(self):
        """All names of a zone could be denied with its parent's NSEC of the delegation."""
        change = about("www.alpha.", "A", forgery.denied(*self.denial(".", "alpha."), rcode=dns.rcode.NXDOMAIN))
        self.assert_forged("www.alpha.", "A", change, BOGUS_EDE, "www.alpha. A")

    def test_existing_name_denied(self):
        """Any host could be made to disappear with the proof that another one is not there."""
        for zone in ("p256.alpha.", "rsa8.beta."):
            gone = self.answer("missing." + zone)
            change = about("www." + zone, "A", forgery.replaced(gone))
            self.assert_forged("www." + zone, "A", change, NO_PROOF, "www.%s A" % zone)

    def test_existing_type_denied(self):
        """Any record could be made to disappear with the proof that its name lacks another type."""
        for zone in ("p256.alpha.", "rsa8.beta."):
            change = about("www." + zone, "A", forgery.replaced(self.answer("www." + zone, "MX")))
            self.assert_forged("www." + zone, "A", change, BOGUS_EDE, "www.%s A" % zone, "exists")

    def test_denial_without_proof(self):
        """Any name could be made to disappear by saying so."""
        for zone in ("p256.alpha.", "rsa8.beta."):
            change = about("missing." + zone, "A", forgery.no_proof)
            self.assert_forged("missing." + zone, "A", change, NO_PROOF)

    def test_half_a_proof(self):
        """A wildcard that stands for the name could be hidden: with an NSEC that denies the name alone."""
        reply = self.answer("x.wild.rsa8.alpha.", "A")
        change = about("x.wild.rsa8.alpha.", "A", forgery.denied(
            *self.denial("rsa8.alpha.", "rsa8.alpha.")[:2], *reply.authority, rcode=dns.rcode.NXDOMAIN))
        self.assert_forged("x.wild.rsa8.alpha.", "A", change, NO_PROOF, "x.wild.rsa8.alpha. A", "wildcard")

    def test_wildcard_without_proof(self):
        """Whatever a wildcard holds could be told of names that have their own data."""
        for zone in ("p256.alpha.", "rsa8.beta."):
            change = about("x.wild." + zone, "A", forgery.no_proof)
            self.assert_forged("x.wild." + zone, "A", change, NO_PROOF, "made from a wildcard")

    def test_wildcard_for_an_existing_name(self):
        """The same with the proof of another name."""
        for zone in ("p256.alpha.", "rsa8.beta."):
            change = about("known.wild." + zone, "A", forgery.renamed(
                self.answer("x.wild." + zone), "x.wild." + zone, "known.wild." + zone))
            self.assert_forged("known.wild." + zone, "A", change, NO_PROOF, "made from a wildcard")

    def test_another_names_record(self):
        """The address of one host, which is signed, would be told of another."""
        change = about("www.p256.alpha.", "A", forgery.renamed(
            self.answer("mixed-case.p256.alpha."), "mixed-case.p256.alpha.", "www.p256.alpha."))
        self.assert_forged("www.p256.alpha.", "A", change, BOGUS_EDE, "does not fit the data")

    def test_a_key_of_another_zone(self):
        """The owner of any signed zone could sign for all others."""
        made = self.lab.hierarchy.made["zsk-double.beta."]
        change = about("www.p256.alpha.", "A", forgery.signed_by(made, "www.p256.alpha.", "A", EVIL))
        self.assert_forged("www.p256.alpha.", "A", change, NO_SIGNATURE, "www.p256.alpha. A")

    def test_a_cname_put_in_front(self):
        """A name would be led elsewhere by a record that nobody signed."""
        change = about("www.p256.alpha.", "A", forgery.unsigned(
            "www.p256.alpha. CNAME www.open.alpha.", "www.open.alpha. A 192.0.2.82"))
        self.assert_forged("www.p256.alpha.", "A", change, NO_SIGNATURE, "www.p256.alpha. CNAME")

    def test_a_cname_that_does_not_follow_from_its_dname(self):
        """The CNAME under a DNAME is never signed, and could lead anywhere."""
        change = about("www.tree.p256.alpha.", "A", forgery.altered("CNAME", "www.open.alpha."))
        self.assert_forged("www.tree.p256.alpha.", "A", change, BOGUS_EDE, "www.tree.p256.alpha. A", "DNAME",
                           reference=SECURE)  # unbound drops the CNAME and makes one from the DNAME, which is signed

    def test_the_end_of_a_chain(self):
        """Only the first step of a chain of CNAMEs would be checked."""
        change = about(None, "A", forgery.altered("A", EVIL))
        self.assert_forged("to-secure.rsa8.alpha.", "A", change, BOGUS_EDE, "www.rsa10.alpha. A")

    def test_a_false_status(self):
        """NXDOMAIN over a record that is there would take every other type of the name away with it."""
        change = about("www.p256.alpha.", "TXT", forgery.rcode(dns.rcode.NXDOMAIN))
        self.assert_forged("www.p256.alpha.", "TXT", change, BOGUS_EDE, "proves that the name exists",
                           reference=SECURE)  # unbound puts the status right: servers say so of empty non-terminals

    def test_another_upstream(self):
        """One upstream that lies would make names unreachable that the next one knows."""
        self.proxy.fault = about("www.p256.alpha.", "A", forgery.altered("A", EVIL))
        one = self.validating(self.lab.upstream(self.proxy, "liar"),
                              self.lab.upstream(self.lab.iterating_kresd, "honest"))
        reply = client.tcp(one.port, client.query("www.p256.alpha.", do=True))
        self.assertEqual((SECURE, ["192.0.2.80"]), (verdict(reply), client.addresses(reply)))
        one.await_line(r"liar.*www\.p256\.alpha")


if __name__ == "__main__":
    tap.main()
