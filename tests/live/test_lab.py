#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The laboratory itself: a test against a bad certificate proves nothing if the certificate is good."""

import socket
import ssl
import subprocess

import dns.name

from lab import client, fault, tap, zone
from lab.ca import CA
from lab.case import LiveCase


class LabTest(LiveCase):
    def kdig(self, server, name, *args):
        return subprocess.run(["kdig", "@127.0.0.1", "-p", str(server.port), "+tls-ca=" + self.lab.ca.file,
                               "+tls-host=" + CA.NAME, "+timeout=5", "+retry=0", name, *args],
                              capture_output=True, text=True).stdout

    def test_every_server_answers_over_tls(self):
        """Every other test: the servers behind stubborn would not work at all."""
        for server in (self.lab.unbound, self.lab.dnsdist, self.lab.kresd, self.lab.proxy()):
            self.assertIn("192.0.2.80", self.kdig(server, "www.lab.example"), server)

    def test_zones_hold_what_they_say(self):
        """Every test about odd data: knotd might have refused the zone's odd records."""
        with client.Tcp(self.lab.knot.port) as tcp:
            self.assertEqual(200, len(client.addresses(tcp.ask(client.query("many.lab.example")))))
            self.assertGreater(len(tcp.ask(client.query("txt-20000.lab.example", "TXT")).to_wire()), 20000)
            self.assertTrue(client.addresses(tcp.ask(client.query(r"nul\000in.lab.example"))))
            signed = tcp.ask(client.query("www.signed.example", do=True))
        self.assertEqual([1, 46], sorted(rrset.rdtype for rrset in signed.answer))

    def test_longest_name_is_255_octets(self):
        """The test of names at the limit: the name might be shorter than the limit."""
        self.assertEqual(255, len(dns.name.from_text(zone.LONGEST + ".lab.example.").to_wire()))

    def test_faults_reach_the_client(self):
        """Every test about misbehaving upstreams: the proxy might behave."""
        proxy = self.lab.proxy()
        for edit, sign in ((fault.wrong_id, "reply"), (fault.rcode(5), "REFUSED"), (fault.poison, "victim.example"),
                           (fault.wrong_question, "forged.example")):
            proxy.fault = edit
            done = subprocess.run(["kdig", "@127.0.0.1", "-p", str(proxy.port), "+tls", "+timeout=2", "+retry=0",
                                   "www.lab.example"], capture_output=True, text=True)
            self.assertIn(sign, done.stdout + done.stderr, edit)

    def gnutls(self, certificate, priority="NORMAL:%PROFILE_MEDIUM", **how):
        proxy = self.lab.proxy(lambda query: None, certificate, **how)
        done = subprocess.run(["gnutls-cli", "--x509cafile", self.lab.ca.file, "--verify-hostname", CA.NAME,
                               "--priority", priority, "-p", str(proxy.port), "127.0.0.1"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def test_good_certificates_are_good(self):
        """Every handshake test: a refusal might have another cause than the one under test."""
        for kind in ("good", "good_rsa", "intermediate"):
            code, said = self.gnutls(kind)
            self.assertEqual(0, code, kind + said)

    def test_bad_certificates_are_bad(self):
        """The certificate tests: a certificate said to be bad might be good."""
        for kind, sign in (("wrong_name", "does not match"), ("expired", "expired"),
                           ("not_yet_valid", "not yet valid"), ("self_signed", "NOT trusted"),
                           ("unknown_ca", "issuer is unknown"), ("weak_leaf", "insecure algorithm"),
                           ("weak_intermediate", "insecure algorithm"), ("sha1", "insecure algorithm"),
                           ("client_only", "purpose"), ("not_a_ca", "not a CA")):
            code, said = self.gnutls(kind)
            self.assertNotEqual(0, code, kind + said)
            self.assertIn(sign, said, kind)

    def test_poor_offers_are_what_they_say(self):
        """The cipher tests: a server said to offer little might offer nothing or all."""
        for offer, cipher in (("tls1.1", "SHA"), ("rsa-exchange", "AES128-GCM-SHA256"), ("cbc", "ECDHE-RSA-AES"),
                              ("finite-field", "DHE-RSA-AES128-GCM-SHA256"), ("tls1.2", "GCM"), ("tls1.3", "TLS_")):
            proxy = self.lab.proxy(lambda query: None, "good_rsa", offer=offer)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.set_ciphers("ALL:@SECLEVEL=0")
            with context.wrap_socket(socket.create_connection(("127.0.0.1", proxy.port))) as wrapped:
                self.assertIn(cipher, wrapped.cipher()[0], offer)
                if offer == "tls1.1":
                    self.assertEqual("TLSv1.1", wrapped.version())


if __name__ == "__main__":
    tap.main()
