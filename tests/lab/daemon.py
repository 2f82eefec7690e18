# SPDX-License-Identifier: MIT
"""stubborn itself: configured, started, awaited, and judged when it ends."""

import glob
import json
import os
import signal

from . import port
from .process import Process

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
BINARY = os.path.abspath(os.environ.get("STUBBORN") or os.path.join(ROOT, "build-tests", "stubborn"))
# The promise is 2 s; what a leak check by the sanitizer takes on a busy machine is not the daemon's.
STOP_S = 2
SANITIZER_S = 4


def sanitizer_environment(directory):
    log = os.path.join(directory, "sanitizer")
    common = "log_path=%s:exitcode=99:abort_on_error=0" % log
    # A library that a test preloads comes before the sanitizer.
    return {"ASAN_OPTIONS": common + ":detect_leaks=1:detect_stack_use_after_return=1:verify_asan_link_order=0",
            "UBSAN_OPTIONS": common + ":halt_on_error=1:print_stacktrace=1",
            "TSAN_OPTIONS": common + ":halt_on_error=1:second_deadlock_stack=1"}


def write_config(path, config):
    """config: text as it is, or a dict (JSON is YAML)."""
    with open(path, "w", encoding="utf-8") as out:
        out.write(config if isinstance(config, str) else json.dumps(config, indent=2) + "\n")


class Daemon(Process):
    """A running stubborn. Keys that a test does not give take values that suit an unprivileged run on loopback,
    before upstreams whose zones nobody has signed."""

    def __init__(self, directory, config=None, ready=True, env=None, prefix=(), inherit=()):
        os.makedirs(directory)
        self.directory = directory
        self.port = port.free()
        self.path = os.path.join(directory, "stubborn.yaml")
        self.config = config if isinstance(config, str) else {
            "listen": ["127.0.0.1:%d" % self.port], "user": "", "state-dir": "", "log": {"level": "debug"},
            "dnssec": {"validate": False},
            **(config or {})}
        write_config(self.path, self.config)
        super().__init__("stubborn", [*prefix, BINARY, "run", "-c", self.path], directory,
                         {**sanitizer_environment(directory), **(env or {})}, inherit)
        if ready:
            self.await_line(r"\bready\b")

    def reconfigure(self, **keys):
        """Write the file anew; nothing happens until SIGHUP."""
        self.config.update(keys)
        write_config(self.path, self.config)

    def findings(self):
        """What the sanitizers reported."""
        texts = []
        for path in glob.glob(os.path.join(self.directory, "sanitizer.*")):
            with open(path, encoding="utf-8", errors="replace") as report:
                texts.append(report.read())
        return "\n".join(texts)

    def finish(self):
        """End it as systemd would, and say what was wrong with its life or its end ("" when nothing was)."""
        if self.returncode is not None:
            self.await_exit()
            return "stubborn ended by itself with %d\n%s" % (self.returncode, self.findings())
        code = self.stop(STOP_S + SANITIZER_S)
        if code == -signal.SIGKILL:
            return "stubborn did not end within %d s of SIGTERM" % (STOP_S + SANITIZER_S)
        if code != 0 or self.findings():
            return "stubborn exited with %d after SIGTERM\n%s" % (code, self.findings())
        return ""

    def resident_kib(self):
        with open("/proc/%d/status" % self.pid, encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
