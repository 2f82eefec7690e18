#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""V1, C9: whoever gets SERVFAIL for a broken zone is told which record of which zone failed, and why (RFC 8914)."""

import dns.flags
import dns.rcode

from lab import client, tap
from lab.signed import SignedCase

EDE = 15
ALGORITHM, DIGEST, BOGUS, EXPIRED, FUTURE, NO_KEY, NO_SIGNATURE, NO_PROOF, CACHED, COSTLY = (
    1, 2, 6, 7, 8, 9, 10, 12, 13, 27)
DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
KEY = r"\(key \d+, algorithm 13\)"

# Name under alpha., type, EDE, text as a regular expression.
BROKEN = [
    ("www.expired", "A", EXPIRED, r"^expired\.alpha\. DNSKEY: the signature by expired\.alpha\. %s expired at %s$"),
    ("www.expired-keys", "A", EXPIRED, r"^expired-keys\.alpha\. DNSKEY: .* expired at %s$"),
    ("www.replayed", "A", EXPIRED, r"^www\.replayed\.alpha\. A: the signature by replayed\.alpha\. %s expired at %s$"),
    ("www.future", "A", FUTURE, r"^future\.alpha\. DNSKEY: .* %s is not valid before %s$"),
    ("www.wrong-key", "A", BOGUS, r"^www\.wrong-key\.alpha\. A: .* by wrong-key\.alpha\. %s is by a key that the zone"),
    ("www.no-keys", "A", NO_KEY, r"^no-keys\.alpha\. DNSKEY: .* no DNSKEY$"),
    ("www.other-ds", "A", NO_KEY, r"^other-ds\.alpha\. DNSKEY: no DNSKEY of the zone fits its DS$"),
    ("www.unsigned-keys", "A", NO_SIGNATURE, r"^unsigned-keys\.alpha\. DNSKEY: the keys are not signed"),
    ("www.altered", "A", BOGUS, r"^www\.altered\.alpha\. A: .* by altered\.alpha\. %s does not fit the data$"),
    ("alias.altered", "A", BOGUS, r"^www\.altered\.alpha\. A: .* does not fit the data$"),
    ("www.flipped", "A", BOGUS, r"^www\.flipped\.alpha\. A: .* does not fit the data$"),
    ("www.swapped", "A", BOGUS, r"^www\.swapped\.alpha\. A: .* does not fit the data$"),
    ("www.no-signature", "A", NO_SIGNATURE, r"^www\.no-signature\.alpha\. A: .* no signature by no-signature\.alpha\."),
    ("www.other-signer", "A", BOGUS, r"^www\.other-signer\.alpha\. A: the signature by alpha\. "),
    ("www.more-labels", "A", BOGUS, r"^www\.more-labels\.alpha\. A: .* more labels$"),
    ("www.name-gone", "A", NO_PROOF, r"^www\.name-gone\.alpha\. A: no NSEC .* name-gone\.alpha\. proves .* not exist$"),
    ("www.type-gone", "A", BOGUS, r"^www\.type-gone\.alpha\. A: an NSEC .* type-gone\.alpha\. proves that the type"),
    ("missing.no-denial", "A", NO_PROOF, r"^missing\.no-denial\.alpha\. .*no signed NSEC .* of no-denial\.alpha\."),
    ("x.wild.no-denial", "A", NO_PROOF, r"^x\.wild\.no-denial\.alpha\. A: made from a wildcard"),
    ("known.wild.wildcard-claimed", "A", NO_PROOF, r"^known\.wild\..* A: made from a wildcard, but no NSEC"),
    ("www.kid.no-ds-denial", "A", NO_PROOF, r"^kid\.no-ds-denial\.alpha\. DS: .* of no-ds-denial\.alpha\."),
    ("www.kid.altered-ds", "A", BOGUS, r"^kid\.altered-ds\.alpha\. DS: .* by altered-ds\.alpha\. %s does not fit"),
    ("missing.it501", "A", COSTLY, r"^missing\.it501\.alpha\. A: NSEC3 of it501\.alpha\. asks for more iterations"),
    ("missing.it2500", "A", COSTLY, r"^missing\.it2500\.alpha\. A: NSEC3 of it2500\.alpha\. "),
    ("www.unsigned.it2500", "A", COSTLY, r"^unsigned\.it2500\.alpha\. DS: NSEC3 of it2500\.alpha\. "),
]
# Not failed, but not checked either.
UNCHECKED = [
    ("www.unknown-digest", "A", DIGEST, r"^unknown-digest\.alpha\. DS: the DS by alpha\. has unsupported digests"),
    ("www.unknown-algorithm", "A", ALGORITHM, r"^unknown-algorithm\.alpha\. DS: .* unsupported algorithms only$"),
    ("missing.it51", "A", COSTLY, r"^missing\.it51\.alpha\. A: NSEC3 of it51\.alpha\. has more than 50 iterations$"),
    ("missing.it151", "A", COSTLY, r"^missing\.it151\.alpha\. A: "),
]


def explained(text):
    """The expression with what varies put in, in order: a key, then a date."""
    holes = [KEY, DATE] if text.count("%s") == 2 else [DATE if "expired at" in text or "before" in text else KEY]
    for hole in holes[:text.count("%s")]:
        text = text.replace("%s", hole, 1)
    return text


def told(reply):
    return [(int(option.code), option.text) for option in reply.options if option.otype == EDE]


class ReasonsTest(SignedCase):
    def setUp(self):
        super().setUp()
        self.one = self.validating(self.lab.upstream(self.lab.iterating_unbound))

    def ask(self, name, kind, **how):
        return client.tcp(self.one.port, client.query(name + ".alpha.", kind, edns=True, **how))

    def test_each_kind_of_broken_zone(self):
        """The owner of a broken zone, or whoever wants to reach it, would look for the fault in the wrong place."""
        for name, kind, code, text in BROKEN:
            with self.subTest(name):
                reply = self.ask(name, kind)
                self.assertEqual((dns.rcode.SERVFAIL, []), (reply.rcode(), reply.answer + reply.authority))
                self.assertEqual([code], [number for number, _ in told(reply)])
                self.assertRegex(told(reply)[0][1], explained(text))

    def test_the_reason_is_kept(self):
        """Only the first to ask would be told."""
        for name, kind, code, text in BROKEN[:5]:
            self.ask(name, kind)
            first, second = told(self.ask(name, kind))
            self.assertEqual((code, CACHED), (first[0], second[0]))
            self.assertRegex(first[1], explained(text))

    def test_what_could_not_be_checked(self):
        """A zone that nobody checks would look like one that needs no checks."""
        for name, kind, code, text in UNCHECKED:
            with self.subTest(name):
                reply = self.ask(name, kind)
                self.assertIn(reply.rcode(), (dns.rcode.NOERROR, dns.rcode.NXDOMAIN))
                self.assertFalse(reply.flags & dns.flags.AD)
                self.assertEqual([code], [number for number, _ in told(reply)])
                self.assertRegex(told(reply)[0][1], explained(text))

    def test_clients_without_edns(self):
        """An old client would get an option that it does not know."""
        reply = client.tcp(self.one.port, client.query("www.expired.alpha.", "A"))
        self.assertEqual((dns.rcode.SERVFAIL, -1), (reply.rcode(), reply.edns))


if __name__ == "__main__":
    tap.main()
