#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""S2, S7: whom we believe, and what we say when we do not."""

import re

import dns.rcode

from lab import client, origin, tap
from lab.ca import CA
from lab.case import LiveCase

TRUE, FORGED = "192.0.2.80", "203.0.113.66"
# What the sentence must speak of for a person to know what to do.
BAD = {
    "wrong_name": r"someone-else\.example|name",
    "cn_only": r"(?i)subject ?alt|common name|name",
    "expired": r"(?i)expired",
    "not_yet_valid": r"(?i)not (yet )?(valid|activated)|clock",
    "unknown_ca": r"(?i)unknown|issuer|authorit|ca-file",
    "self_signed": r"(?i)self-signed|self signed|unknown|issuer|authorit",
    "weak_leaf": r"(?i)weak|insecure|1024|short",
    "weak_intermediate": r"(?i)weak|insecure|1024|short",
    "sha1": r"(?i)weak|insecure|sha-?1",
    "client_only": r"(?i)purpose|server authentication|client|usage",
    "not_a_ca": r"(?i)authority|\bCA\b|may not sign|constraint",
}


class CertificatesTest(LiveCase):
    def start(self, kind, offer="good", **keys):
        """A first upstream that shows that certificate, a second that is good."""
        self.bad = self.lab.proxy(origin.address(FORGED), kind, offer=offer)
        self.good = self.lab.proxy(origin.address(TRUE))
        self.one = self.lab.daemon({**self.lab.upstream(self.bad, "suspect"), **keys},
                                   self.lab.upstream(self.good, "good"))

    def sentences(self):
        """What was said about the suspect, as a warning or worse."""
        return [line for line in self.one.matching(r"suspect") if not re.search(r"(?i)\bdebug\b|<7>", line)]

    def assert_refused(self, kind, pattern):
        self.start(kind)
        for number in range(5):
            reply = client.udp(self.one.port, client.query("n%d.example" % number))
            self.assertEqual([TRUE], client.addresses(reply), kind)
        self.one.await_line(r"suspect")
        told = self.sentences()
        self.assertEqual(1, len(told), "once, not once per try: %s" % told)
        self.assertRegex(told[0], pattern)
        self.assertEqual([], self.bad.seen, "not a single question was sent")
        return told[0]

    def test_good_ones_are_good(self):
        """Proper resolvers would be refused."""
        for kind in ("good", "good_rsa", "intermediate"):
            self.start(kind)
            self.assertEqual([FORGED], client.addresses(client.udp(self.one.port, client.query("www.example"))), kind)
            self.assertEqual([], self.one.matching(r"suspect.*(certificate|refus)"), kind)

    def test_each_has_a_sentence_of_its_own(self):
        """A person could not tell an expired certificate from an attack."""
        told = {}
        for kind in ("wrong_name", "expired", "not_yet_valid", "unknown_ca", "weak_leaf", "client_only"):
            sentence = self.assert_refused(kind, BAD[kind])
            told[kind] = re.sub(r"\d+", "", sentence)
        self.assertEqual(len(told), len(set(told.values())), told)

    def test_the_sentence_names_both_names(self):
        """A person could not see which of the two names to correct."""
        self.assert_refused("wrong_name", re.escape(CA.NAME))
        self.assertRegex(self.sentences()[0], "someone-else")

    def test_wrong_address(self):
        """With an address as name, a certificate for another address would do."""
        self.bad = self.lab.proxy(origin.address(FORGED), "wrong_address")
        one = self.lab.daemon({"url": "tls://127.0.0.1:%d" % self.bad.port, "ca-file": self.lab.ca.file},
                              limits={"query-time": "1s"})
        self.assertEqual(dns.rcode.SERVFAIL, client.udp(one.port, client.query("www.example")).rcode())
        self.assertEqual([], self.bad.seen)

    def test_system_store_does_not_know_the_lab(self):
        """Without ca-file any CA's certificate would do, even one that nobody trusts."""
        self.bad = self.lab.proxy(origin.address(FORGED))
        self.good = self.lab.proxy(origin.address(TRUE))
        suspect = self.lab.upstream(self.bad, "suspect")
        del suspect["ca-file"]
        one = self.lab.daemon(suspect, self.lab.upstream(self.good, "good"))
        self.assertEqual([TRUE], client.addresses(client.udp(one.port, client.query("www.example"))))
        self.assertEqual([], self.bad.seen)

    def test_ca_file_for_all(self):
        """tls.ca-file would be a word without effect."""
        self.good = self.lab.proxy(origin.address(TRUE))
        upstream = self.lab.upstream(self.good, "good")
        del upstream["ca-file"]
        one = self.lab.daemon(upstream, tls={"ca-file": self.lab.ca.file})
        self.assertEqual([TRUE], client.addresses(client.udp(one.port, client.query("www.example"))))

    def test_a_mended_certificate_is_noticed(self):
        """After the resolver's owner mends it, somebody would have to restart the daemon."""
        self.start("expired")
        client.udp(self.one.port, client.query("www.example"))
        self.bad.show(self.lab.ca.issue("good"))
        for number in range(20000):
            if client.addresses(client.udp(self.one.port, client.query("n%d.example" % number))) == [FORGED]:
                return
        self.fail("never tried again")


def _for(kind):
    def test(self):
        self.assert_refused(kind, BAD[kind])
    test.__doc__ = "Someone on the way with a certificate of that kind (%s) would read and forge everything." % kind
    return test


for _kind in BAD:
    setattr(CertificatesTest, "test_" + _kind, _for(_kind))


if __name__ == "__main__":
    tap.main()
