# SPDX-License-Identifier: MIT
"""nginx: the web server that people put in front of a resolver; HTTP/2 towards us, HTTP/1.1 behind."""

import os

from . import port
from .http1 import Http1
from .process import Process

CONFIG = """\
daemon off;
master_process off;
pid %(dir)s/nginx.pid;
error_log stderr info;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path %(dir)s/body;
    proxy_temp_path %(dir)s/proxy;
    fastcgi_temp_path %(dir)s/fastcgi;
    uwsgi_temp_path %(dir)s/uwsgi;
    scgi_temp_path %(dir)s/scgi;
    ssl_certificate %(chain)s;
    ssl_certificate_key %(key)s;
    ssl_protocols TLSv1.2 TLSv1.3;
%(http)s}
"""

RESOLVER = """\
    map $ssl_early_data $early_is_too_early { "1" %(too_early)d; default 0; }
    upstream resolver { server 127.0.0.1:%(origin)d; keepalive 32; }
    server {
        listen 127.0.0.1:%(port)d ssl http2;
        server_name %(name)s;
        ssl_early_data %(early)s;
        location /dns-query {
            if ($early_is_too_early) { return 425; }
            proxy_pass http://resolver;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
        }
    }
"""


class Server(Process):
    """http: the inside of its http block, a %-format that values fill in."""

    def __init__(self, directory, certificate, http, values):
        os.makedirs(directory)
        path = os.path.join(directory, "nginx.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG % {"dir": directory, "chain": certificate.chain, "key": certificate.key,
                                "http": http % values})
        super().__init__("nginx", ["/usr/sbin/nginx", "-c", path, "-e", "stderr"], directory)
        self.await_line(r"epoll.*event method")


class Nginx(Server):
    def __init__(self, directory, certificate, name, origin, early=None):
        """origin: the port of the plain server behind what is behind it. early: None: it takes no early data; True: it
        serves it; False: it takes it, and says 425."""
        self._behind = Http1(origin)
        self.doh_port = port.free()
        super().__init__(directory, certificate, RESOLVER, {
            "port": self.doh_port, "name": name, "origin": self._behind.port,
            "early": "off" if early is None else "on", "too_early": early is False})

    def stop(self, *args):
        code = super().stop(*args)
        self._behind.stop()
        return code
