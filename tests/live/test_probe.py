#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""stubborn probe: what an upstream is like, told by real ones and by some that are not as they should be."""

import json
import os
import subprocess

import dns.flags
import dns.rcode
import dns.rdatatype

from lab import daemon, origin, port, staple, tap
from lab.ca import CA
from lab.signed import SignedCase

WIDTH = 80
GOOD, BAD, USAGE, UNREACHABLE = 0, 1, 2, 3


class ProbeTest(SignedCase):
    def run_probe(self, *args, prefix=()):
        done = subprocess.run([*prefix, daemon.BINARY, "probe", *args], capture_output=True, text=True, timeout=60,
                              env={**os.environ, **daemon.sanitizer_environment(self.lab.directory)})
        self.assertNotRegex(done.stderr, "Sanitizer|runtime error")
        return done.returncode, done.stdout, done.stderr

    def url(self, number, *more):
        """Arguments for a server of the laboratory on that port."""
        return ["tls://" + CA.NAME, "--address", "127.0.0.1@%d" % number, "--ca-file", self.lab.ca.file, *more]

    def doh_url(self, number, path="/dns-query"):
        return ["https://%s:%d%s" % (CA.NAME, number, path), "--address", "127.0.0.1", "--ca-file", self.lab.ca.file]

    def probe(self, *args):
        """The exit code, and what is said of the only upstream."""
        code, out, err = self.run_probe("--json", *args)
        self.assertEqual("", err)
        found, = json.loads(out)["upstreams"]
        return code, found

    def codes(self, found, level="problem"):
        return sorted(finding["code"] for finding in found["findings"] if finding["level"] == level)

    def scripted(self, change, certificate="good", **how):
        """A proxy in front of the iterating unbound whose answers are changed on the way."""
        proxy = self.lab.proxy(certificate=certificate, behind=self.lab.iterating_unbound, **how)
        ask = proxy._origin.ask

        async def changed(wire):
            message = dns.message.from_wire(await ask(wire))
            change(message)
            return message.to_wire(max_size=65535)
        proxy._origin.ask = changed
        return proxy

    # Those that are as they should be.

    def assert_fit(self, code, found):
        self.assertEqual([], self.codes(found), found)
        self.assertTrue(found["fit"])
        self.assertEqual(GOOD, code)
        one, = found["addresses"]
        self.assertTrue(one["reachable"])
        self.assertEqual("TLS1.3", one["tls"]["version"])
        self.assertTrue(one["tls"]["group"] and one["tls"]["suite"])
        shown = one["certificate"]
        self.assertEqual(self.lab.ca.pin("good"), shown["pin"])
        self.assertIn(CA.NAME, shown["subject"])
        self.assertIn("Lab root", shown["issuer"])
        self.assertIn(CA.NAME, shown["names"])
        self.assertIn(shown["days_left"], (29, 30))
        self.assertEqual("none", shown["ocsp"])
        self.assertEqual({"signatures": True, "denial": True, "ds": True}, one["dnssec"])
        self.assertTrue(one["nxdomain_kept"])
        times = one["round_trip_us"]
        self.assertEqual(10, times["count"])
        self.assertTrue(0 < times["min"] <= times["median"] <= times["p95"])
        self.assertEqual(one["asked"], one["answered"])
        return one

    def test_unbound_over_tls(self):
        """A good upstream would be complained about."""
        one = self.assert_fit(*self.probe(*self.url(self.lab.iterating_unbound.port)))
        self.assertTrue(one["tls"]["resumed"])
        self.assertTrue(one["keepalive"])
        self.assertEqual(120000, one["idle_ms"])
        self.assertTrue(one["padded"])
        self.assertIsNone(one["http_version"])

    def test_unbound_over_https(self):
        """The same over HTTPS."""
        one = self.assert_fit(*self.probe(*self.doh_url(self.lab.iterating_unbound.doh_port)))
        self.assertEqual("2", one["http_version"])
        self.assertEqual("h2", one["tls"]["alpn"])
        self.assertTrue(one["tls"]["resumed"])

    def test_kresd(self):
        """Another make would be complained about."""
        one = self.assert_fit(*self.probe(*self.url(self.lab.iterating_kresd.port)))
        self.assertTrue(one["padded"])
        self.assert_fit(*self.probe(*self.doh_url(self.lab.iterating_kresd.doh_port)))

    def test_dnsdist_before_a_server_without_root(self):
        """A front whose resolver refuses the root's records would be called fit."""
        for args in (self.url(self.lab.dnsdist.port), self.doh_url(self.lab.dnsdist.doh_port)):
            code, found = self.probe(*args)
            self.assertEqual(BAD, code)
            one, = found["addresses"]
            self.assertTrue(one["reachable"])
            self.assertEqual(["no-denial", "no-recursion", "no-signatures"], self.codes(found))
            self.assertTrue(one["tls"]["resumed"])
            self.assertEqual(10, one["round_trip_us"]["count"])

    # Those that are not.

    def test_expired_certificate(self):
        """A person would not learn what the server shows, nor how to pin it."""
        proxy = self.lab.proxy(origin.address("192.0.2.1"), "expired")
        code, found = self.probe(*self.url(proxy.port))
        self.assertEqual(UNREACHABLE, code)
        self.assertEqual(["refused"], self.codes(found))
        self.assertRegex(found["findings"][0]["text"], "(?i)expired")
        one, = found["addresses"]
        self.assertFalse(one["reachable"])
        self.assertIn(one["certificate"]["days_left"], (-2, -3))
        self.assertEqual(self.lab.ca.pin("expired"), one["certificate"]["pin"])
        self.assertEqual([], proxy.seen, "not a single question was sent")

    def test_who_is_refused_learns_nothing(self):
        """Somebody else would learn who we are, only because we look at them."""
        proxy = self.lab.proxy(origin.address("192.0.2.1"), "expired")
        proxy.demand_client(self.lab.ca.file)
        mine = self.lab.ca.issue("client_only")
        code, found = self.probe(*self.url(proxy.port, "--client-cert", mine.chain, "--client-key", mine.key))
        self.assertEqual((UNREACHABLE, ["refused"]), (code, self.codes(found)))
        self.assertEqual([], [session.client for session in proxy.sessions if session.client])

    def test_soon_to_expire(self):
        """The day would come as a surprise."""
        type(self.lab.ca)._make_ending = lambda ca, name: ca._leaf(name, until=3)
        self.addCleanup(delattr, type(self.lab.ca), "_make_ending")
        proxy = self.scripted(lambda message: None, certificate="ending")
        code, found = self.probe(*self.url(proxy.port))
        self.assertEqual(BAD, code)
        self.assertEqual(["expires-soon"], self.codes(found))

    def test_self_signed_is_pinned(self):
        """The pin that is shown would be of no use."""
        proxy = self.scripted(lambda message: None, certificate="self_signed")
        code, found = self.probe(*self.url(proxy.port))
        self.assertEqual((UNREACHABLE, ["refused"]), (code, self.codes(found)))
        pin = found["addresses"][0]["certificate"]["pin"]
        code, found = self.probe("tls://" + CA.NAME, "--address", "127.0.0.1@%d" % proxy.port, "--ca-file", "none",
                                 "--pin", pin)
        self.assertEqual([], self.codes(found))
        self.assertEqual(GOOD, code)

    def test_one_address_of_two(self):
        """An address that is down would stay unnoticed as long as another works."""
        dead = "127.0.0.1:%d" % port.free()
        code, found = self.probe(*self.url(self.lab.iterating_unbound.port), "--address", dead)
        self.assertEqual(BAD, code)
        self.assertEqual(["unreachable"], self.codes(found))
        self.assertEqual([dead], found["findings"][0]["addresses"])
        self.assertEqual([True, False], [one["reachable"] for one in found["addresses"]])

    def test_nobody_there(self):
        """A script could not tell a network that is down from an upstream that is odd."""
        code, found = self.probe(*self.url(port.free()))
        self.assertEqual(UNREACHABLE, code)
        self.assertEqual(["unreachable"], self.codes(found))
        self.assertIsNone(found["addresses"][0]["tls"])

    def test_no_tls(self):
        """Somebody who mistook the port would be left alone."""
        proxy = self.lab.proxy(origin.address("192.0.2.1"))
        proxy.greeting = "nonsense"
        code, found = self.probe(*self.url(proxy.port))
        self.assertEqual(UNREACHABLE, code)
        self.assertRegex(found["findings"][0]["text"], "TLS")

    def test_silence_before_tls(self):
        """The command would hang."""
        proxy = self.lab.proxy(origin.address("192.0.2.1"))
        proxy.greeting = "stall"
        code, found = self.probe(*self.url(proxy.port))
        self.assertEqual((UNREACHABLE, ["unreachable"]), (code, self.codes(found)))

    def test_silence_after_tls(self):
        """A front without a resolver would hang the command, or be called fit."""
        proxy = self.lab.proxy(lambda query: None)
        code, found = self.probe(*self.url(proxy.port))
        self.assertEqual((BAD, ["silent"]), (code, self.codes(found)))
        self.assertEqual(0, found["addresses"][0]["answered"])

    def test_opportunistic(self):
        """Who lets anybody pass would not be told whom."""
        proxy = self.scripted(lambda message: None, certificate="expired")
        path = self.lab.path("opportunistic.yaml")
        daemon.write_config(path, {"upstreams": [self.lab.upstream(proxy, profile="opportunistic")]})
        code, found = self.probe("-c", path)
        self.assertEqual((BAD, ["unproven"]), (code, self.codes(found)))

    def doh_server(self, **how):
        server = self.lab.doh_server(origin.address("192.0.2.1"), **how)
        return server, self.doh_url(server.doh_port)

    def test_no_http2(self):
        """A web server that is too old would be called a mystery."""
        server, args = self.doh_server(alpn=("http/1.1",))
        code, found = self.probe(*args)
        self.assertEqual((UNREACHABLE, 1), (code, len(self.codes(found))))
        self.assertRegex(found["findings"][0]["text"], "(?i)HTTP/2|h2|ALPN")
        server, args = self.doh_server()
        server.speak = "http/1.1"
        code, found = self.probe(*args)
        self.assertEqual((BAD, ["silent"]), (code, self.codes(found)))
        self.assertRegex(found["findings"][0]["text"], "HTTP/2|HTTP/1")

    def test_wrong_path(self):
        """A slip in the URL's path would be called a mystery."""
        server, args = self.doh_server()
        server.fault = lambda session, stream, answer: session.answer(stream, b"", status="404")
        code, found = self.probe(*args)
        self.assertEqual((BAD, ["silent"]), (code, self.codes(found)))
        self.assertRegex(found["findings"][0]["text"], "404")
        self.assertRegex(found["findings"][0]["cause"], "path")

    def test_client_certificate(self):
        """An upstream that wants one would look broken though it is not."""
        proxy = self.scripted(lambda message: None)
        proxy.demand_client(self.lab.ca.file)
        mine = self.lab.ca.issue("client_only")
        code, found = self.probe(*self.url(proxy.port, "--client-cert", mine.chain, "--client-key", mine.key))
        self.assertEqual((GOOD, []), (code, self.codes(found)))
        code, found = self.probe(*self.url(proxy.port))
        self.assertNotEqual(GOOD, code)
        self.assertEqual(1, len(self.codes(found)))

    def test_stapled(self):
        """Nobody would know whether a server staples."""
        server = staple.StaplingServer(self.lab.path("gnutls-serv"), self.lab.ca.issue("good"),
                                       [staple.make(self.lab.ca, "good")])
        self.addCleanup(server.stop)
        _, found = self.probe(*self.url(server.port))
        self.assertEqual("good", found["addresses"][0]["certificate"]["ocsp"])

    def test_several_urls(self):
        """They would have to be probed one by one."""
        code, out, err = self.run_probe("--json", "--ca-file", self.lab.ca.file,
                                        "tls://127.0.0.1:%d" % self.lab.iterating_unbound.port,
                                        "https://127.0.0.1:%d/dns-query" % self.lab.iterating_unbound.doh_port)
        self.assertEqual((GOOD, ""), (code, err))
        self.assertEqual([True, True], [found["fit"] for found in json.loads(out)["upstreams"]])

    def test_stripped_signatures(self):
        """All would be bogus through it, and nobody knew why."""
        def strip(message):
            for section in (message.answer, message.authority):
                section[:] = [one for one in section if one.rdtype != dns.rdatatype.RRSIG]
        proxy = self.scripted(strip)
        code, found = self.probe(*self.url(proxy.port))
        self.assertEqual((BAD, ["no-denial", "no-signatures"]), (code, self.codes(found)))
        for finding in found["findings"]:
            if finding["level"] == "problem":
                self.assertTrue(finding["cause"] and finding["remedy"])

    def test_without_validation_they_are_notes(self):
        """Who has switched validation off would be told off for it."""
        proxy = self.scripted(lambda message: message.authority.clear())
        path = self.lab.path("novalidate.yaml")
        daemon.write_config(path, {"upstreams": [self.lab.upstream(proxy)], "dnssec": {"validate": False}})
        code, found = self.probe("-c", path)
        self.assertEqual((GOOD, []), (code, self.codes(found)))
        self.assertIn("no-denial", self.codes(found, "note"))

    def test_stripped_ds_signature(self):
        """Signed zones would look bogus, and nobody knew why."""
        def strip(message):
            if message.question[0].rdtype == dns.rdatatype.DS:
                message.answer.clear()
        code, found = self.probe(*self.url(self.scripted(strip).port))
        self.assertEqual((BAD, ["wrong-ds"]), (code, self.codes(found)))

    def test_rewritten_nxdomain(self):
        """Typing errors would lead to a search page, and nobody knew why."""
        def rewrite(message):
            if message.rcode() == dns.rcode.NXDOMAIN and not message.ednsflags & dns.flags.DO:
                message.set_rcode(dns.rcode.NOERROR)
                message.authority.clear()
                message.answer.append(dns.rrset.from_text(message.question[0].name, 60, "IN", "A", "203.0.113.7"))
        proxy = self.scripted(rewrite)
        code, found = self.probe(*self.url(proxy.port))
        self.assertEqual((BAD, ["nxdomain"]), (code, self.codes(found)))
        self.assertFalse(found["addresses"][0]["nxdomain_kept"])
        text, = [finding["text"] for finding in found["findings"] if finding["code"] == "nxdomain"]
        self.assertIn("NOERROR with A 203.0.113.7", text)

    def test_one_answer_a_connection(self):
        """A server that closes after each answer would be called unsteady."""
        proxy = self.scripted(lambda message: None)
        proxy.cut_after = (2, "notify")
        code, found = self.probe(*self.url(proxy.port))
        self.assertEqual((GOOD, []), (code, self.codes(found)), found)
        one, = found["addresses"]
        self.assertEqual(one["asked"], one["answered"], "what is asked again is one question")

    # How it is told.

    def test_table(self):
        """It could not be read on a terminal."""
        name = self.lab.path("two.yaml")
        expired = self.lab.proxy(origin.address("192.0.2.1"), "expired")
        daemon.write_config(name, {"upstreams": [
            self.lab.upstream(self.lab.iterating_unbound, "fine"), self.lab.upstream(expired, "old")]})
        code, out, err = self.run_probe("-c", name)
        self.assertEqual((BAD, ""), (code, err))
        for line in out.splitlines():
            self.assertTrue(len(line) <= WIDTH or " " not in line.strip(), line)
        self.assertRegex(out, r"(?m)^fine .*  fit$")
        self.assertRegex(out, r"(?m)^old .*  1 problem$")
        self.assertIn("  pin         %s\n" % self.lab.ca.pin("good"), out)
        self.assertRegex(out, r"min [\d.]+ ms, median [\d.]+ ms, p95 [\d.]+ ms, of 10 queries")
        self.assertRegex(out, r"EXPIRED 2 days ago")

    def test_hostile_names(self):
        """A server could write on the terminal of who probes it, or show one name as if it were another's."""
        proxy = self.scripted(lambda message: None, certificate="odd_names")
        code, found = self.probe(*self.url(proxy.port))
        self.assertEqual((GOOD, []), (code, self.codes(found)))
        shown = found["addresses"][0]["certificate"]
        self.assertEqual('"%s", "a\\", \\"b", "c\\1B[2J"' % CA.NAME, shown["names"])
        self.assertEqual('CN=d\\"\\1B[2J', shown["subject"])
        code, out, err = self.run_probe(*self.url(proxy.port))
        self.assertEqual((GOOD, ""), (code, err))
        self.assertRegex(out, r"^[\n -~]*$")
        self.assertIn('certificate CN=d\\"\\1B[2J\n', out)
        self.assertIn('names       "%s", "a\\", \\"b", "c\\1B[2J"\n' % CA.NAME, out)
        code, out, err = self.run_probe("--json", *self.url(proxy.port))
        self.assertRegex(out, r"^[\n -~]*$")

    def test_usage(self):
        """A slip would be probed as if it were meant."""
        for args in (["--pin", "sha256/x"], ["udp://127.0.0.1"], ["tls://127.0.0.1", "--pin", "x"], ["--nothing"],
                     ["-c", "x", "tls://127.0.0.1"], ["tls://127.0.0.1", "--ca-file", "/nowhere"]):
            code, out, err = self.run_probe(*args)
            self.assertEqual((USAGE, ""), (code, out), args)
            self.assertTrue(err, args)
        self.assertEqual(BAD, self.run_probe("-c", "/nowhere.yaml")[0])
        self.assertEqual(GOOD, self.run_probe("--help")[0])

    def plain(self, *addresses):
        """A plain server that knows where the laboratory's servers are."""
        def answer(query):
            question = query.question[0]
            known = question.name.to_text().rstrip(".") == CA.NAME and question.rdtype == dns.rdatatype.A
            return origin.reply(query, *["@ 300 A " + one for one in addresses if known],
                                authority=() if known and addresses else ["@ 60 SOA ns. host. 1 2 3 4 60"])
        return self.lab.plain(answer)

    def test_known_by_its_name_alone(self):
        """Its address would have to be looked up by hand, and where the daemon looks it up nobody would know."""
        proxy, plain = self.scripted(lambda message: None), self.plain("127.0.0.1")
        url = "tls://%s:%d" % (CA.NAME, proxy.port)
        code, found = self.probe(url, "--bootstrap", plain.address, "--ca-file", self.lab.ca.file)
        self.assertEqual((GOOD, []), (code, self.codes(found)), found)
        self.assertEqual(["127.0.0.1:%d" % proxy.port], [one["address"] for one in found["addresses"]])
        self.assertEqual("127.0.0.1:%d" % plain.port, found["looked_up_at"])
        self.assertEqual({(CA.NAME, "A"), (CA.NAME, "AAAA")}, {
            (name.rstrip("."), kind) for name, kind in plain.questions()}, "and nothing else in clear")
        path = self.lab.path("named.yaml")
        daemon.write_config(path, {"upstreams": [
            {"url": url, "name": "named", "ca-file": self.lab.ca.file},
            self.lab.upstream(self.lab.iterating_unbound, "written")], "bootstrap": [plain.address]})
        code, out, err = self.run_probe("-c", path)
        self.assertEqual((GOOD, ""), (code, err), out)
        self.assertIn("  looked up   at 127.0.0.1:%d\n" % plain.port, out)
        self.assertEqual(1, out.count("looked up"))

    def test_nobody_knows_where_it_is(self):
        """Nobody would know who was asked, and what came; and the others would not be probed."""
        url, plain = "https://%s/dns-query" % CA.NAME, self.plain()
        code, found = self.probe(url, "--bootstrap", plain.address)
        self.assertEqual((UNREACHABLE, ["not-found"], []), (code, self.codes(found), found["addresses"]))
        self.assertEqual(
            "%s was looked up at 127.0.0.1:%d, and that name has no address; check the name, ask others by --bootstrap "
            "SERVER, or write --address ADDRESS" % (CA.NAME, plain.port), found["findings"][0]["text"])
        plain.hold()
        path = self.lab.path("unknown.yaml")
        daemon.write_config(path, {"upstreams": [
            {"url": url, "name": "lost"}, self.lab.upstream(self.lab.iterating_unbound, "written")],
            "bootstrap": [plain.address]})
        code, out, err = self.run_probe("-c", path)
        self.assertEqual((BAD, ""), (code, err), out)
        self.assertRegex(out, r"(?m)^lost .*  1 problem$")
        self.assertIn("  addresses   NOT KNOWN, as told below\n", out)
        self.assertRegex(" ".join(out.split()), "looked up at 127.0.0.1:%d, and no answer came in time" % plain.port)
        self.assertRegex(out, r"(?m)^written .*  fit$")

    def test_not_looked_up_at_ourselves(self):
        """The daemon cannot find it there either."""
        path = self.lab.path("ourselves.yaml")
        daemon.write_config(path, {"listen": ["127.0.0.1:5353"], "bootstrap": ["127.0.0.1@5353"],
                                   "upstreams": ["tls://dns.example"]})
        code, found = self.probe("-c", path)
        self.assertEqual((UNREACHABLE, ["not-found"]), (code, self.codes(found)))
        self.assertIsNone(found["looked_up_at"])
        self.assertIn("as 127.0.0.1:5353 is ourselves; write addresses: [ADDRESS, ...]", found["findings"][0]["text"])

    def test_the_networks_own_resolver(self):
        """It would be asked nowhere, or stubborn itself, which does not know it either."""
        if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
            self.skipTest("no mount namespace can be made")
        resolv = self.lab.path("resolv.conf")
        hidden = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolv]
        for server, text in (("127.0.0.1", "as 127.0.0.1:53 is ourselves; write --address ADDRESS, or --bootstrap SERVER"),
                             ("127.0.0.78", "was looked up at 127.0.0.78:53, and none of them could be reached")):
            with open(resolv, "w", encoding="ascii") as out:
                out.write("nameserver %s\n" % server)
            code, out, err = self.run_probe("--json", "tls://dns.example", prefix=hidden)
            self.assertEqual((UNREACHABLE, ""), (code, err))
            finding, = json.loads(out)["upstreams"][0]["findings"]
            self.assertIn(text, finding["text"])

    def test_only_those_it_was_told(self):
        """Questions would go to strangers."""
        proxy, other = self.scripted(lambda message: None), self.scripted(lambda message: None)
        self.probe(*self.url(proxy.port))
        self.assertTrue(proxy.seen)
        self.assertEqual(([], []), (other.seen, other.sessions))


if __name__ == "__main__":
    tap.main()
