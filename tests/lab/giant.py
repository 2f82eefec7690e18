# SPDX-License-Identifier: MIT
"""A TLS server with an RSA key that is far too large and that nobody has the private half of: its signature is noise,
which costs the server nothing and a client that calculates with it many seconds (RFC 8446 section 4.4.3, RFC 4492
section 5.4)."""

import datetime
import hashlib
import hmac
import os
import random
import socket
import struct
import threading

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import port

BITS = 65536
RECORD = 16000


def _tlv(tag, body):
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (length if len(body) < 128 else bytes([0x80 | len(length)]) + length) + body


def _integer(value):
    return _tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _certificate(*bits):
    """DER by hand, as libraries refuse to make such a key."""
    modulus, exponent = (random.getrandbits(count) | 1 << (count - 1) | 1 for count in bits)
    key = _tlv(0x30, bytes.fromhex("300d06092a864886f70d0101010500") +
               _tlv(3, b"\0" + _tlv(0x30, _integer(modulus) + _integer(exponent))))
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    name = _tlv(0x30, _tlv(0x31, _tlv(0x30, bytes.fromhex("0603550403") + _tlv(0x0c, b"giant"))))
    now, days = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=1)
    valid = b"".join(_tlv(0x17, at.strftime("%y%m%d%H%M%SZ").encode()) for at in (now - days, now + 30 * days))
    body = _tlv(0x30, bytes.fromhex("a003020102") + _integer(7) + algorithm + name + _tlv(0x30, valid) + name + key)
    signature = ec.generate_private_key(ec.SECP256R1()).sign(body, ec.ECDSA(hashes.SHA256()))
    return _tlv(0x30, body + algorithm + _tlv(3, b"\0" + signature))


def _hmac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def _expand(secret, label, context, length):
    label = b"tls13 " + label
    info = struct.pack("!HB", length, len(label)) + label + bytes([len(context)]) + context
    return _hmac(secret, info + b"\1")[:length]


def _message(kind, body):
    return bytes([kind]) + struct.pack("!I", len(body))[1:] + body


def _client_share(hello):
    """(session ID, X25519 key) of a ClientHello."""
    session = hello[39:39 + hello[38]]
    at = 39 + len(session)
    at += 2 + struct.unpack("!H", hello[at:at + 2])[0]
    at += 1 + hello[at] + 2
    while at < len(hello):
        kind, length = struct.unpack("!HH", hello[at:at + 4])
        body, at = hello[at + 4:at + 4 + length], at + 4 + length
        share = 2
        while kind == 51 and share < len(body):
            group, length = struct.unpack("!HH", body[share:share + 4])
            if group == 29:
                return session, body[share + 4:share + 4 + length]
            share += 4 + length
    raise ValueError("no X25519 share")


class Giant:
    def __init__(self, modulus=BITS, exponent=BITS, old=False):
        """Bits of the key's two numbers; old: it speaks TLS 1.2."""
        self.port, self.der = port.free(), _certificate(modulus, exponent)
        self._noise, self._old = b"\0" + os.urandom(modulus // 8 - 1), old
        self._socket = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client):
        with client:
            header = client.recv(5, socket.MSG_WAITALL)
            hello = client.recv(struct.unpack("!H", header[3:])[0], socket.MSG_WAITALL)
            session, share = _client_share(hello)
            if self._old:
                self._send_old(client)
                return
            key = x25519.X25519PrivateKey.generate()
            public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            extensions = struct.pack("!HHH", 43, 2, 0x304) + struct.pack("!HHHH", 51, 36, 29, 32) + public
            reply = _message(2, b"\x03\x03" + os.urandom(32) + bytes([len(session)]) + session + b"\x13\x01\x00" +
                             struct.pack("!H", len(extensions)) + extensions)
            client.sendall(b"\x16\x03\x03" + struct.pack("!H", len(reply)) + reply)
            self._send_proof(client, hello + reply, key.exchange(x25519.X25519PublicKey.from_public_bytes(share)))
            while client.recv(4096):
                pass

    def _send_old(self, client):
        chain = struct.pack("!I", len(self.der))[1:] + self.der
        data = _message(2, b"\x03\x03" + os.urandom(32) + bytes.fromhex("00c02f00" "0005ff01000100")) + \
            _message(11, struct.pack("!I", len(chain))[1:] + chain) + \
            _message(12, bytes.fromhex("03001d20") + os.urandom(32) +
                     struct.pack("!HH", 0x0401, len(self._noise)) + self._noise) + _message(14, b"")
        for start in range(0, len(data), RECORD):
            part = data[start:start + RECORD]
            client.sendall(b"\x16\x03\x03" + struct.pack("!H", len(part)) + part)
        while client.recv(4096):
            pass

    def _send_proof(self, client, transcript, shared):
        early = _hmac(bytes(32), bytes(32))
        handshake = _hmac(_expand(early, b"derived", hashlib.sha256(b"").digest(), 32), shared)
        secret = _expand(handshake, b"s hs traffic", hashlib.sha256(transcript).digest(), 32)
        cipher, nonce = AESGCM(_expand(secret, b"key", b"", 16)), _expand(secret, b"iv", b"", 12)
        entry = struct.pack("!I", len(self.der))[1:] + self.der + b"\0\0"
        data = _message(8, b"\0\0") + _message(11, b"\0" + struct.pack("!I", len(entry))[1:] + entry) + \
            _message(15, struct.pack("!HH", 0x0804, len(self._noise)) + self._noise)
        for number, start in enumerate(range(0, len(data), RECORD)):
            part = data[start:start + RECORD] + b"\x16"
            head = b"\x17\x03\x03" + struct.pack("!H", len(part) + 16)
            one = bytes(a ^ b for a, b in zip(nonce, struct.pack("!IQ", 0, number)))
            client.sendall(head + cipher.encrypt(one, part, head))
