#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""stubborn check: every error at once, where it is, and what would be right."""

import os
import re
import subprocess

from lab import daemon, tap
from lab.case import LiveCase


class CheckTest(LiveCase):
    def check(self, text):
        path = self.lab.path("stubborn.yaml")
        daemon.write_config(path, text)
        done = subprocess.run([daemon.BINARY, "check", "-c", path], capture_output=True, text=True, timeout=20,
                              env={**os.environ, **daemon.sanitizer_environment(self.lab.directory)})
        return done.returncode, done.stdout + done.stderr

    def assert_good(self, text):
        code, said = self.check(text)
        self.assertEqual(0, code, "%s\n%s" % (text, said))

    def assert_error(self, text, line, pattern):
        code, said = self.check(text)
        self.assertEqual(1, code, text + said)
        self.assertRegex(said, r"(?m)stubborn\.yaml:%d: .*%s" % (line, pattern), text)

    def test_empty_file(self):
        """Built-in defaults would need a file to be filled in."""
        for text in ("", "\n", "# only a remark\n", "---\n"):
            self.assert_good(text)

    def test_small_things_just_work(self):
        """People would trip over brackets, single strings and ports."""
        for text in ("listen: 127.0.0.1\n", "listen: ::1\n", "listen: '[::1]'\n",
                     "listen: ['[::1]:5300', 127.0.0.1:5300]\n",
                     "upstreams: tls://9.9.9.9\n", "upstreams: [tls://9.9.9.9, 'tls://[2620:fe::fe]']\n",
                     "upstreams:\n  - url: tls://dns.quad9.net\n    addresses: 9.9.9.9\n",
                     "upstreams:\n  - url: tls://dns.quad9.net:853\n    addresses: [9.9.9.9@853, '2620:fe::fe@853']\n",
                     "upstreams:\n  - url: tls://bücher.example\n    addresses: [9.9.9.9]\n",
                     "allow: 192.168.0.0/16\nlisten: 0.0.0.0\n", "workers: auto\n", "workers: 2\n",
                     "cache: {size: 1MiB, min-ttl: 5s, max-ttl: 2h, max-negative-ttl: 1m}\n",
                     "limits: {query-time: 1500ms, tcp-clients: 10, tcp-idle: 1m, in-flight: 10, udp-size: 512}\n",
                     "log: {level: debug, queries: failed}\n", "tls: {min-version: '1.3', ca-file: ''}\n",
                     "user: ''\nstate-dir: ''\nstrategy: ordered\n"):
            self.assert_good(text)

    def test_the_example_of_ours(self):
        """The file that we install would not be understood by ourselves."""
        path = os.path.join(daemon.ROOT, "etc", "stubborn.yaml")
        with open(path, encoding="utf-8") as example:
            text = example.read()
        self.assert_good(text)
        keys = re.sub(r"(?m)^#(?=[a-z -]+:| {2,}|\}|- )", "", text)
        self.assertGreater(len(re.findall(r"(?m)^[a-z-]+:", keys)), 5, "it shows the keys")

    def test_unknown_keys_suggest_the_nearest(self):
        """A mistyped protection would not be there, and nobody would know."""
        self.assert_error("\nlisten: 127.0.0.1\nupstream: tls://9.9.9.9\n", 3, "upstream.*upstreams")
        self.assert_error("cache:\n  sise: 1MiB\n", 2, "sise.*size")
        self.assert_error("upstreams:\n  - url: tls://9.9.9.9\n    adresses: [9.9.9.9]\n", 3, "adresses.*addresses")

    def test_keys_not_built_yet(self):
        """People would believe in a protection that is not there."""
        for text in ("block: {lists: [/x]}\n", "rebind-protection: {enabled: true}\n"):
            code, said = self.check(text)
            self.assertEqual(1, code, text + said)
            self.assertRegex(said, r"stubborn\.yaml:\d+: ", text)

    def test_all_errors_at_once(self):
        """People would mend one error, try again, and find the next."""
        code, said = self.check("listen: 127.0.0.1:99999\n"
                                "workers: many\n"
                                "allow: [10.0.0.0/33]\n"
                                "upstreams:\n"
                                "  - url: http://dns.example\n"
                                "  - url: tls://dns.example\n"
                                "    addresses: [not-an-address]\n"
                                "cache: {size: 5 apples, max-ttl: soon}\n"
                                "limits: {udp-size: 100}\n"
                                "log: {level: loud}\n"
                                "strategy: best\n"
                                "routes:\n"
                                "  - domains: [a.example]\n"
                                "    upstreams: [nobody]\n")
        self.assertEqual(1, code)
        lines = {int(number) for number in re.findall(r"stubborn\.yaml:(\d+): ", said)}
        self.assertEqual({1, 2, 3, 5, 8, 9, 10, 11, 14}, lines - {6, 7}, said)
        self.assertTrue(lines & {6, 7}, "an address: its own line, or that of its upstream")
        self.assertEqual(2, len(re.findall(r"stubborn\.yaml:8: ", said)), "both of line 8")

    def test_wrong_values(self):
        """A value that is not understood would be taken for zero, or for the default."""
        for text, line, pattern in (("listen: 127.0.0.1:port\n", 1, "port"), ("listen: 1.2.3\n", 1, r"1\.2\.3"),
                                    ("\n\nworkers: 0\n", 3, "workers|0"), ("workers: -1\n", 1, "-1"),
                                    ("cache: {size: 0}\n", 1, "size|0"), ("limits: {query-time: 5}\n", 1, "5"),
                                    ("limits: {udp-size: 70000}\n", 1, "70000"),
                                    ("upstreams: []\n", 1, "upstream"),
                                    ("tls: {min-version: '1.0'}\n", 1, r"1\.0|1\.2"),
                                    ("listen: {a: b}\n", 1, ""), ("cache: yes\n", 1, "cache"),
                                    ("log: {level: [info]}\n", 1, ""),
                                    ("listen: 127.0.0.1\nlisten: ::1\n", 2, "listen")):
            self.assert_error(text, line, pattern)

    def test_broken_yaml(self):
        """A missing bracket would be reported somewhere else, or not at all."""
        self.assert_error("listen: [127.0.0.1\nworkers: 1\n", 2, "")
        code, said = self.check("cache: {size: 1MiB\n")
        self.assertEqual(1, code, said)
        for text in ("\tlisten: 127.0.0.1\n", "- a\n- b\n", "just words\n", "a: &x [*x]\n", "\x00\x01\x02"):
            code, said = self.check(text)
            self.assertEqual(1, code, "%r %s" % (text, said))

    def test_damaged_anchors(self):
        """A mistyped anchor would validate nothing below it."""
        path = self.lab.path("anchors")
        with open(path, "w", encoding="utf-8") as file:
            file.write("; ours\nexample. DS 1 8 2 abcd\n")
        self.assert_error("dnssec:\n  trust-anchors:\n    - %s\n" % path, 3, r"anchors:2: .*digest")
        self.assert_error("dnssec:\n  trust-anchors: /nowhere/anchors\n", 2, "/nowhere/anchors.*No such file")

    def test_a_negative_anchor_that_has_ended(self):
        """A machine that was off that day would not start any more, or nobody would learn why it counts no longer."""
        text = "dnssec:\n  negative-trust-anchors:\n    - {name: broken.example, until: %s}\n"
        code, said = self.check(text % "2020-01-31")
        self.assertEqual(0, code, said)
        self.assertRegex(said, r"stubborn\.yaml:3: note: .*broken\.example ended with 2020-01-31")
        code, said = self.check(text % "9999-12-31")
        self.assertEqual(0, code, said)
        self.assertNotIn("note", said)

    def test_two_upstreams_of_one_name(self):
        """A route would mean one of them, and nobody knows which."""
        self.assert_error("upstreams:\n  - {url: tls://9.9.9.9, name: a}\n  - {url: tls://1.1.1.1, name: a}\n", 3, "a")

    def test_two_routes_for_one_domain(self):
        """Which of them counts would be guessed."""
        self.assert_error("upstreams: [tls://9.9.9.9]\nroutes:\n  - {domains: a.example, upstreams: 9.9.9.9}\n"
                          "  - {domains: [b.example, A.example.], upstreams: 9.9.9.9}\n", 4, r"[Aa]\.example")

    def test_missing_file(self):
        """A mistyped path would be taken for an empty file."""
        done = subprocess.run([daemon.BINARY, "check", "-c", "/nowhere/stubborn.yaml"], capture_output=True, text=True,
                              timeout=20)
        self.assertEqual(1, done.returncode)
        self.assertIn("/nowhere/stubborn.yaml", done.stderr)


if __name__ == "__main__":
    tap.main()
