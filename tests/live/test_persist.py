#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C10: what was known before a restart is known after it; whatever the disk does, the resolver goes on."""

import os
import signal
import stat
import subprocess
import unittest

import dns.flags
import dns.rcode

from lab import client, origin, tap
from lab.signed import SignedCase

TRUE = "192.0.2.80"
WARNING = r"^(<4>|warning)"
KEPT = r"answers kept: "
KNOWN = r"answers known from before the start: "


def own_mounts():
    """May a process of ours mount things for itself?"""
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "-m", "true"], capture_output=True).returncode == 0


class PersistCase(SignedCase):
    count = 0

    def start(self, script=None, **keys):
        self.proxy = self.lab.proxy(script or origin.address(TRUE, ttl=3600))
        PersistCase.count += 1
        self.state = self.lab.path("kept-%d" % self.count)
        os.makedirs(self.state)
        self.run_daemon(**keys)

    def run_daemon(self, **keys):
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), **{"state-dir": self.state, **keys})

    def ask(self, name="www.example", **how):
        return client.udp(self.one.port, client.query(name, **how))

    def assert_known(self, name="www.example"):
        self.assertEqual([TRUE], client.addresses(self.ask(name)), name)

    def stop(self):
        self.lab.daemons.remove(self.one)
        self.assertEqual("", self.one.finish())

    def kill(self):
        self.expect_end(self.one)
        self.one.send(signal.SIGKILL)
        self.one.await_exit()

    def away(self):
        """Nobody is there to ask."""
        self.proxy.refuse()
        self.proxy.cut_all()

    def warnings(self):
        return [line for line in self.one.matching(WARNING) if "upstream" not in line]

    def reload(self, times=1, **keys):
        self.one.reconfigure(**keys)
        self.one.send(signal.SIGHUP)
        self.one.await_line("configuration reloaded", times)

    def route(self, suffix):
        """Something that answers hang on, so that they are saved soon."""
        return {"routes": [{"domains": [suffix], "upstreams": ["one"]}]}


class PersistTest(PersistCase):
    def test_over_a_restart(self):
        """After every start all names would take a round trip, and none would be known without a network."""
        self.start()
        self.assert_known()
        denied = self.ask("none.example", kind="AAAA")
        self.stop()
        self.assertEqual(0o600, stat.S_IMODE(os.stat(os.path.join(self.state, "cache")).st_mode))
        self.away()
        self.run_daemon()
        self.one.await_line(KNOWN + "2$")
        reply = self.ask("www.Example")
        self.assertEqual([TRUE], client.addresses(reply))
        self.assertEqual("www.Example.", reply.question[0].name.to_text())
        self.assertTrue(0 < reply.answer[0].ttl <= 3600)
        self.assertEqual(denied.authority[0].name, self.ask("none.example", kind="AAAA").authority[0].name)

    def test_time_goes_by_meanwhile(self):
        """An answer would live for longer than its owner said."""
        self.start(origin.address(TRUE, ttl=3600))
        self.assert_known()
        self.stop()
        self.run_daemon()
        first = self.ask().answer[0].ttl
        self.stop()
        # What is saved a second time is as old as it is, however often it is saved.
        self.run_daemon()
        self.assertLessEqual(self.ask().answer[0].ttl, first)

    def test_failures_are_not_kept(self):
        """What failed for want of the network would fail when it is there again."""
        self.start(lambda query: origin.reply(query, rcode=dns.rcode.SERVFAIL))
        self.assertEqual(dns.rcode.SERVFAIL, self.ask().rcode())
        self.stop()
        self.run_daemon()
        self.one.await_line(KNOWN + "0$")

    def test_kill(self):
        """A crash would cost what was known before."""
        self.start()
        self.assert_known()
        self.reload(**self.route("other.example"))
        self.one.await_line(KEPT + "1$")
        self.kill()
        self.away()
        self.run_daemon(**self.route("other.example"))
        self.assert_known()

    def test_reload_keeps_the_rest(self):
        """A changed route would cost all names."""
        self.start()
        self.assert_known()
        self.assert_known("www.other.example")
        self.away()
        self.reload(**self.route("other.example"))
        self.assert_known()
        self.assertEqual(dns.rcode.SERVFAIL, self.ask("www.other.example").rcode())

    def test_other_grounds(self):
        """What one upstream said would be taken for the word of another."""
        self.start()
        self.assert_known()
        self.stop()
        self.run_daemon(**self.route("www.example"))
        self.one.await_line("answers from before the start are not used")
        self.assertEqual([], self.warnings())
        self.assert_known()
        self.assertEqual(2, len(self.proxy.seen))

    def test_switched_off(self):
        """Who wants no trace on the disk would leave one."""
        self.start(cache={"persist": False})
        self.assert_known()
        self.stop()
        self.assertNotIn("cache", os.listdir(self.state))
        self.run_daemon()
        self.assert_known()
        self.stop()
        self.assertIn("cache", os.listdir(self.state))
        self.run_daemon(cache={"persist": False})
        self.assertNotIn("cache", os.listdir(self.state))
        self.assert_known()
        self.assertEqual(3, len(self.proxy.seen))
        self.reload(cache={"persist": True})
        self.one.await_line(KEPT + "1$")
        self.reload(2, cache={"persist": False})
        self.assertNotIn("cache", os.listdir(self.state))

    def test_no_state(self):
        """state-dir: \"\" keeps nothing."""
        self.start(**{"state-dir": ""})
        self.assert_known()
        self.stop()
        self.assertEqual([], os.listdir(self.state))
        self.assertEqual([], self.warnings())

    def spoil(self, how):
        self.start()
        self.assert_known()
        self.stop()
        how(os.path.join(self.state, "cache"))
        self.run_daemon()
        self.assert_known()
        self.assertEqual(2, len(self.proxy.seen))
        self.assertEqual(1, len(self.warnings()), self.warnings())
        self.assertRegex(self.warnings()[0], r"cache.*cache\.bad")
        self.assertIn("cache.bad", os.listdir(self.state))

    def test_damaged_file(self):
        """A disk that forgets would keep the resolver from starting, or make it tell nonsense."""
        def flip(path):
            with open(path, "r+b") as octets:
                octets.seek(-30, os.SEEK_END)
                octet = octets.read(1)
                octets.seek(-1, os.SEEK_CUR)
                octets.write(bytes([octet[0] ^ 1]))

        def foreign(path):
            with open(path, "wb") as out:
                out.write(os.urandom(100000))
        for how in (flip, foreign, lambda path: os.truncate(path, 100), lambda path: os.truncate(path, 0),
                    lambda path: os.truncate(path, 1 << 30), lambda path: os.chmod(path, 0o644)):
            self.spoil(how)

    def test_missing_directory(self):
        """It would be missed silently, or told again with everything that cannot be kept there."""
        self.start()
        self.stop()
        self.state = self.lab.path("nowhere")
        self.run_daemon()
        self.assert_known()
        self.stop()
        self.assertEqual(1, len(self.warnings()), self.warnings())
        self.assertRegex(self.warnings()[0], r"state-dir: .*nowhere cannot be used: No such file")

    @unittest.skipUnless(os.geteuid() == 0, "only root can give a directory away")
    def test_directory_of_a_stranger(self):
        """Somebody else could tell us what they like."""
        self.start()
        self.assert_known()
        self.stop()
        os.chown(self.state, 65534, -1)
        self.run_daemon()
        self.assert_known()
        self.assertEqual(2, len(self.proxy.seen))
        self.stop()
        self.assertEqual(1, len(self.warnings()), self.warnings())
        self.assertRegex(self.warnings()[0], r"others can write to the directory")

    def mounted(self, how):
        """A daemon that has mounted something for itself alone; DIR in how is the state directory."""
        return {"prefix": ["unshare", "-m", "sh", "-c", how.replace("DIR", self.state) + " && exec \"$@\"", "sh"]}

    @unittest.skipUnless(own_mounts(), "needs a mount namespace")
    def test_read_only(self):
        """A file system that was mounted read-only after a crash would cost what is there, too."""
        self.start()
        self.assert_known()
        self.stop()
        self.away()
        self.run_daemon(**self.mounted("mount --bind DIR DIR && mount -o remount,bind,ro DIR"))
        self.assert_known()
        self.reload(**self.route("other.example"))
        self.reload(2, **self.route("another.example"))
        self.stop()
        self.assertEqual(1, len(self.warnings()), self.warnings())
        self.assertRegex(self.warnings()[0], r"cannot be used: Read-only file system")

    @unittest.skipUnless(own_mounts(), "needs a mount namespace")
    def test_full_disk(self):
        """What was kept before would be lost for what does not fit, and the log would be full, too."""
        self.start()
        self.stop()
        self.run_daemon(**self.mounted("mount -t tmpfs -o size=8k,mode=700 tmpfs DIR"))
        self.assert_known()
        inside = "/proc/%d/root%s" % (self.one.pid, self.state)
        self.reload(1, **self.route("a.example"))
        self.one.await_line(KEPT + "1$")
        size = os.stat(inside + "/cache").st_size
        for i in range(300):
            self.ask("n%d.example" % i)
        self.reload(2, **self.route("b.example"))
        self.one.await_line(r"cache cannot be written: No space left")
        self.assertEqual(["cache"], os.listdir(inside))
        self.assertEqual(size, os.stat(inside + "/cache").st_size)
        self.assert_known("n299.example")
        self.stop()
        full = [line for line in self.warnings() if "cache cannot be written" in line]
        self.assertEqual(1, len(full), self.warnings())


class VerdictTest(PersistCase):
    def test_verdicts_are_kept_with_their_anchors(self):
        """What was validated would have to be again; or would be believed though nobody vouches for it any more."""
        PersistCase.count += 1
        self.state = self.lab.path("kept-%d" % self.count)
        os.makedirs(self.state)
        self.proxy = self.lab.proxy(behind=self.lab.iterating_unbound)

        def run(**keys):
            self.one = self.validating(self.lab.upstream(self.proxy), **{"state-dir": self.state, **keys})

        def ask(name):
            return client.tcp(self.one.port, client.query(name, edns=True, do=True))
        names = {"www.p256.alpha.": True, "missing.p256.alpha.": True, "www.open.alpha.": False}
        run()
        before = {name: ask(name) for name in names}
        for name, secure in names.items():
            self.assertEqual(secure, bool(before[name].flags & dns.flags.AD), name)
        self.stop()
        self.away()
        run()
        for name, secure in names.items():
            reply = ask(name)
            self.assertEqual(secure, bool(reply.flags & dns.flags.AD), name)
            self.assertEqual(before[name].rcode(), reply.rcode(), name)
            self.assertEqual({(r.name, r.rdtype, r.covers) for r in before[name].answer + before[name].authority},
                             {(r.name, r.rdtype, r.covers) for r in reply.answer + reply.authority}, name)
        self.stop()
        run(dnssec={"validate": False, "trust-anchors": []})
        self.one.await_line("answers from before the start are not used")
        for name in names:
            self.assertEqual(dns.rcode.SERVFAIL, ask(name).rcode(), name)


if __name__ == "__main__":
    tap.main()
