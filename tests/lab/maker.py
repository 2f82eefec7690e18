# SPDX-License-Identifier: MIT
"""Zones signed by three makes: knot's kzonesign, BIND's dnssec-signzone, and ldns-signzone."""

import base64
import collections
import os
import subprocess
import time

import dns.rdata
from cryptography.hazmat.primitives.asymmetric import ec

DAY_S = 86400
RSA = (5, 7, 8, 10)
ZSK_BITS, KSK_BITS = 1024, 2048
NAMES = {5: "RSASHA1", 7: "NSEC3RSASHA1", 8: "RSASHA256", 10: "RSASHA512", 13: "ECDSAP256SHA256",
         14: "ECDSAP384SHA384", 15: "ED25519", 16: "ED448"}
KNOT_NAMES = {**{number: name.lower() for number, name in NAMES.items()}, 7: "rsasha1-nsec3-sha1"}
LDNS_NAMES = {**NAMES, 7: "RSASHA1_NSEC3"}

# How to sign. denial: nsec, nsec3 or optout. since and until: days from now. keys: what BIND is to do, see Key.
How = collections.namedtuple("How", "algorithm denial iterations salt since until keys")
# role: ksk or zsk. Of those that do not sign the zone has the DNSKEY only.
Key = collections.namedtuple("Key", "role algorithm signs")


def how(algorithm=13, denial="nsec", iterations=0, salt="-", since=-2, until=20, keys=None):
    return How(algorithm, denial, iterations, salt, since, until,
               keys or (Key("ksk", algorithm, True), Key("zsk", algorithm, True)))


def _run(*argv, directory):
    done = subprocess.run(argv, cwd=directory, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError("%s: %s" % (" ".join(argv), done.stderr + done.stdout))
    return done.stdout.strip()


def _date(days):
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + days * DAY_S))


KNOT_CONFIG = """\
database:
    storage: "%(dir)s"
policy:
  - id: own
    algorithm: %(algorithm)s
%(sizes)s    nsec3: %(nsec3)s
    nsec3-opt-out: %(optout)s
    nsec3-iterations: %(iterations)d
    nsec3-salt-length: 0
    rrsig-lifetime: %(lifetime)d
    rrsig-refresh: 1d
    rrsig-pre-refresh: 0
    cds-cdnskey-publish: none
zone:
  - domain: "%(name)s"
    file: "%(file)s"
    dnssec-policy: own
"""


def knot(directory, name, text, how):
    """Keys of its own choice, signatures from now on; returns the signed zone as text."""
    source, config = os.path.join(directory, "zone"), os.path.join(directory, "knot.conf")
    with open(source, "w", encoding="ascii") as out:
        out.write(text)
    sizes = "    zsk-size: %d\n    ksk-size: %d\n" % (ZSK_BITS, KSK_BITS) if how.algorithm in RSA else ""
    with open(config, "w", encoding="ascii") as out:
        out.write(KNOT_CONFIG % {
            "dir": directory, "algorithm": KNOT_NAMES[how.algorithm], "sizes": sizes, "name": name, "file": source,
            "nsec3": "off" if how.denial == "nsec" else "on", "optout": "on" if how.denial == "optout" else "off",
            "iterations": how.iterations, "lifetime": how.until * DAY_S})
    os.mkdir(os.path.join(directory, "signed"))
    _run("kzonesign", "-c", config, "-o", os.path.join(directory, "signed"), name, directory=directory)
    with open(os.path.join(directory, "signed", "zone"), encoding="ascii") as made:
        return made.read()


def _bind_keys(directory, name, keys):
    """Generated once per directory, so that a zone can be signed again with the same."""
    path = os.path.join(directory, "keys")
    if not os.path.exists(path):
        with open(path, "w", encoding="ascii") as out:
            for key in keys:
                bits = ["-b", str(KSK_BITS if key.role == "ksk" else ZSK_BITS)] if key.algorithm in RSA else []
                flag = ["-f", "KSK"] if key.role == "ksk" else []
                out.write(_run("dnssec-keygen", "-a", NAMES[key.algorithm], *bits, *flag, name,
                               directory=directory) + "\n")
    with open(path, encoding="ascii") as made:
        return made.read().split()


def bind(directory, name, text, how):
    """Exactly the keys of how.keys. Called again in the same directory it signs again with the same keys, of which
    how.keys may then tell other things; a key that is None is not used at all."""
    names = _bind_keys(directory, name, how.keys)
    with open(os.path.join(directory, "zone"), "w", encoding="ascii") as out:
        out.write(text)
        for key, file in zip(how.keys, names):
            if key:
                out.write("$INCLUDE %s.key\n" % file)
    nsec3 = [] if how.denial == "nsec" else ["-3", how.salt, "-H", str(how.iterations)]
    optout = ["-A"] if how.denial == "optout" else []
    used = [(key, file) for key, file in zip(how.keys, names) if key and key.signs]
    ksks = [arg for key, file in used if key.role == "ksk" for arg in ("-k", file)]
    zsks = [file for key, file in used if key.role == "zsk"]
    # With a single key that signs everything there is nothing to divide.
    divide = "-x" if zsks else "-z"
    _run("dnssec-signzone", "-P", divide, "-o", name, "-s", _date(how.since), "-e", _date(how.until), "-f", "signed",
         *nsec3, *optout, *ksks, "zone", *zsks, directory=directory)
    with open(os.path.join(directory, "signed"), encoding="ascii") as made:
        return made.read()


def ldns(directory, name, text, how):
    """A KSK and a ZSK."""
    keys = []
    for flag, bits in ((["-k"], KSK_BITS), ([], ZSK_BITS)):
        size = ["-b", str(bits)] if how.algorithm in RSA else []
        keys.append(_run("ldns-keygen", "-a", LDNS_NAMES[how.algorithm], *flag, *size, name, directory=directory))
    with open(os.path.join(directory, "zone"), "w", encoding="ascii") as out:
        out.write(text)
    nsec3 = [] if how.denial == "nsec" else ["-n", "-t", str(how.iterations)]
    salt = [] if how.denial == "nsec" or how.salt == "-" else ["-s", how.salt]
    optout = ["-p"] if how.denial == "optout" else []
    _run("ldns-signzone", "-o", name, "-i", _date(how.since), "-e", _date(how.until), "-f", "signed", *nsec3, *salt,
         *optout, "zone", *keys, directory=directory)
    with open(os.path.join(directory, "signed"), encoding="ascii") as made:
        return made.read()


def private_key(directory, number):
    """BIND's number-th key there, which must be of P-256 (RFC 6605)."""
    with open(os.path.join(directory, "keys"), encoding="ascii") as made:
        name = made.read().split()[number]
    with open(os.path.join(directory, name + ".private"), encoding="ascii") as key:
        secret = next(line.split()[1] for line in key if line.startswith("PrivateKey:"))
    return ec.derive_private_key(int.from_bytes(base64.b64decode(secret), "big"), ec.SECP256R1())


def public_key(directory, number):
    """The DNSKEY of BIND's number-th key there."""
    with open(os.path.join(directory, "keys"), encoding="ascii") as made:
        name = made.read().split()[number]
    with open(os.path.join(directory, name + ".key"), encoding="ascii") as key:
        line = next(line for line in key if not line.startswith(";"))
    return dns.rdata.from_text("IN", "DNSKEY", line.split("DNSKEY", 1)[1].strip())
