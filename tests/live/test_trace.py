#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""stubborn query --trace: a real signed zone, asked for through a running stubborn, and judged."""

import json
import os
import socket
import subprocess
import xml.etree.ElementTree

import dns.dnssec
import dns.flags
import dns.message
import dns.rcode
import dns.rdata
import dns.rdatatype

from lab import client, daemon, tap
from lab.case import LiveCase

GOOD, BAD, USAGE, NO_ANSWER, BOGUS = 0, 1, 2, 3, 4


class TraceTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.one = self.lab.daemon(self.lab.upstream(self.lab.unbound))

    def keys(self, zone):
        """The zone's DNSKEY, from its own server."""
        reply = client.tcp(self.lab.knot.port, client.query(zone, "DNSKEY"))
        return next(rrset for rrset in reply.answer if rrset.rdtype == dns.rdatatype.DNSKEY)

    def anchor(self, zone):
        return "%s. DNSKEY %s" % (zone, self.keys(zone)[0])

    def trace(self, name, kind="A", *args, one=None, anchors=None, locale="C"):
        """(exit code, standard output, standard error)"""
        anchors = [self.anchor("signed.example"), self.anchor("nsec3.example")] if anchors is None else anchors
        done = subprocess.run(
            [daemon.BINARY, "query", "--trace", name, kind, "@127.0.0.1:%d" % (one or self.one).port, *args,
             *(word for anchor in anchors for word in ("--trust-anchor", anchor))],
            capture_output=True, timeout=60, check=False,
            env={**os.environ, **daemon.sanitizer_environment(self.lab.directory), "LC_ALL": locale})
        return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")

    def test_secure(self):
        """Who asks why a name is signed would see nothing, or something that is not so."""
        code, said, complaint = self.trace("www.signed.example")
        self.assertEqual((GOOD, ""), (code, complaint))
        self.assertTrue(said.startswith("www.signed.example. A: secure\n"), said)
        tag = dns.dnssec.key_id(self.keys("signed.example")[0])
        self.assertRegex(said, r"`- signed\.example\. secure\n")
        self.assertIn("DNSKEY %d, ECDSAP256SHA256, flags 257: trusted\n" % tag, said)
        self.assertRegex(said, r"RRSIG A by signed\.example\. key %d, ECDSAP256SHA256: fits,\s" % tag)
        self.assertIn("A 192.0.2.112\n", said)

    def test_denials(self):
        """Who asks why a name does not exist could not see who says so."""
        for name, kind, what in (
                ("missing.signed.example", "A", "proven: missing.signed.example. does not exist"),
                ("www.signed.example", "TXT", "proven: www.signed.example. has no TXT"),
                ("missing.nsec3.example", "A", "proven: missing.nsec3.example. does not exist"),
                ("www.nsec3.example", "TXT", "proven: www.nsec3.example. has no TXT"),
                ("any.wild.signed.example", "A", "so that the wildcard"),
                ("any.wild.nsec3.example", "A", "so that the wildcard")):
            code, said, _ = self.trace(name, kind)
            self.assertEqual(GOOD, code, said)
            self.assertIn(": secure\n", said.splitlines(True)[0])
            self.assertIn(what, said)
            self.assertRegex(said, r"covers\s|at\s")

    def test_bogus(self):
        """A forged answer would look like an outage, to a person and to a script."""
        wrong = self.keys("nsec3.example")[0]
        code, said, _ = self.trace("www.signed.example", anchors=["signed.example. DNSKEY %s" % wrong])
        self.assertEqual(BOGUS, code)
        self.assertTrue(said.startswith("www.signed.example. A: bogus\n"), said)
        self.assertIn("no DNSKEY of the zone fits its DS", said)

        def forge(query):
            reply = client.tcp(self.lab.knot.port, client.query(
                query.question[0].name, query.question[0].rdtype, do=True))
            reply.id = query.id
            for rrset in reply.answer:
                if rrset.rdtype == dns.rdatatype.A:
                    rrset.clear()
                    rrset.add(dns.rdata.from_text("IN", "A", "192.0.2.66"), ttl=60)
            return reply

        code, said, _ = self.trace("www.signed.example",
                                   one=self.lab.daemon(self.lab.upstream(self.lab.proxy(forge))))
        self.assertEqual(BOGUS, code, said)
        self.assertIn("A 192.0.2.66\n", said)
        self.assertRegex(said, r"does not\s+fit\s+the\s+data")

    def test_not_secure(self):
        """An unsigned name and an upstream that fails would look the same."""
        code, said, _ = self.trace("www.lab.example")
        self.assertEqual(GOOD, code)
        self.assertTrue(said.startswith("www.lab.example. A: insecure\n"), said)
        self.assertIn("there is no trust anchor above", said)
        code, said, _ = self.trace("www.lab.example", anchors=[])  # the root is not served here
        self.assertEqual(BAD, code)
        self.assertTrue(said.startswith("www.lab.example. A: indeterminate\n"), said)

    def test_json(self):
        """A monitor would have to read what was drawn for eyes."""
        code, said, _ = self.trace("missing.nsec3.example", "A", "--json")
        self.assertEqual(GOOD, code)
        trace = json.loads(said)
        self.assertEqual(("secure", "NXDOMAIN", True), (trace["verdict"], trace["status"], trace["complete"]))
        self.assertEqual(["nsec3.example."], [zone["name"] for zone in trace["zones"]])
        hop, = trace["path"]
        self.assertTrue(hop["denials"][0]["proven"])
        self.assertTrue(all(check["fits"] for check in hop["checks"]))

    def test_svg(self):
        """The drawing could not be opened, or would run what a zone's owner wrote into it."""
        path = self.lab.path("trace.svg")
        code, said, complaint = self.trace("www.signed.example", "A", "--svg", path)
        self.assertEqual((GOOD, ""), (code, complaint))
        self.assertIn("secure", said)
        texts = [text.text for text in xml.etree.ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("signed.example. secure", texts)
        self.assertIn("A 192.0.2.112", texts)
        code, _, complaint = self.trace("www.signed.example", "A", "--svg", "/nonexistent/x.svg")
        self.assertEqual(BAD, code)
        self.assertIn("/nonexistent/x.svg: No such file", complaint)

    def test_odd_names(self):
        """A name with control characters would drive the terminal."""
        _, said, _ = self.trace(r"nul\000in\027[2J.lab.example")
        self.assertTrue(said.startswith(r"nul\000in\027[2J.lab.example. A: "), said)

    def test_locale(self):
        """On a terminal without UTF-8 the tree would be unreadable."""
        self.assertIn("\u2514\u2500", self.trace("www.signed.example", locale="C.UTF-8")[1])
        self.assertTrue(self.trace("www.signed.example", locale="C")[1].isascii())

    def test_anchor_file(self):
        """A lab's own keys could only be typed."""
        path = self.lab.path("anchors")
        with open(path, "w", encoding="ascii") as out:
            out.write("; ours\n%s\n" % self.anchor("signed.example"))
        self.assertIn("trust anchor: DNSKEY ", self.trace("www.signed.example", anchors=[path])[1])

    def test_anchors_of_the_configuration(self):
        """A trace that does not trust what the resolver trusts explains nothing."""
        path = self.lab.path("anchors.yaml")
        dnssec = {"trust-anchors": [self.anchor("signed.example")]}
        daemon.write_config(path, {"dnssec": dnssec})
        code, said, complaint = self.trace("www.signed.example", "A", "-c", path, anchors=[])
        self.assertEqual((GOOD, ""), (code, complaint))
        self.assertTrue(said.startswith("www.signed.example. A: secure\n"), said)
        dnssec["negative-trust-anchors"] = [{"name": "signed.example", "until": "2099-01-01"}]
        daemon.write_config(path, {"dnssec": dnssec})
        said = self.trace("www.signed.example", "A", "-c", path, anchors=[])[1]
        self.assertTrue(said.startswith("www.signed.example. A: insecure\n"), said)
        daemon.write_config(path, {"dnssec": {"trust-anchors": ["signed.example. DS 1"]}})
        code, said, complaint = self.trace("www.signed.example", "A", "-c", path, anchors=[])
        self.assertEqual((2, ""), (code, said))
        self.assertIn("anchors.yaml:", complaint)

    def test_asks_for_what_is_not_valid(self):
        """A resolver that validates would hide just what is to be looked at."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            server.settimeout(client.WAIT_S)
            with subprocess.Popen([daemon.BINARY, "query", "--trace", "a.example", "@127.0.0.1:%d" %
                                   server.getsockname()[1]], stdout=subprocess.PIPE) as trace:
                wire, peer = server.recvfrom(4096)
                query = dns.message.from_wire(wire)
                reply = dns.message.make_response(query)
                reply.set_rcode(dns.rcode.REFUSED)
                server.sendto(reply.to_wire(), peer)
                said = trace.communicate(timeout=60)[0].decode("utf-8")
        self.assertTrue(query.flags & dns.flags.CD)
        self.assertTrue(query.ednsflags & dns.flags.DO)
        self.assertEqual(BAD, trace.returncode)
        self.assertIn("status: REFUSED", said)

    def test_nobody_there(self):
        """A resolver that is not running would look like a bogus name."""
        self.expect_end(self.one)
        self.assertEqual("", self.one.finish())
        code, said, complaint = self.trace("www.signed.example")
        self.assertEqual((NO_ANSWER, ""), (code, said))
        self.assertIn("does a resolver run there?", complaint)


if __name__ == "__main__":
    tap.main()
