#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""V1-V6: the verdict on every answer of a signed hierarchy, through resolvers of two makes, beside the verdicts of two
other validators on the same data."""

import concurrent.futures
import fnmatch

import dns.flags

from lab import client, tap, verdicts
from lab.reference import BOGUS, INSECURE, SECURE, Delv, UnboundValidator, verdict
from lab.signed import SignedCase

JOBS = 3
# delv takes a process for each question, so that it is asked about these leaf zones only, and all others.
DELV_LEAVES = ("rsa8.alpha.", "optout-bind.gamma.")

# Where a reference may say something else: name, type, what it says, why ours is right all the same.
LIMIT = "takes up to 150 iterations for secure and all above for insecure; RFC 9276 section 3.2 lets a validator choose"
UNBOUND = [
    ("missing.it51.alpha.", "A", SECURE, LIMIT), ("x.wild.it51.alpha.", "A", SECURE, LIMIT),
    ("www.it51.alpha.", "MX", SECURE, LIMIT), ("missing.it501.alpha.", "A", INSECURE, LIMIT),
    ("*.it2500.alpha.", "*", INSECURE, LIMIT),
    ("a.a.*.rsa8.beta.", "A", BOGUS, "gives up where a proof takes a hundred hashes, however cheap each of them is"),
]
OPTOUT = "calls a denial validated that rests on an opt-out NSEC3, where AD must not be set (RFC 5155 section 9.2)"
ANCHOR = "knows one trust anchor only, the root's"
DELV = UNBOUND + [
    ("*.gamma.", "*", SECURE, OPTOUT), ("open.gamma.", "*", SECURE, OPTOUT),
    ("*island.plain.", "*", INSECURE, ANCHOR), ("*.isle.open.alpha.", "*", INSECURE, ANCHOR),
    ("*.just-expired.alpha.", "*", BOGUS, "allows no clock to be wrong; ours allows an hour at most"),
    ("www.junk-beside.alpha.", "A", BOGUS, "gives up after one signature that does not fit"),
]


def allowed(exceptions, case, said):
    return any(fnmatch.fnmatchcase(case.name, name) and kind in ("*", case.kind) and said == other
               for name, kind, other, _ in exceptions)


class VerdictsTest(SignedCase):
    def assert_none(self, wrong):
        self.assertEqual([], ["%s %s: %s, not %s" % (case.name, case.kind, said, case.verdict)
                              for case, said in wrong][:50], "%d wrong" % len(wrong))

    def ours(self, upstream, flags, do):
        one = self.validating(self.lab.upstream(upstream), anchors=self.lab.hierarchy.ISLANDS)
        wrong = []
        with client.Tcp(one.port) as tcp:
            for _ in ("miss", "hit"):
                for case in verdicts.cases(self.lab.hierarchy):
                    said = verdict(tcp.ask(client.query(case.name, case.kind, do=do, flags=flags)))
                    if said != case.verdict:
                        wrong.append((case, said))
        self.assert_none(wrong)

    def test_through_unbound(self):
        """Names of sound zones would not be found, or forged ones believed."""
        self.ours(self.lab.iterating_unbound, dns.flags.RD, do=True)

    def test_through_kresd(self):
        """The same behind an upstream of another make, which validates itself."""
        self.ours(self.lab.iterating_kresd, dns.flags.RD | dns.flags.AD, do=False)

    def reference(self, exceptions, verdicts_of, cases):
        wrong = []
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            for case, said in zip(cases, pool.map(verdicts_of, cases)):
                if said != case.verdict and not allowed(exceptions, case, said):
                    wrong.append((case, said))
        self.assert_none(wrong)

    def test_unbound_agrees(self):
        """What we hold for true could be our own mistake."""
        for number, upstream in enumerate((self.lab.iterating_unbound, self.lab.iterating_kresd)):
            other = UnboundValidator(self.lab.path("reference-%d" % number), upstream, self.lab.ca.file,
                                     self.lab.hierarchy.anchors(*self.lab.hierarchy.ISLANDS))
            self.addCleanup(other.stop)
            self.reference(UNBOUND, lambda case: other.verdict(case.name, case.kind),
                           verdicts.cases(self.lab.hierarchy))

    def test_delv_agrees(self):
        """The same with a second opinion."""
        other = Delv(self.lab.path("delv"), self.lab.iterating_unbound.plain_port, self.lab.hierarchy.anchors())
        self.reference(DELV, lambda case: other.verdict(case.name, case.kind),
                       verdicts.cases(self.lab.hierarchy, DELV_LEAVES))


if __name__ == "__main__":
    tap.main()
