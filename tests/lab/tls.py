# SPDX-License-Identifier: MIT
"""The server's end of TLS, driven by hand so that a test decides what goes into which record and which segment."""

import ssl

# How a server offers TLS: OpenSSL cipher string, lowest and highest version. Level 0 so that OpenSSL itself does not
# refuse what the client under test must refuse.
OFFERS = {
    "good": ("DEFAULT:@SECLEVEL=0", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
    "tls1.3": ("DEFAULT", ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3),
    "tls1.2": ("DEFAULT", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
    "tls1.1": ("DEFAULT:@SECLEVEL=0", ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1),
    "rsa-exchange": ("AES128-GCM-SHA256:@SECLEVEL=0", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
    "finite-field": ("DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
    "cbc": ("ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA384:@SECLEVEL=0", ssl.TLSVersion.TLSv1_2,
            ssl.TLSVersion.TLSv1_2),
    "ccm": ("ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
}


def server_context(certificate, offer, on_name):
    """A context that shows that certificate; on_name(object, name) hears the server name asked for."""
    ciphers, lowest, highest = OFFERS[offer]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(ciphers)
    context.minimum_version, context.maximum_version = lowest, highest
    context.load_cert_chain(certificate.chain, certificate.key)
    if offer == "finite-field":
        context.load_dh_params(certificate.dh)
    context.set_alpn_protocols(["dot"])
    context.sni_callback = lambda wrapped, name, _: on_name(wrapped, name)
    return context


class TlsStream:
    """TLS over asyncio's reader and writer, through memory."""

    def __init__(self, context, reader, writer):
        self._reader, self._writer = reader, writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.hello = b""
        self.object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    async def _more(self):
        data = await self._reader.read(65536)
        self.hello = self.hello or data
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def _drive(self, step, *args):
        while True:
            try:
                result = step(*args)
                await self.flush()
                return result
            except ssl.SSLWantReadError:
                await self.flush()
                await self._more()
            except ssl.SSLError:
                await self.flush()
                raise

    async def handshake(self):
        await self._drive(self.object.do_handshake)

    async def first_flight(self):
        """Answer the client's hello and go no further."""
        await self._more()
        try:
            self.object.do_handshake()
        except ssl.SSLWantReadError:
            await self.flush()

    async def read(self):
        """Plain octets; none when the client closed."""
        try:
            return await self._drive(self.object.read, 65536)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def write(self, plain):
        """One record (up to 16 KiB)."""
        self.object.write(plain)
        await self.flush()

    async def write_octets(self, plain):
        """Each octet in a record of its own, each octet of each record in a segment of its own."""
        for octet in plain:
            self.object.write(bytes([octet]))
            for part in self._outgoing.read():
                self._writer.write(bytes([part]))
                await self._writer.drain()

    async def close_notify(self):
        try:
            self.object.unwrap()
        except ssl.SSLError:
            pass  # our half is sent; the client's half is its own affair
        await self.flush()

    async def flush(self):
        data = self._outgoing.read()
        if data:
            self._writer.write(data)
            await self._writer.drain()
