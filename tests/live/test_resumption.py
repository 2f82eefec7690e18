#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""S6: coming back to an upstream without proving everything again."""

import os
import shutil
import stat

from lab import client, origin, tap
from lab.case import LiveCase

TRUE = "192.0.2.80"
NO_PIN = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


class ResumptionTest(LiveCase):
    count = 0

    def start(self, offer="good", **keys):
        self.proxy = self.lab.proxy(origin.address(TRUE), offer=offer)
        ResumptionTest.count += 1
        self.state = self.lab.path("state-%d" % self.count)
        os.makedirs(self.state)
        self.file = os.path.join(self.state, "tickets")
        self.asked = 0
        self.run_daemon(**keys)

    def run_daemon(self, **keys):
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), **{"state-dir": self.state, "cache": {"persist": False}, **keys})

    def ask(self):
        self.asked += 1
        reply = client.udp(self.one.port, client.query("n%d.example" % self.asked))
        self.assertEqual([TRUE], client.addresses(reply))

    def again(self):
        """Another connection."""
        self.proxy.cut_all()
        self.ask()

    def stop(self):
        self.lab.daemons.remove(self.one)
        self.assertEqual("", self.one.finish())

    def restart(self, **keys):
        self.stop()
        self.run_daemon(**keys)
        self.ask()

    def kept(self):
        """Of tickets."""
        return [name for name in os.listdir(self.state) if name.startswith("tickets")]

    def resumed(self):
        return [session.resumed for session in self.proxy.sessions]

    def test_tls_1_3(self):
        """Every new connection would cost the full price."""
        self.start("tls1.3")
        self.ask()
        self.again()
        self.again()
        self.assertEqual([False, True, True], self.resumed())
        self.one.await_line(r"connected to .* resumed")

    def test_tls_1_2(self):
        """The same. Its only ticket goes in clear text, so that it is used no second time."""
        self.start("tls1.2")
        self.ask()
        self.again()
        self.again()
        self.again()
        self.assertEqual([False, True, False, True], self.resumed())

    def test_a_server_that_has_forgotten(self):
        """A server that was restarted knows no tickets, and would not be reached any more."""
        self.start()
        self.ask()
        self.proxy.show(self.lab.ca.issue("good"))
        self.again()
        self.again()
        self.assertEqual([False, False, True], self.resumed())

    def test_a_server_that_has_become_another(self):
        """A ticket would let in who has not proved who they are."""
        self.start()
        self.ask()
        self.proxy.show(self.lab.ca.issue("unknown_ca"))
        self.proxy.cut_all()
        client.udp(self.one.port, client.query("www.example"))
        self.one.await_line(r"is down: .*unknown to")

    def test_over_a_restart(self):
        """The first questions after every start would wait longest."""
        for offer in ("tls1.3", "tls1.2"):
            self.start(offer)
            self.ask()
            self.restart()
            self.assertEqual([False, True], self.resumed())
            self.assertFalse(os.path.exists(self.file), "no ticket is used twice, whatever happens")

    def test_servers_of_others(self):
        """What works with one server would not with another."""
        for server in (self.lab.unbound, self.lab.dnsdist, self.lab.kresd):
            state = self.lab.path("state-" + server.name)
            os.makedirs(state)
            for start in range(2):
                one = self.lab.daemon(self.lab.upstream(server), **{"state-dir": state, "cache": {"persist": False}})
                self.assertTrue(client.addresses(client.udp(one.port, client.query("www.lab.example"))), server.name)
                self.assertEqual(start == 1, "resumed" in one.await_line(r"connected to"), server.name)
                self.lab.daemons.remove(one)
                self.assertEqual("", one.finish())

    def test_the_file_is_ours_alone(self):
        """Others on this machine could resume our sessions."""
        self.start()
        self.ask()
        self.stop()
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.file).st_mode))
        self.assertEqual(["tickets"], self.kept())

    def test_switched_off(self):
        """Who fears to be recognised by tickets could not do without."""
        self.start(tls={"tickets": False})
        self.ask()
        self.again()
        self.assertEqual([False, False], self.resumed())
        self.stop()
        self.assertEqual([], self.kept())

    def test_switched_off_later(self):
        """What was kept before would lie about for ever."""
        self.start()
        self.ask()
        self.restart(tls={"tickets": False})
        self.assertEqual([False, False], self.resumed())
        self.assertEqual([], self.kept())

    def test_no_state(self):
        """state-dir: \"\" keeps nothing."""
        self.start(**{"state-dir": ""})
        self.ask()
        self.again()
        self.assertEqual([False, True], self.resumed())
        self.stop()
        self.assertEqual([], os.listdir(self.state))

    def test_other_trust(self):
        """Whoever was believed yesterday would be let in today, though the user has changed whom they believe."""
        self.start()
        self.ask()
        file = self.lab.path("copied-root.pem")
        shutil.copy(self.lab.ca.file, file)
        upstream = self.one.config["upstreams"][0]
        for change in ({"pins": [self.lab.ca.pin("good"), NO_PIN]}, {"ca-file": "none",
                       "pins": [self.lab.ca.pin("good"), NO_PIN]}):
            before = len(self.proxy.sessions)
            self.one.reconfigure(upstreams=[{**upstream, **change}])
            self.one.send(1)
            self.one.await_line("configuration reloaded", count=2 if "ca-file" in change else 1)
            self.ask()
            self.assertEqual([False], self.resumed()[before:], change)

    def test_the_same_trust_in_another_file(self):
        """Moving a file would cost everybody their tickets; and another file of the same name would not."""
        self.start()
        file = self.lab.path("moved-root.pem")
        shutil.copy(self.lab.ca.file, file)
        self.ask()
        upstream = {**self.lab.upstream(self.proxy), "ca-file": file}
        self.stop()
        self.one = self.lab.daemon(upstream, **{"state-dir": self.state})
        self.ask()
        self.assertEqual([False, True], self.resumed())
        with open(file, "ab") as out, open(self.lab.ca.issue("self_signed").chain, "rb") as more:
            out.write(more.read())
        self.stop()
        self.one = self.lab.daemon(upstream, **{"state-dir": self.state})
        self.ask()
        self.assertEqual([False, True, False], self.resumed())

    def spoil(self, how):
        """Restart with a file that somebody has changed."""
        self.start()
        self.ask()
        self.stop()
        how(self.file)
        self.run_daemon()
        self.ask()
        self.assertEqual([False, False], self.resumed())
        self.assertEqual(1, len(self.one.matching(r"^(<4>|warning).*tickets")), "told once")
        self.assertEqual(["tickets.bad"], self.kept())

    def test_damaged_file(self):
        """A disk that forgets would keep the resolver from starting, or feed it nonsense."""
        def flip(file):
            with open(file, "r+b") as octets:
                octets.seek(100)
                octet = octets.read(1)
                octets.seek(100)
                octets.write(bytes([octet[0] ^ 1]))
        self.spoil(flip)
        self.spoil(lambda file: os.truncate(file, 60))
        self.spoil(lambda file: os.truncate(file, 0))
        self.spoil(lambda file: os.truncate(file, 1 << 30))

    def test_file_of_others(self):
        """Somebody else's tickets would lead to somebody else's sessions."""
        self.spoil(lambda file: os.chmod(file, 0o640))
        if os.geteuid() == 0:
            self.spoil(lambda file: os.chown(file, 65534, -1))

        def link(file):
            os.rename(file, self.lab.path("elsewhere"))
            os.symlink(self.lab.path("elsewhere"), file)
        self.spoil(link)

    def test_no_directory(self):
        """A directory that is not there would keep the resolver from starting, or be missed silently."""
        self.proxy = self.lab.proxy(origin.address(TRUE))
        self.asked = 0
        self.run_daemon_in(self.lab.path("nowhere"))
        self.ask()
        self.assertEqual(1, len(self.one.matching(r"^(<4>|warning).*state-dir: .*nowhere cannot be used: No such")))

    def run_daemon_in(self, directory):
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), **{"state-dir": directory})

    def test_no_ticket_in_the_log(self):
        """Whoever reads the log could resume our sessions."""
        self.start(log={"level": "debug", "queries": "all"})
        self.ask()
        self.again()
        self.stop()
        with open(self.file, "rb") as octets:
            kept = octets.read()
        self.assertGreater(len(kept), 500)
        log = self.one.output()
        for at in range(0, len(kept) - 16):
            self.assertNotIn(kept[at:at + 16].hex(), log)


if __name__ == "__main__":
    tap.main()
