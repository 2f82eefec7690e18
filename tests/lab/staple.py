# SPDX-License-Identifier: MIT
"""OCSP responses, good and bad, and a TLS server that staples them (gnutls-serv, which says no DNS)."""

import datetime
import os
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from . import port
from .process import Process

STATUS = {"good": ocsp.OCSPCertStatus.GOOD, "revoked": ocsp.OCSPCertStatus.REVOKED,
          "unknown": ocsp.OCSPCertStatus.UNKNOWN}
DAY = datetime.timedelta(days=1)


def _load(path, read):
    with open(path, "rb") as data:
        return read(data.read())


def _response(about, issuer, status, days, responder):
    """Octets; days as (since, until) from now, the responder's certificate and the path of its key."""
    key = _load(responder[1], lambda data: serialization.load_pem_private_key(data, None))
    now = datetime.datetime.utcnow()
    return ocsp.OCSPResponseBuilder().add_response(
        cert=about, issuer=issuer, algorithm=hashes.SHA1(), cert_status=STATUS[status],
        this_update=now + days[0] * DAY, next_update=now + days[1] * DAY,
        revocation_time=now - 2 * DAY if status == "revoked" else None, revocation_reason=None).responder_id(
            ocsp.OCSPResponderEncoding.NAME, responder[0]).sign(key, hashes.SHA256()).public_bytes(
                serialization.Encoding.DER)


def make(ca, kind, status="good", since=-1, until=3, about=None, signer="root"):
    """The path of a response about the certificate of that kind (or about another); days from now."""
    certificate = ca.issue(about or kind)
    directory = os.path.dirname(certificate.key)
    leaf = _load(certificate.chain, x509.load_pem_x509_certificate)
    issuer = _load(ca.file, x509.load_pem_x509_certificate)
    signing = _load(os.path.join(directory, signer + ".pem"), x509.load_pem_x509_certificate)
    path = os.path.join(directory, "%s-%s-%s-%s.ocsp" % (kind, status, until, signer))
    with open(path, "wb") as out:
        out.write(_response(leaf, issuer, status, (since, until), (signing, os.path.join(directory, signer + ".key"))))
    return path


def make_of_chain(ca, above):
    """The paths of two: the certificate is good, and the intermediate one above it has that status."""
    directory = os.path.dirname(ca.issue("intermediate").key)
    leaf, between, root = (_load(os.path.join(directory, name + ".pem"), x509.load_pem_x509_certificate)
                           for name in ("intermediate", "between", "root"))
    paths = []
    for about, issuer, key, status in ((leaf, between, "between.key", "good"), (between, root, "root.key", above)):
        paths.append(os.path.join(directory, "%s-%s.ocsp" % (key, status)))
        with open(paths[-1], "wb") as out:
            out.write(_response(about, issuer, status, (-1, 3), (issuer, os.path.join(directory, key))))
    return paths


def make_of_two(ca, first, second):
    """One response: the certificate of the first kind is good, that of the second is revoked."""
    directory = os.path.dirname(ca.issue(first).key)
    paths = {kind: (ca.issue(kind), os.path.join(directory, kind + ".pem"))[1] for kind in (first, second)}
    index, request, response = (os.path.join(directory, name) for name in ("two.index", "two.request", "two.ocsp"))
    with open(index, "w", encoding="ascii") as out:
        for kind, state in ((first, "V\t401231235959Z\t"), (second, "R\t401231235959Z\t250101000000Z")):
            leaf = _load(paths[kind], x509.load_pem_x509_certificate)
            serial = "%X" % leaf.serial_number
            out.write("%s\t%s\tunknown\t/CN=x\n" % (state, serial if len(serial) % 2 == 0 else "0" + serial))
    subprocess.run(["openssl", "ocsp", "-issuer", ca.file, "-cert", paths[first], "-cert", paths[second], "-no_nonce",
                    "-reqout", request], check=True, capture_output=True)
    subprocess.run(["openssl", "ocsp", "-index", index, "-CA", ca.file, "-rsigner", ca.file, "-rkey",
                    os.path.join(directory, "root.key"), "-reqin", request, "-respout", response, "-ndays", "3"],
                   check=True, capture_output=True)
    return response


class StaplingServer(Process):
    def __init__(self, directory, certificate, responses=(), priority="NORMAL"):
        os.makedirs(directory)
        self.port = port.free()
        argv = ["gnutls-serv", "--port", str(self.port), "--echo", "--disable-client-cert", "--priority", priority,
                "--x509certfile", certificate.chain, "--x509keyfile", certificate.key]
        for response in responses:
            argv += ["--ocsp-response", response]
        if len(responses) == 1:  # of several it finds out what they are about, and they have to be right
            argv.append("--ignore-ocsp-response-errors")
        super().__init__("gnutls-serv", argv, directory)
        self.await_line(r"listening on IPv4.*done")
