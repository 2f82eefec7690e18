#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""S5: an upstream that wants to know who we are."""

import os
import shutil
import subprocess

from lab import client, daemon, origin, tap
from lab.case import LiveCase

TRUE, CLOSED = "192.0.2.80", "203.0.113.66"
MODULE = "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"


class ClientCertificatesTest(LiveCase):
    def identity(self, kind="client_only"):
        """The keys of an upstream that is shown that certificate."""
        certificate = self.lab.ca.issue(kind)
        return {"client-cert": certificate.chain, "client-key": certificate.key}

    def start(self, offer="good", env=None, **keys):
        """A first upstream that wants a certificate, a second that does not."""
        self.closed = self.lab.proxy(origin.address(CLOSED), offer=offer)
        self.closed.demand_client(self.lab.ca.file)
        self.open = self.lab.proxy(origin.address(TRUE))
        self.one = self.lab.daemon(self.lab.upstream(self.closed, "closed", **keys),
                                   self.lab.upstream(self.open, "open"), env=env or {})

    def ask(self, name="www.example"):
        return client.addresses(client.udp(self.one.port, client.query(name)))

    def assert_known(self, offer="good", env=None, **keys):
        self.start(offer, env, **keys)
        self.assertEqual([CLOSED], self.ask())
        subject = dict(pair[0] for pair in self.closed.sessions[-1].client["subject"])
        self.assertEqual({"commonName": self.lab.ca.NAME}, subject)

    def assert_refused(self, offer, pattern, **keys):
        self.start(offer, **keys)
        for number in range(4):
            self.assertEqual([TRUE], self.ask("n%d.example" % number))
        self.assertRegex(self.one.await_line("closed is down"), pattern)
        self.assertEqual(1, len(self.one.matching("closed is down")), "once, not once per try")

    def check(self, **keys):
        """What stubborn check says about such an upstream."""
        path = self.lab.path("check.yaml")
        daemon.write_config(path, {"upstreams": [{"url": "tls://9.9.9.9", "ca-file": self.lab.ca.file, **keys}]})
        done = subprocess.run([daemon.BINARY, "check", "-c", path], capture_output=True, text=True, check=False,
                              env={**os.environ, **daemon.sanitizer_environment(self.lab.directory)})
        return done.returncode, done.stdout + done.stderr

    def assert_fault(self, pattern, **keys):
        code, said = self.check(**keys)
        self.assertEqual(1, code, said)
        self.assertRegex(said, r"(?m)check\.yaml:\d+: .*" + pattern)

    def test_shown(self):
        """A resolver for members only could not be used."""
        for offer in ("tls1.3", "tls1.2"):
            self.assert_known(offer, **self.identity())

    def test_shown_to_nobody_else(self):
        """Everybody else would learn who asks."""
        self.start(**self.identity())
        self.open.demand_client(self.lab.ca.file)
        self.closed.refuse()
        client.udp(self.one.port, client.query("www.example"))
        self.one.await_line("open is down: .*wants a client certificate")

    def test_resumed(self):
        """A session that is resumed would be nobody's."""
        self.start("tls1.3", **self.identity())
        self.ask()
        self.closed.cut_all()
        self.assertEqual([CLOSED], self.ask("n.example"))
        self.assertEqual([False, True], [session.resumed for session in self.closed.sessions])

    def test_not_resumed_by_another(self):
        """Who has no certificate, or another one, would go on as who had one."""
        state = self.lab.path("state")
        os.makedirs(state)
        proxy = self.lab.proxy(origin.address(CLOSED), offer="tls1.3")
        proxy.demand_client(self.lab.ca.file)
        for keys, told in ((self.identity(), "closed: connected to"), ({}, "closed is down: .*wants a client certificate"),
                           (self.identity(), "closed: connected to .* resumed")):
            one = self.lab.daemon(self.lab.upstream(proxy, "closed", **keys),
                                  **{"state-dir": state, "cache": {"persist": False}})
            client.udp(one.port, client.query("www.example"))
            one.await_line(told)
            self.lab.daemons.remove(one)
            self.assertEqual("", one.finish())

    def test_none(self):
        """Nobody would know what the server wants."""
        for offer in ("tls1.3", "tls1.2"):
            self.assert_refused(offer, "wants a client certificate.*client-cert:")

    def test_one_that_is_not_accepted(self):
        """Nobody would know which of the many certificates on the way it is about."""
        for offer in ("tls1.3", "tls1.2"):
            self.assert_refused(offer, "does not accept the client certificate", **self.identity("client_of_stranger"))

    def test_a_key_that_others_can_read(self):
        """Whoever is on this machine would be us."""
        keys = self.identity()
        key = self.lab.path("open.key")
        shutil.copy(keys["client-key"], key)
        for mode in (0o640, 0o604, 0o660):
            os.chmod(key, mode)
            self.assert_fault("client-key: .*mode %03o.*chmod 600 %s" % (mode, key), **{**keys, "client-key": key})
        os.chmod(key, 0o400)
        self.assertEqual(0, self.check(**{**keys, "client-key": key})[0])

    def test_wrong_files(self):
        """A mistake would show on the day when the upstream is needed."""
        keys = self.identity()
        other = self.identity("other")
        self.assert_fault("client-cert: .*No such file", **{**keys, "client-cert": "/nowhere/me.pem"})
        self.assert_fault("client-key: .*No such file", **{**keys, "client-key": "/nowhere/me.key"})
        self.assert_fault("client-cert: .*BEGIN CERTIFICATE", **{**keys, "client-cert": keys["client-key"]})
        self.assert_fault("client-key: .*not the key of the certificate", **{**keys, "client-key": other["client-key"]})
        self.assert_fault("client-key is missing|write client-key", **{"client-cert": keys["client-cert"]})
        self.assert_fault("write client-cert", **{"client-key": keys["client-key"]})
        encrypted = self.lab.path("encrypted.key")
        subprocess.run(["openssl", "pkey", "-in", keys["client-key"], "-aes256", "-passout", "pass:x", "-out",
                        encrypted], check=True, capture_output=True)
        os.chmod(encrypted, 0o600)
        self.assert_fault("client-key: .*encrypted", **{**keys, "client-key": encrypted})

    def token(self):
        """A software token with the client's certificate and key; the environment that finds it, and its URI."""
        if not os.path.exists(MODULE):
            self.skipTest("SoftHSM is not installed")
        directory = self.lab.path("token-%d" % len(self.lab.daemons))
        os.makedirs(os.path.join(directory, "tokens"), exist_ok=True)
        path = os.path.join(directory, "softhsm2.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write("directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n" % directory)
        env = {**os.environ, "SOFTHSM2_CONF": path}
        certificate = self.lab.ca.issue("client_only")

        def run(*args):
            subprocess.run(args, check=True, capture_output=True, env=env)
        run("softhsm2-util", "--init-token", "--free", "--label", "lab", "--pin", "4711", "--so-pin", "0815")
        uri = "pkcs11:token=lab;object=me"
        for kind, file in (("--load-certificate", certificate.chain), ("--load-privkey", certificate.key)):
            run("p11tool", "--provider", MODULE, "--login", "--set-pin", "4711", "--write", "--label", "me", "--id",
                "01", kind, file, "pkcs11:token=lab")
        return {"SOFTHSM2_CONF": path}, uri

    def test_token(self):
        """A key that must not lie in a file could not be used."""
        env, uri = self.token()
        pin = self.lab.path("pin")
        with open(pin, "w", encoding="ascii") as out:
            out.write("4711")
        os.chmod(pin, 0o600)
        for secret in ("pin-value=4711", "pin-source=" + pin, "pin-source=file:" + pin):
            for offer in ("tls1.3", "tls1.2"):
                self.assert_known(offer, env, **{"client-cert": uri + ";type=cert",
                                                 "client-key": uri + ";type=private?" + secret})
                self.assertNotIn("4711", self.one.output())

    def test_token_with_a_wrong_pin(self):
        """The PIN would stand in the log, or nobody would know what is wrong."""
        env, uri = self.token()
        os.environ.update(env)
        self.addCleanup(os.environ.pop, "SOFTHSM2_CONF")
        pin = self.lab.path("open-pin")
        with open(pin, "w", encoding="ascii") as out:
            out.write("9999")
        os.chmod(pin, 0o644)
        self.assert_fault("client-key: pkcs11:.*chmod 600 " + pin, **{"client-cert": uri + ";type=cert",
                          "client-key": uri + "?pin-source=" + pin})
        for key in (uri + ";type=private?pin-value=9999", uri + ";type=private", "pkcs11:token=other;object=me"):
            code, said = self.check(**{"client-cert": uri + ";type=cert", "client-key": key})
            self.assertEqual(1, code, said)
            self.assertRegex(said, r"check\.yaml:\d+: client-key: pkcs11:.*")
            self.assertNotIn("9999", said)


if __name__ == "__main__":
    tap.main()
