# SPDX-License-Identifier: MIT
"""A throw-away certification authority, good and bad certificates, all by certtool."""

import base64
import collections
import datetime
import hashlib
import os
import subprocess

Certificate = collections.namedtuple("Certificate", "chain key dh")

ROOT = ["ca", "cert_signing_key", 'cn = "Lab root"']
DAY = datetime.timedelta(days=1)


def _date(days):
    """A moment that many days from now, as certtool templates spell it."""
    return (datetime.datetime.now(datetime.timezone.utc) + days * DAY).strftime("%Y-%m-%d %H:%M:%S UTC")


class CA:
    """Issues what a test asks for, each certificate once."""

    NAME = "resolver.lab.example"

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        self._made = {}
        self._key("root", "ecdsa")
        self._sign("root", [*ROOT, "expiration_days = 3650"], self_signed=True)
        self.file = self._path("root.pem")
        self._certtool("--get-dh-params", "--bits=2048", "--outfile", self._path("dh.pem"))

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _certtool(self, *args):
        done = subprocess.run(["certtool", *args], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError("certtool %s: %s" % (" ".join(args), done.stderr))

    def _key(self, name, kind):
        strength = {"ecdsa": ["--key-type=ecdsa", "--curve=secp256r1"], "rsa1024": ["--key-type=rsa", "--bits=1024"],
                    "rsa2048": ["--key-type=rsa", "--bits=2048"], "rsa3072": ["--key-type=rsa", "--bits=3072"]}[kind]
        self._certtool("--generate-privkey", "--no-text", *strength, "--outfile", self._path(name + ".key"))

    def _sign(self, name, template, signer="root", self_signed=False, digest="SHA256"):
        path = self._path(name + ".template")
        with open(path, "w", encoding="ascii") as out:
            out.write("\n".join(template) + "\n")
        args = ["--template", path, "--no-text", "--hash", digest, "--load-privkey", self._path(name + ".key"),
                "--outfile", self._path(name + ".pem")]
        if self_signed:
            args += ["--generate-self-signed"]
        else:
            args += ["--generate-certificate", "--load-ca-certificate", self._path(signer + ".pem"),
                     "--load-ca-privkey", self._path(signer + ".key")]
        self._certtool(*args)

    def issue(self, kind):
        """The certificate of that kind (a method below), with the chain a server would send."""
        if kind not in self._made:
            chain = getattr(self, "_make_" + kind)(kind)
            path = self._path(kind + ".chain")
            with open(path, "w", encoding="ascii") as out:
                for name in chain:
                    with open(self._path(name + ".pem"), encoding="ascii") as part:
                        out.write(part.read())
            self._made[kind] = Certificate(path, self._path(kind + ".key"), self._path("dh.pem"))
        return self._made[kind]

    def pin(self, name):
        """The pin of the certificate of that name (a kind, "root", "between"), as OpenSSL calculates it."""
        if name not in ("root", "between"):
            self.issue(name)
        spki = self._openssl(["pkey", "-pubin", "-outform", "DER"],
                             self._openssl(["x509", "-in", self._path(name + ".pem"), "-pubkey", "-noout"]))
        return "sha256/" + base64.b64encode(hashlib.sha256(spki).digest()).decode("ascii")

    @staticmethod
    def _openssl(args, data=None):
        done = subprocess.run(["openssl", *args], input=data, capture_output=True)
        if done.returncode:
            raise RuntimeError("openssl %s: %s" % (" ".join(args), done.stderr))
        return done.stdout

    def revoked(self, *kinds):
        """A list of revoked certificates with those in it."""
        path, template = self._path("crl.pem"), self._path("crl.template")
        with open(template, "w", encoding="ascii") as out:
            out.write("crl_next_update = 30\ncrl_number = 1\n")
        args = []
        for kind in kinds:
            self.issue(kind)
            args += ["--load-certificate", self._path(kind + ".pem")]
        self._certtool("--generate-crl", "--load-ca-certificate", self._path("root.pem"), "--load-ca-privkey",
                       self._path("root.key"), *args, "--template", template, "--outfile", path)
        return path

    def _leaf(self, name, key="ecdsa", dns=NAME, address="127.0.0.1", use="tls_www_server", since=-1, until=30, more=(),
              **how):
        template = [*more, 'cn = "%s"' % (dns or self.NAME), "signing_key", "encryption_key", use,
                    'activation_date = "%s"' % _date(since), 'expiration_date = "%s"' % _date(until)]
        if dns:
            template.append('dns_name = "%s"' % dns)
        if address:
            template.append('ip_address = "%s"' % address)
        self._key(name, key)
        self._sign(name, template, **how)
        return [name]

    def _make_good(self, name):
        return self._leaf(name)

    def _make_good_rsa(self, name):
        return self._leaf(name, key="rsa2048")

    def _make_wrong_name(self, name):
        return self._leaf(name, dns="someone-else.example", address=None)

    def _make_wrong_address(self, name):
        return self._leaf(name, address="192.0.2.77")

    def _make_cn_only(self, name):
        return self._leaf(name, dns=None, address=None)

    def _make_expired(self, name):
        return self._leaf(name, since=-20, until=-2)

    def _make_not_yet_valid(self, name):
        return self._leaf(name, since=5, until=30)

    def _make_self_signed(self, name):
        return self._leaf(name, self_signed=True)

    def _make_unknown_ca(self, name):
        self._key("stranger", "ecdsa")
        self._sign("stranger", ["ca", "cert_signing_key", 'cn = "Stranger"', "expiration_days = 3650"],
                   self_signed=True)
        return self._leaf(name, signer="stranger")

    def _make_weak_leaf(self, name):
        return self._leaf(name, key="rsa1024")

    def _make_weak_intermediate(self, name):
        self._key("weak-ca", "rsa1024")
        self._sign("weak-ca", ["ca", "cert_signing_key", 'cn = "Weak intermediate"', "expiration_days = 365"])
        return [*self._leaf(name, signer="weak-ca"), "weak-ca"]

    def _make_intermediate(self, name):
        self._key("between", "ecdsa")
        self._sign("between", ["ca", "cert_signing_key", 'cn = "Intermediate"', "expiration_days = 365"])
        return [*self._leaf(name, signer="between"), "between"]

    def _make_not_a_ca(self, name):
        self.issue("good")
        return [*self._leaf(name, signer="good"), "good"]

    def _make_client_only(self, name):
        return self._leaf(name, use="tls_www_client")

    def _make_odd_names(self, name):
        """Names that certtool would not write: one that looks like two, and one that talks to a terminal."""
        names = b"".join(b"\x82%c%s" % (len(one), one) for one in (self.NAME.encode("ascii"), b'a", "b', b"c\x1b[2J"))
        self._key(name, "ecdsa")
        with open(self._path(name + ".extensions"), "w", encoding="ascii") as out:
            out.write("subjectAltName = DER:30%02x%s\nextendedKeyUsage = serverAuth\n" % (len(names), names.hex()))
        asked = self._openssl(["req", "-new", "-key", self._path(name + ".key"), "-subj", "/CN=d\"\x1b[2J"])
        self._openssl(["x509", "-req", "-days", "30", "-CA", self.file, "-CAkey", self._path("root.key"),
                       "-set_serial", "77", "-extfile", self._path(name + ".extensions"),
                       "-out", self._path(name + ".pem")], asked)
        return [name]

    def _make_other(self, name):
        return self._leaf(name)

    def _make_must_staple(self, name):
        return self._leaf(name, more=["tls_feature = 5"])

    def _make_client_of_stranger(self, name):
        self.issue("unknown_ca")
        return self._leaf(name, signer="stranger", use="tls_www_client")

    def _make_sha1(self, name):
        return self._leaf(name, digest="SHA1")
