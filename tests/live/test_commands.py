#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a person types: query, version, help, and mistakes."""

import json
import os
import subprocess

import dns.rdata
import dns.rdataclass
import dns.rdatatype

from lab import client, daemon, fault, origin, tap
from lab.case import LiveCase

GOOD, BAD, USAGE, NO_ANSWER = 0, 1, 2, 3


class CommandsTest(LiveCase):
    def run_it(self, *args):
        done = subprocess.run([daemon.BINARY, *args], capture_output=True, text=True, timeout=30,
                              env={**os.environ, **daemon.sanitizer_environment(self.lab.directory)})
        return done.returncode, done.stdout, done.stderr

    def query(self, one, *args):
        return self.run_it("query", *args, "@127.0.0.1:%d" % one.port)

    def start(self, script=origin.address("192.0.2.80")):
        self.proxy = self.lab.proxy(script)
        return self.lab.daemon(self.lab.upstream(self.proxy))

    def test_query_shows_the_answer(self):
        """Who has no dig could not see what stubborn answers."""
        one = self.start()
        code, said, _ = self.query(one, "www.example")
        self.assertEqual(GOOD, code)
        self.assertRegex(said, r"(?m)^www\.example\.\s+\d+\s+IN\s+A\s+192\.0\.2\.80")
        self.assertIn("NOERROR", said)
        self.assertRegex(said, r"\bra\b")
        self.assertRegex(said, r"\d+(\.\d+)? ?(ms|us|µs|s)\b")

    def test_query_other_types(self):
        """Types beside A could not be looked at, or would be shown in another form than dig's."""
        one = self.lab.daemon(self.lab.upstream(self.lab.unbound))
        for name, kind in (("lab.example", "MX"), ("lab.example", "TXT"), ("svc.lab.example", "HTTPS"),
                           ("odd.lab.example", "TYPE65280"), ("lab.example", "SOA"), ("lab.example", "CAA"),
                           ("_sip._udp.lab.example", "SRV"), ("naptr.lab.example", "NAPTR"),
                           ("_25._tcp.mail.lab.example", "TLSA"), ("sshfp.lab.example", "SSHFP"),
                           ("txt-5000.lab.example", "TXT"), ("many.lab.example", "A")):
            code, said, _ = self.query(one, name, kind)
            self.assertEqual(GOOD, code, said)
            truth = client.tcp(self.lab.knot.port, client.query(name, kind))
            shown = dns_records(said)
            self.assertEqual(client.sections(truth)[1], shown, (name, kind, said))

    def test_query_says_when_there_is_nothing(self):
        """A missing name would look like an error, or like success without words."""
        one = self.start(lambda query: origin.reply(query, rcode=3, authority=["example. 60 SOA ns. host. 1 2 3 4 60"]))
        code, said, _ = self.query(one, "missing.example")
        self.assertIn("NXDOMAIN", said)
        self.assertIn(code, (GOOD, BAD))

    def test_query_failure_has_its_reason(self):
        """SERVFAIL alone tells nobody what is wrong."""
        one = self.start()
        self.proxy.fault = fault.rcode(2)
        code, said, _ = self.query(one, "www.example")
        self.assertEqual(BAD, code)
        self.assertIn("SERVFAIL", said)
        self.assertRegex(said, r"(?i)EDE|extended|\b2[23]\b")

    def test_query_as_json(self):
        """Scripts would have to read what was made for eyes."""
        one = self.start()
        code, said, _ = self.query(one, "www.example", "A", "--json")
        self.assertEqual(GOOD, code)
        answer = json.loads(said)
        self.assertIn("192.0.2.80", json.dumps(answer))
        self.assertIn("NOERROR", json.dumps(answer))

    def test_json_with_odd_octets(self):
        """A name or text with quotes, backslashes or raw octets would break the script's parser."""
        one = self.lab.daemon(self.lab.upstream(self.lab.unbound))
        for name in (r"quote\"semi\;colon.lab.example", r"back\\slash.lab.example", r"high\255octet.lab.example",
                     r"nul\000in.lab.example", r"dot\.in.label.lab.example"):
            code, said, _ = self.query(one, name, "A", "--json")
            self.assertEqual(GOOD, code, (name, said))
            self.assertIn("192.0.2.7", json.dumps(json.loads(said)), name)

    def test_nobody_there(self):
        """A daemon that is not running would look like a name that does not exist."""
        one = self.start()
        self.expect_end(one)
        self.assertEqual("", one.finish())
        code, said, complaint = self.query(one, "www.example")
        self.assertEqual(NO_ANSWER, code)
        self.assertIn("127.0.0.1", said + complaint)

    def test_version(self):
        """A bug report could not say what runs."""
        for how in ("version", "--version"):
            code, said, _ = self.run_it(how)
            self.assertEqual(GOOD, code)
            self.assertRegex(said, r"(?m)^stubborn \d+\.\d+")
            self.assertRegex(said, r"(?i)gnutls.*3\.\d")
            self.assertRegex(said, r"(?i)libuv.*1\.\d")

    def test_help(self):
        """Nobody could find out what there is."""
        for how in ("help", "--help", "-h"):
            code, said, complaint = self.run_it(how)
            self.assertEqual((GOOD, ""), (code, complaint), how)
            for word in ("run", "check", "query", "version"):
                self.assertIn(word, said)
        for command in ("run", "check", "query", "version"):
            code, said, complaint = self.run_it(command, "--help")
            self.assertEqual((GOOD, ""), (code, complaint), command)
            self.assertIn(command, said)

    def test_mistakes(self):
        """A mistyped command in a script would look like success."""
        for args in ((), ("rnu",), ("run", "--nonsense"), ("run", "-c"), ("check", "-c"), ("check", "a", "b"),
                     ("query",), ("query", "a.example", "NOTYPE"), ("query", "a..example"), ("query", "a" * 64),
                     ("query", "a.example", "@not an address"), ("version", "x"), ("query", "a.example", "--yaml")):
            code, said, complaint = self.run_it(*args)
            self.assertEqual((USAGE, ""), (code, said), args)
            self.assertTrue(complaint, args)


def dns_records(text):
    """The records among the lines, in the form of client.sections()."""
    found = {}
    for line in text.splitlines():
        parts = line.split(None, 4)
        if line.startswith(";") or len(parts) < 5 or parts[2] != "IN":
            continue
        kind = dns.rdatatype.from_text(parts[3])
        data = dns.rdata.from_text(dns.rdataclass.IN, kind, parts[4])
        found.setdefault((parts[0].lower(), int(kind)), []).append(data.to_digestable())
    return sorted((name, kind, tuple(sorted(data))) for (name, kind), data in found.items())


if __name__ == "__main__":
    tap.main()
