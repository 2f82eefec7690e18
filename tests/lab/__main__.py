# SPDX-License-Identifier: MIT
"""The laboratory for a person: real servers and stubborn on loopback, until Ctrl-C or SIGTERM.

python3 -m lab PORT, with tests/ in PYTHONPATH and the program in STUBBORN."""

import signal
import sys

from .daemon import BINARY
from .lab import Lab

NAMES = """\
    dig @127.0.0.1 -p %(port)d example.com
    dig @127.0.0.1 -p %(port)d www.lab.example            twice: the second time it comes from the cache
    dig @127.0.0.1 -p %(port)d many.lab.example           200 addresses: dig goes on by TCP by itself
    dig @127.0.0.1 -p %(port)d alias.lab.example AAAA
    dig @127.0.0.1 -p %(port)d anything.wild.lab.example
    dig @127.0.0.1 -p %(port)d svc.lab.example HTTPS
    dig @127.0.0.1 -p %(port)d missing.lab.example        NXDOMAIN
    dig @127.0.0.1 -p %(port)d +dnssec www.signed.example
    %(binary)s query www.lab.example @127.0.0.1:%(port)d
"""


def _leave(*_):
    raise KeyboardInterrupt


def main():
    number = int(sys.argv[1])
    for other in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, _leave)
    lab = Lab()
    try:
        one = lab.daemon(lab.upstream(lab.unbound, "unbound"), listen=["127.0.0.1:%d" % number],
                         log={"level": "info"})
        print("knotd has the zones, unbound asks it and speaks TLS, stubborn asks unbound and listens on "
              "127.0.0.1:%d.\nIts configuration is %s\nIn another terminal:\n\n%s\nCtrl-C ends them all." % (
                  number, one.path, NAMES % {"port": number, "binary": BINARY}), flush=True)
        while True:
            signal.pause()
    except KeyboardInterrupt:
        print("\nWhat stubborn said:\n" + "\n".join(daemon.output() for daemon in lab.daemons))
    except AssertionError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        lab.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
