#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""S1: how strong the encryption must be."""

import struct

from lab import client, origin, tap
from lab.case import LiveCase

TRUE, FORGED = "192.0.2.80", "203.0.113.66"
SUITES = {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9}
SIGNALLING = {0x00ff, 0x5600}
GROUPS = {23: "P-256", 24: "P-384", 29: "X25519", 0x11ec: "X25519MLKEM768"}
SERVER_NAME, SUPPORTED_GROUPS, SIGNATURE_ALGORITHMS, SESSION_TICKET = 0, 10, 13, 35
EARLY_DATA, SUPPORTED_VERSIONS, PSK_KEY_EXCHANGE_MODES = 42, 43, 45
# Hash octet of the TLS 1.2 form: 1 MD5, 2 SHA-1, 3 SHA-224 are out; 8 begins the TLS 1.3 names.
WEAK_HASHES = {0, 1, 2, 3}


class Hello:
    """What a ClientHello offers (RFC 8446 section 4.1.2)."""

    def __init__(self, record):
        at = 5 + 4 + 2 + 32  # record header, handshake header, version, random
        at += 1 + record[at]  # session id
        length, = struct.unpack_from("!H", record, at)
        self.suites = set(struct.unpack_from("!%dH" % (length // 2), record, at + 2))
        at += 2 + length
        self.compression = record[at + 1:at + 1 + record[at]]
        at += 1 + record[at]
        end = at + 2 + struct.unpack_from("!H", record, at)[0]
        at += 2
        self.extensions = {}
        while at < end:
            kind, length = struct.unpack_from("!HH", record, at)
            self.extensions[kind] = record[at + 4:at + 4 + length]
            at += 4 + length

    def numbers(self, kind, prefix=2):
        data = self.extensions[kind][prefix:]
        return set(struct.unpack("!%dH" % (len(data) // 2), data))


class TlsStrengthTest(LiveCase):
    def refused(self, offer, certificate="good_rsa",
                pattern=r"(?i)version|TLS ?1|cipher|suite|handshake|agree", **keys):
        weak = self.lab.proxy(origin.address(FORGED), certificate, offer=offer)
        good = self.lab.proxy(origin.address(TRUE))
        one = self.lab.daemon(self.lab.upstream(weak, "weakling"), self.lab.upstream(good, "good"), **keys)
        for number in range(3):
            reply = client.udp(one.port, client.query("n%d.example" % number))
            self.assertEqual([TRUE], client.addresses(reply), offer)
        self.assertEqual([], weak.seen)
        self.assertRegex(one.await_line(r"weakling"), pattern)

    def hello(self, **keys):
        proxy = self.lab.proxy(origin.address(TRUE))
        one = self.lab.daemon(self.lab.upstream(proxy), **keys)
        client.udp(one.port, client.query("www.example"))
        return Hello(proxy.sessions[0].stream.hello)

    def test_tls_1_1_is_refused(self):
        """A server, or someone before it, could lead us to a version that is broken."""
        self.refused("tls1.1", pattern=r"TLS ?v?1\.[12]|version")

    def test_no_forward_secrecy_is_refused(self):
        """Who records today and gets the server's key tomorrow would read it all."""
        self.refused("rsa-exchange")

    def test_cbc_is_refused(self):
        """Suites with a history of attacks would still be used."""
        self.refused("cbc")

    def test_finite_field_is_refused(self):
        """A server may choose a small or weak group for Diffie-Hellman."""
        self.refused("finite-field")

    def test_short_tag_is_refused(self):
        """An authentication tag of 8 octets is too short."""
        self.refused("ccm", certificate="good")

    def test_min_version_is_obeyed(self):
        """Who asks for TLS 1.3 only would be given 1.2."""
        self.refused("tls1.2", tls={"min-version": "1.3"})

    def test_suites_offered(self):
        """A server could choose from what we should not even offer."""
        hello = self.hello()
        self.assertLessEqual(hello.suites - SIGNALLING, SUITES)
        self.assertTrue({0x1301, 0x1302} <= hello.suites)
        self.assertEqual(b"\0", hello.compression)

    def test_groups_offered(self):
        """The same for key exchange."""
        groups = self.hello().numbers(SUPPORTED_GROUPS)
        self.assertLessEqual(groups, set(GROUPS))
        self.assertLessEqual({23, 24, 29}, groups)

    def test_signatures_offered(self):
        """The same for signatures: SHA-1 and MD5 can be forged."""
        for number in self.hello().numbers(SIGNATURE_ALGORITHMS):
            self.assertNotIn(number >> 8, WEAK_HASHES, hex(number))

    def test_versions_offered(self):
        """The same for versions; and nothing is sent before the server has proved itself (0-RTT)."""
        hello = self.hello()
        self.assertEqual({0x0303, 0x0304}, hello.numbers(SUPPORTED_VERSIONS, prefix=1))
        self.assertNotIn(EARLY_DATA, hello.extensions)

    def test_tickets_offered(self):
        """Servers would make tickets that nobody uses, and by which we can be told from others."""
        self.assertLessEqual({SESSION_TICKET, PSK_KEY_EXCHANGE_MODES}, set(self.hello().extensions))
        without = self.hello(tls={"tickets": False}).extensions
        self.assertNotIn(SESSION_TICKET, without)
        self.assertNotIn(PSK_KEY_EXCHANGE_MODES, without)

    def test_strong_servers_are_served(self):
        """All of the above could pass with a client that refuses everyone."""
        for offer, certificate in (("tls1.2", "good"), ("tls1.2", "good_rsa"), ("tls1.3", "good"),
                                   ("tls1.3", "good_rsa")):
            proxy = self.lab.proxy(origin.address(TRUE), certificate, offer=offer)
            one = self.lab.daemon(self.lab.upstream(proxy))
            self.assertEqual([TRUE], client.addresses(client.udp(one.port, client.query("www.example"))))
            self.assertRegex(proxy.sessions[0].cipher, r"^(TLS_|ECDHE-).*(GCM|POLY1305)")


if __name__ == "__main__":
    tap.main()
