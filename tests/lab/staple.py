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


def make(ca, kind, status="good", since=-1, until=3, about=None, signer="root"):
    """The path of a response about the certificate of that kind (or about another); days from now."""
    certificate = ca.issue(about or kind)
    directory = os.path.dirname(certificate.key)
    leaf = _load(certificate.chain, x509.load_pem_x509_certificate)
    issuer = _load(ca.file, x509.load_pem_x509_certificate)
    signing = _load(os.path.join(directory, signer + ".pem"), x509.load_pem_x509_certificate)
    key = _load(os.path.join(directory, signer + ".key"),
                lambda data: serialization.load_pem_private_key(data, None))
    now = datetime.datetime.utcnow()
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=leaf, issuer=issuer, algorithm=hashes.SHA1(), cert_status=STATUS[status], this_update=now + since * DAY,
        next_update=now + until * DAY, revocation_time=now - 2 * DAY if status == "revoked" else None,
        revocation_reason=None).responder_id(ocsp.OCSPResponderEncoding.NAME, signing)
    path = os.path.join(directory, "%s-%s-%s-%s.ocsp" % (kind, status, until, signer))
    with open(path, "wb") as out:
        out.write(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    return path


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
    def __init__(self, directory, certificate, response=None, priority="NORMAL"):
        os.makedirs(directory)
        self.port = port.free()
        argv = ["gnutls-serv", "--port", str(self.port), "--echo", "--disable-client-cert", "--priority", priority,
                "--x509certfile", certificate.chain, "--x509keyfile", certificate.key]
        if response:
            argv += ["--ocsp-response", response, "--ignore-ocsp-response-errors"]
        super().__init__("gnutls-serv", argv, directory)
        self.await_line(r"listening on IPv4.*done")
