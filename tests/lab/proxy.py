# SPDX-License-Identifier: MIT
"""A DoT server that passes questions on and misbehaves on request; it keeps a log of all it saw, decrypted."""

import asyncio
import functools
import os
import socket
import ssl
import struct
import threading
import time

import dns.message

from . import fault, port, tls

WAIT_S = 15


def is_probe(wire):
    """Is it stubborn's own question for a sign of life? That it asks when an answer takes long, which depends on how
    busy the machine is: it is answered, but neither seen nor held."""
    return wire[12:17] == b"\0\0\2\0\1"


class Seen:
    """One query: its connection's number, its octets, and the number of the TLS record in which it ended."""

    def __init__(self, connection, wire, record):
        self.connection, self.wire, self.record = connection, wire, record

    @functools.cached_property
    def message(self):
        return dns.message.from_wire(self.wire)


class Session:
    """One connection. record numbers count the client's TLS records that carried data."""

    def __init__(self, number):
        self.number = number
        self.version = self.alpn = self.name = self.cipher = None
        self.resumed = False
        self.client = None  # what it showed of itself
        self.error = None
        self.queries = 0
        self.ended_by = None
        self.sending = asyncio.Lock()


class Proxy:
    """Fields that a test sets at any time:
    fault      function of (query, answer), see fault.py
    greeting   serve, stall (TCP accepted, nothing said), flight (TLS stalls after the server's first flight),
               nonsense (octets that are no TLS), hangup (closed at once)
    octets     every octet in its own TLS record and TCP segment
    cut_after  (count, how): the connection ends at its count-th query, unanswered
    idle_s     the connection is closed after that many seconds without a query"""

    def __init__(self, certificate, origin, offer="good", number=None, address="127.0.0.1"):
        self.port, self._address = number or port.free(), address
        self.fault, self.greeting, self.octets, self.cut_after, self.idle_s = fault.none, "serve", False, None, None
        self.seen, self.sessions = [], []
        self._origin, self._held, self._holding = origin, [], False
        self._change = threading.Condition()
        self._names = {}
        self._offer = offer
        self.show(certificate)
        self._loop = asyncio.new_event_loop()
        self._server, self._tasks = None, set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.listen()

    # What a test calls, from its own thread.

    def wait_held(self, count):
        self.wait(lambda: len(self._held) >= count, "%d answers held back" % count)

    def show(self, certificate):
        """From now on, that certificate."""
        self._context = tls.server_context(certificate, self._offer, self._on_name)

    def demand_client(self, ca_file):
        """From now on, clients must show a certificate of that authority."""
        self._context.load_verify_locations(ca_file)
        self._context.verify_mode = ssl.CERT_REQUIRED

    def listen(self):
        self._call(self._listen())

    def refuse(self):
        """No more listening: connections are refused. Those open stay."""
        self._call(self._close_listener())

    def hold(self):
        """Keep answers back from now on."""
        self._holding = True

    def release(self, reverse=False, together=False):
        """Send what was held, in the order asked, or the other way, or all in one TLS record; and hold no more."""
        self._holding = False
        self._call(self._release(reverse, together))

    def forget_held(self):
        """Hold no more, and never send what was held."""
        self._holding = False
        self._held.clear()

    def cut_all(self, how="fin"):
        """End every open connection."""
        self._call(self._cut_all(how))

    def wait(self, predicate, what, timeout_s=WAIT_S):
        """Return as soon as predicate() holds; it is looked at after every change."""
        deadline = time.monotonic() + timeout_s
        with self._change:
            while not predicate():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError("upstream proxy: no %s in %d s; %d connections, %d queries seen" % (
                        what, timeout_s, len(self.sessions), len(self.seen)))
                self._change.wait(left)

    def wait_seen(self, count):
        self.wait(lambda: len(self.seen) >= count, "%d queries" % count)

    def account(self):
        """What happened on each connection, for a person."""
        return "\n".join("connection %d: %s %s, %d queries, ended by %s%s" % (
            session.number, session.version, session.cipher, session.queries, session.ended_by or "nobody",
            ", " + session.error if session.error else "") for session in self.sessions)

    def keep_keys(self, path):
        """Write every session's secrets there from now on."""
        self._context.keylog_filename = path

    def names(self):
        """The names asked so far, lower case, in order."""
        return [seen.message.question[0].name.to_text().lower() for seen in self.seen]

    def close(self):
        self._call(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_S)
        self._loop.close()

    # What runs in the proxy's thread.

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(WAIT_S)

    def _changed(self):
        with self._change:
            self._change.notify_all()

    def _on_name(self, wrapped, name):
        self._names[id(wrapped)] = name

    async def _listen(self):
        self._server = await asyncio.start_server(self._serve, self._address, self.port, backlog=200)

    async def _close_listener(self):
        # At once; wait_closed() would wait for the connections, too, from Python 3.12 on.
        self._server.close()

    async def _shut(self):
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._origin.close()

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        session = Session(len(self.sessions) + 1)
        session.writer = writer
        with self._change:
            self.sessions.append(session)
            self._change.notify_all()
        try:
            await self._greet(session, reader, writer)
        except (ssl.SSLError, OSError, asyncio.IncompleteReadError) as error:
            session.error = str(error)
            session.ended_by = session.ended_by or "client"
        except asyncio.CancelledError:
            pass
        finally:
            session.ended_by = session.ended_by or "client"
            writer.close()
            self._tasks.discard(task)
            self._changed()

    async def _greet(self, session, reader, writer):
        if self.greeting == "stall":
            await self._until_closed(reader)
            return
        if self.greeting == "hangup":
            session.ended_by = "proxy"
            return
        if self.greeting == "nonsense":
            writer.write(b"220 mail.example ESMTP\r\n" + os.urandom(100))
            await self._until_closed(reader)
            return
        stream = tls.TlsStream(self._context, reader, writer)
        session.stream = stream
        if self.greeting == "flight":
            await stream.first_flight()
            await self._until_closed(reader)
            return
        await stream.handshake()
        session.version, session.alpn = stream.object.version(), stream.object.selected_alpn_protocol()
        session.cipher = stream.object.cipher()[0]
        session.resumed = bool(stream.object.session_reused)
        session.client = stream.object.getpeercert()
        session.name = self._names.pop(id(stream.object), None)
        self._changed()
        await self._converse(session)

    @staticmethod
    async def _until_closed(reader):
        while await reader.read(4096):
            pass

    async def _converse(self, session):
        pending, records, answering = b"", 0, set()
        try:
            while True:
                data = await asyncio.wait_for(session.stream.read(), self.idle_s)
                if not data:
                    return
                records += 1
                pending += data
                while len(pending) >= 2 and len(pending) >= 2 + struct.unpack("!H", pending[:2])[0]:
                    length, = struct.unpack("!H", pending[:2])
                    wire, pending = pending[2:2 + length], pending[2 + length:]
                    if not is_probe(wire) and not self._note(session, wire, records):
                        await self._cut(session, self.cut_after[1])
                        return
                    task = asyncio.ensure_future(self._answer(session, wire))
                    answering.add(task)
                    task.add_done_callback(answering.discard)
        except asyncio.TimeoutError:
            await self._cut(session, "notify")
        finally:
            for task in answering:
                task.cancel()

    def _note(self, session, wire, record):
        """False when this query is the one at which the connection is to be cut."""
        session.queries += 1
        with self._change:
            self.seen.append(Seen(session.number, wire, record))
            self._change.notify_all()
        return self.cut_after is None or session.queries < self.cut_after[0]

    async def _answer(self, session, wire):
        try:
            answer = await self._origin.ask(wire)
        except OSError as error:
            session.error = "origin: %s" % error
            await self._cut(session, "fin")
            return
        if answer is None:
            return
        parts = self.fault(wire, answer)
        if self._holding:
            if not is_probe(wire):
                self._held.append((session, parts))
                self._changed()
            return
        await self._send(session, parts)

    async def _send(self, session, parts):
        for part in parts:
            if session.ended_by:
                return
            if isinstance(part, fault.Cut):
                await self._cut(session, part.how)
                return
            plain = part if isinstance(part, fault.Raw) else struct.pack("!H", len(part)) + part
            try:
                async with session.sending:  # one answer's octets are not to be among another's
                    await (session.stream.write_octets if self.octets else session.stream.write)(plain)
            except (ssl.SSLError, OSError) as error:
                session.error = str(error)
                return

    async def _release(self, reverse, together):
        held, self._held = self._held, []
        if reverse:
            held.reverse()
        if not together:
            for session, parts in held:
                await self._send(session, parts)
            return
        for session in {session for session, _ in held}:
            frames = [part for owner, parts in held if owner is session for part in parts]
            await self._send(session, [fault.Raw(b"".join(struct.pack("!H", len(f)) + f for f in frames))])

    async def _cut_all(self, how):
        for session in self.sessions:
            if not session.ended_by:
                await self._cut(session, how)

    async def _cut(self, session, how):
        session.ended_by = "proxy"
        if how == "notify":
            await session.stream.close_notify()
        if how == "rst":
            session.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                               struct.pack("ii", 1, 0))
            session.writer.transport.abort()
        session.writer.close()
        self._changed()
