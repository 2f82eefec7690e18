#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""V1, V8, V9, L11, L12: what clients see of a verdict, and what the configuration may except from it."""

import datetime
import os
import subprocess

import dns.flags
import dns.rcode
import dns.rdatatype

from lab import client, origin, tap
from lab.reference import BOGUS, INSECURE, SECURE, Delv, verdict
from lab.signed import SignedCase

RD, AD, CD = dns.flags.RD, dns.flags.AD, dns.flags.CD
SIGNED = {dns.rdatatype.RRSIG, dns.rdatatype.NSEC, dns.rdatatype.NSEC3}
SOUND, UNSIGNED, FORGED = "www.p256.alpha.", "www.open.alpha.", "www.altered.alpha."
PRIVATE = "10.1.2.3"
HOUR_S = 3600


def kinds(reply):
    return {rrset.rdtype for rrset in reply.answer + reply.authority}


def day(days):
    return (datetime.date.today() + datetime.timedelta(days)).isoformat()


class ClientsTest(SignedCase):
    def start(self, *upstreams, **keys):
        self.one = self.validating(*(upstreams or [self.lab.upstream(self.lab.iterating_unbound)]), **keys)

    def ask(self, name, kind="A", flags=RD, do=False):
        return client.tcp(self.one.port, client.query(name, kind, edns=True, flags=flags, do=do))

    def test_ad_only_for_those_who_ask(self):
        """Old clients take an unknown bit for an error; new ones wait for it (RFC 6840 section 5.7, 5.8)."""
        self.start()
        for _ in ("miss", "hit"):
            for name, secure in ((SOUND, True), ("missing.p256.alpha.", True), ("www.p256.alpha.", True),
                                 (UNSIGNED, False), ("missing.open.alpha.", False), ("to-insecure.p256.alpha.", False)):
                for flags, do in ((RD, False), (RD | AD, False), (RD, True), (RD | AD, True)):
                    wanted = secure and (do or bool(flags & AD))
                    self.assertEqual(wanted, bool(self.ask(name, flags=flags, do=do).flags & AD), (name, flags, do))

    def test_signatures_only_for_those_who_ask(self):
        """Every answer would be three times as large."""
        self.start()
        for _ in ("miss", "hit"):
            for name in (SOUND, "missing.p256.alpha.", "missing.rsa8.beta.", "x.wild.rsa8.beta.", UNSIGNED):
                self.assertFalse(SIGNED & kinds(self.ask(name, flags=RD | AD)), name)
                self.assertEqual(name != UNSIGNED, bool(SIGNED & kinds(self.ask(name, do=True))), name)

    def test_checking_disabled(self):
        """Nobody could look at what is wrong with a zone, nor validate for himself."""
        for order in ((RD, RD | CD), (RD | CD, RD)):
            self.start()
            for flags in order * 2:
                for name, data in ((FORGED, "203.0.113.66"), ("www.expired.alpha.", "192.0.2.83")):
                    reply = self.ask(name, flags=flags | AD, do=True)
                    self.assertFalse(reply.flags & AD, "of forged data")
                    if flags & CD:
                        self.assertEqual([data], client.addresses(reply))
                        self.assertTrue(reply.flags & CD)
                        self.assertIn(dns.rdatatype.RRSIG, kinds(reply))
                    else:
                        self.assertEqual((dns.rcode.SERVFAIL, []), (reply.rcode(), reply.answer))

    def test_checking_disabled_of_sound_data(self):
        """AD would be there without anybody having checked."""
        self.start()
        for name in (SOUND, "missing.p256.alpha."):
            self.assertFalse(self.ask(name, flags=RD | CD | AD, do=True).flags & AD)
            self.assertTrue(self.ask(name, flags=RD | AD, do=True).flags & AD)

    def test_what_upstreams_are_asked(self):
        """An upstream that validates would hide what it finds wrong, and others would leave the signatures out."""
        proxy = self.lab.proxy(behind=self.lab.iterating_unbound)
        self.start(self.lab.upstream(proxy))
        self.ask(SOUND)
        self.assertTrue(proxy.seen)
        for seen in proxy.seen:
            self.assertTrue(seen.message.flags & CD, seen.message)
            self.assertTrue(seen.message.ednsflags & dns.flags.DO, seen.message)

    def test_ttls_end_with_the_signature(self):
        """Data would be held for true when its signature is long void (RFC 4035 section 5.3.3)."""
        self.start()
        for _ in ("miss", "hit"):
            for rrset in self.ask("day.short-lived.alpha.", do=True).answer:
                self.assertLessEqual(rrset.ttl, HOUR_S)
                if rrset.rdtype == dns.rdatatype.RRSIG:
                    self.assertEqual(24 * HOUR_S, rrset[0].original_ttl)

    # Exceptions.

    def test_negative_trust_anchor(self):
        """A zone that someone broke could not be reached until it is mended (RFC 7646)."""
        self.start(dnssec={"negative-trust-anchors": [{"name": "altered.alpha", "until": day(2)},
                                                      {"name": "expired.alpha", "until": day(2)}]})
        for name in (FORGED, "www.expired.alpha.", "missing.expired.alpha."):
            reply = self.ask(name, flags=RD | AD, do=True)
            self.assertEqual(INSECURE, verdict(reply), name)
        self.assertEqual(["203.0.113.66"], client.addresses(self.ask(FORGED)))
        self.assertEqual(BOGUS, verdict(self.ask("www.flipped.alpha.", do=True)), "of all others nothing changes")
        self.assertEqual(SECURE, verdict(self.ask(SOUND, do=True)))

    def test_negative_trust_anchor_that_has_ended(self):
        """An exception made for a day would be for ever."""
        self.start(dnssec={"negative-trust-anchors": [{"name": "altered.alpha", "until": day(-2)}]})
        self.assertEqual(BOGUS, verdict(self.ask(FORGED, do=True)))

    def private(self):
        """A company's own server, which knows names that the world's signed zone denies."""
        def script(query):
            name = query.question[0].name.to_text()
            if query.question[0].rdtype == dns.rdatatype.A and name.endswith("corp.alpha."):
                return origin.reply(query, "@ 300 A " + PRIVATE)
            return origin.reply(query, authority=["corp.alpha. 300 SOA ns.corp.alpha. host.corp.alpha. 1 2 3 4 60"])
        return self.lab.proxy(script)

    def start_private(self, **route):
        office = self.private()
        self.start(self.lab.upstream(self.lab.iterating_unbound), self.lab.upstream(office, "office"),
                   routes=[{"domains": "corp.alpha", "upstreams": "office", **route}])
        return office

    def test_private_zone_under_a_signed_parent(self):
        """Without an exception such a zone is what a forger would make; with one it must just work."""
        self.start_private()
        self.assertEqual(dns.rcode.SERVFAIL, self.ask("www.corp.alpha.").rcode())
        self.start_private(insecure=True)
        for _ in ("miss", "hit"):
            reply = self.ask("www.corp.alpha.", flags=RD | AD, do=True)
            self.assertEqual(([PRIVATE], INSECURE), (client.addresses(reply), verdict(reply)))
        self.assertEqual(SECURE, verdict(self.ask(SOUND, do=True)), "the rest is validated")

    def test_private_zone_with_a_negative_anchor(self):
        """The same by the other way."""
        office = self.private()
        self.start(self.lab.upstream(self.lab.iterating_unbound), self.lab.upstream(office, "office"),
                   routes=[{"domains": "corp.alpha", "upstreams": "office"}],
                   dnssec={"negative-trust-anchors": [{"name": "corp.alpha", "until": day(2)}]})
        reply = self.ask("www.corp.alpha.", flags=RD | AD, do=True)
        self.assertEqual(([PRIVATE], INSECURE), (client.addresses(reply), verdict(reply)))

    # Anchors.

    def test_an_island_needs_its_anchor(self):
        """A company's signed zone under an unsigned parent could not be trusted."""
        for anchors, expected in (((), INSECURE), (self.lab.hierarchy.ISLANDS, SECURE)):
            self.start(anchors=anchors)
            for name in ("www.island.plain.", "missing.isle.open.alpha.", "www.deep.island.plain."):
                self.assertEqual(expected, verdict(self.ask(name, do=True)), name)

    def test_the_closest_anchor_counts(self):
        """Whoever distrusts the way down from the root to his own zone could not leave it out (RFC 4035 section 5)."""
        one, other = "island.p256.beta.", "ed25519.beta."  # the first below a zone that proves it unsigned
        self.start(anchors=[one, other])
        for name in ("www." + one, "missing." + one, "www." + other):
            self.assertEqual(SECURE, verdict(self.ask(name, do=True)), name)
        anchors = self.lab.hierarchy.anchors(one)
        self.start(dnssec={"trust-anchors": [anchors[0], "%s DS%s" % (other, anchors[-1].partition(" DS")[2])]})
        self.assertEqual(BOGUS, verdict(self.ask("www." + other, do=True)), "though its parent has a DS that fits")

    def test_anchors_from_a_file(self):
        """Anchors come as files, with DS or DNSKEY records and comments."""
        path = self.lab.path("root.key")
        made = self.lab.hierarchy.made
        with open(path, "w", encoding="ascii") as out:
            out.write("; keys of the laboratory\n")
            out.writelines(". 172800 IN DNSKEY %s ; the root\n" % key.to_text() for key in made["."].ksks())
            out.writelines("%s\n" % line for line in self.lab.hierarchy.anchors("island.plain.")[1:])
        self.start(dnssec={"trust-anchors": [path]})
        for name in (SOUND, "www.island.plain."):
            self.assertEqual(SECURE, verdict(self.ask(name, do=True)), name)

    def test_the_wrong_root(self):
        """Anybody with a root of his own would be believed."""
        island = self.lab.hierarchy.anchors("island.plain.")[-1]
        self.start(dnssec={"trust-anchors": [". DS" + island.partition(" DS")[2]]})
        for name in (SOUND, UNSIGNED, "missing.alpha."):
            self.assertEqual(BOGUS, verdict(self.ask(name, do=True)), name)

    # Clients of others.

    def dig(self, *args):
        return subprocess.run(["dig", "@127.0.0.1", "-p", str(self.one.port), "+tries=1", *args],
                              capture_output=True, text=True, timeout=client.WAIT_S).stdout

    def test_dig(self):
        """What people look with would not show what they look for."""
        self.start()
        self.assertRegex(self.dig("+dnssec", SOUND), r"status: NOERROR(.|\n)*flags: qr rd ra ad;(.|\n)*RRSIG\tA 13")
        self.assertRegex(self.dig(SOUND), r"flags: qr rd ra ad;")  # dig sets AD of its own accord
        self.assertRegex(self.dig("+noadflag", SOUND), r"flags: qr rd ra;")
        self.assertRegex(self.dig("+dnssec", UNSIGNED), r"flags: qr rd ra;")
        self.assertRegex(self.dig("www.expired.alpha."), r"status: SERVFAIL(.|\n)*EDE: 7 \(Signature Expired\): \(exp")
        self.assertRegex(self.dig("+cd", "www.expired.alpha."), r"flags: qr rd ra cd;(.|\n)*192\.0\.2\.83")

    def test_delv_behind_us(self):
        """Whoever validates for himself would find our answers bogus, as proofs would be missing."""
        self.start()
        other = Delv(self.lab.path("delv-%d" % os.getpid()), self.one.port, self.lab.hierarchy.anchors())
        for name, kind, expected in (
                (SOUND, "A", SECURE), ("missing.p256.alpha.", "A", SECURE), ("missing.rsa8.beta.", "A", SECURE),
                ("x.wild.rsa10.alpha.", "A", SECURE), ("x.wild.p384.alpha.", "MX", SECURE),
                ("www.rsa7.alpha.", "TXT", SECURE), ("around.rsa8.alpha.", "A", SECURE),
                ("www.tree.ed25519.alpha.", "A", SECURE), (UNSIGNED, "A", INSECURE), ("www.open.gamma.", "A", INSECURE),
                ("www.sub.optout-bind.gamma.", "A", INSECURE), ("alpha.", "DS", SECURE), (".", "DNSKEY", SECURE),
                (FORGED, "A", BOGUS), ("www.expired.alpha.", "A", BOGUS), ("missing.no-denial.alpha.", "A", BOGUS)):
            for _ in ("miss", "hit"):
                self.assertEqual(expected, other.verdict(name, kind), (name, kind))


if __name__ == "__main__":
    tap.main()
