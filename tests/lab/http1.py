# SPDX-License-Identifier: MIT
"""DNS over HTTP/1.1 without TLS, for a web server to stand in front of. It asks a plain server, over TCP."""

import base64
import http.server
import threading
import urllib.parse

from . import client


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self._reply(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self):
        text = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["dns"][0]
        self._reply(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))

    def _reply(self, query):
        with client.Tcp(self.server.origin) as tcp:
            tcp.send_raw(len(query).to_bytes(2, "big") + query)
            answer = tcp.receive()
        self.send_response(200)
        self.send_header("Content-Type", "application/dns-message")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Http1:
    def __init__(self, origin):
        """origin: the port of the plain server."""
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.origin = origin
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
