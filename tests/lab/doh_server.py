# SPDX-License-Identifier: MIT
"""A DoH server that answers by a script and misbehaves on request; it keeps a log of all it saw, decrypted."""

import asyncio
import base64
import functools
import ssl
import struct
import threading
import time

import dns.message
import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings

from . import port

WAIT_S = 15
TYPE = ("content-type", "application/dns-message")


class Seen:
    """One query: the connection's number, the request's fields in order, and the message."""

    def __init__(self, connection, stream, fields, body):
        self.connection, self.stream, self.fields, self.body = connection, stream, fields, body

    @property
    def wire(self):
        if dict(self.fields)[":method"] == "POST":
            return self.body
        text = dict(self.fields)[":path"].split("dns=")[1]
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    @functools.cached_property
    def message(self):
        return dns.message.from_wire(self.wire)


class Session:
    """One connection; what a fault works with."""

    def __init__(self, number, writer):
        self.number, self.writer = number, writer
        self.alpn = None
        self.resets, self.pings, self.ended = [], 0, False
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8",
                                           validate_outbound_headers=False, normalize_outbound_headers=False)
        self.h2 = h2.connection.H2Connection(config)
        self.requests = {}

    def flush(self):
        self.writer.write(self.h2.data_to_send())

    def raw(self, kind, flags, stream, payload, times=1):
        """A frame by hand, for what the library would not send."""
        self.flush()
        self.writer.write((struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) +
                           payload) * times)

    def answer(self, stream, body, headers=(TYPE,), status="200", trailers=()):
        self.h2.send_headers(stream, [(":status", status), *headers], end_stream=not body and not trailers)
        if body:
            self.h2.send_data(stream, body, end_stream=not trailers)
        if trailers:
            self.h2.send_headers(stream, trailers, end_stream=True)
        self.flush()


class DohServer:
    """Fields that a test sets at any time:
    fault        function of (session, stream, answer) that answers instead; None: as it should be
    streams_max  SETTINGS_MAX_CONCURRENT_STREAMS of connections to come
    speak        h2, or http/1.1 after h2 was agreed to; alpn: what is offered to agree to, may be []"""

    def __init__(self, certificate, script, alpn=("h2",), number=None):
        self.doh_port = number or port.free()
        self.fault, self.streams_max, self.speak = None, 100, "h2"
        self.seen, self.sessions = [], []
        self._script, self._held, self._holding = script, [], False
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate.chain, certificate.key)
        if alpn:
            self._context.set_alpn_protocols(list(alpn))
        self._change = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._tasks = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, "127.0.0.1", self.doh_port, backlog=200,
                                                       ssl=self._context))

    # What a test calls, from its own thread.

    @property
    def port(self):
        return self.doh_port

    def wait(self, predicate, what, timeout_s=WAIT_S):
        """Return as soon as predicate() holds; it is looked at after every change."""
        deadline = time.monotonic() + timeout_s
        with self._change:
            while not predicate():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError("DoH server: no %s in %d s; %d connections, %d queries seen" % (
                        what, timeout_s, len(self.sessions), len(self.seen)))
                self._change.wait(left)

    def hold(self):
        """Keep answers back from now on."""
        self._holding = True

    def wait_held(self, count):
        self.wait(lambda: len(self._held) >= count, "%d answers held back" % count)

    def release(self, reverse=False):
        """Send what was held, in the order asked or the other way, and hold no more."""
        self._holding = False
        self._call(self._release(reverse))

    def do(self, function):
        """Run function(session) on each open connection, and send what comes of it."""
        self._call(self._do(function))

    def account(self):
        """What happened on each connection, for a person."""
        return "\n".join("connection %d: ALPN %s, resets %s, %d pings" % (
            session.number, session.alpn, session.resets, session.pings) for session in self.sessions)

    def close(self):
        self._call(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_S)
        self._loop.close()

    # What runs in the server's thread.

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(WAIT_S)

    def _changed(self):
        with self._change:
            self._change.notify_all()

    async def _shut(self):
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _do(self, function):
        for session in self.sessions:
            if not session.ended:
                function(session)
                session.flush()

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        session = Session(len(self.sessions) + 1, writer)
        session.alpn = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        with self._change:
            self.sessions.append(session)
            self._change.notify_all()
        try:
            await self._converse(session, reader)
        except (OSError, asyncio.CancelledError, h2.exceptions.ProtocolError):
            pass
        finally:
            session.ended = True
            writer.close()
            self._tasks.discard(task)
            self._changed()

    async def _converse(self, session, reader):
        if self.speak == "http/1.1":
            session.writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            while await reader.read(65536):
                pass
            return
        session.h2.local_settings = h2.settings.Settings(client=False, initial_values={
            h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: self.streams_max})
        session.h2.initiate_connection()
        session.flush()
        while True:
            data = await reader.read(65536)
            if not data:
                return
            for event in session.h2.receive_data(data):
                self._happened(session, event)
            session.flush()
            self._changed()

    def _happened(self, session, event):
        if isinstance(event, h2.events.RequestReceived):
            session.requests[event.stream_id] = [event.headers, b""]
        elif isinstance(event, h2.events.DataReceived):
            session.requests[event.stream_id][1] += event.data
            session.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            session.resets.append((event.stream_id, int(event.error_code)))
        elif isinstance(event, h2.events.PingReceived):
            session.pings += 1
        if isinstance(event, h2.events.StreamEnded):
            self._asked(session, event.stream_id)

    def _asked(self, session, stream):
        seen = Seen(session.number, stream, *session.requests[stream])
        with self._change:
            self.seen.append(seen)
        if self._holding:
            self._held.append((session, stream, seen))
            return
        self._reply(session, stream, seen)

    def _reply(self, session, stream, seen):
        answer = self._script(seen.message)
        answer = answer if isinstance(answer, bytes) else answer.to_wire(max_size=65535)
        if self.fault:
            self.fault(session, stream, answer)
        else:
            session.answer(stream, answer)

    async def _release(self, reverse):
        held, self._held = self._held, []
        for session, stream, seen in reversed(held) if reverse else held:
            if not session.ended:
                self._reply(session, stream, seen)
                session.flush()
