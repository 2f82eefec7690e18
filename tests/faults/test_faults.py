#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""U6 to U10, C6 and L16 as people meet them: something breaks, and 200 questions a second go on. Each row of the lab is
a test; all are run at the start, two at a time but for ALONE, each run in a network of its own, and the table is at the
end."""

import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

from lab import tap  # noqa: E402  (no bytecode is to be left of it)

import table  # noqa: E402
from trial import Result  # noqa: E402

RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run")
AT_ONCE = 2
# A fresh server validates all that waited, and the keys, at once: beside another row that computes each waits for the
# other's slice of a tenth of a second (SCHED_RR) where there are few CPUs, which is no time of the server's.
ALONE = {"crashed"}
SECONDS, LIMIT_S = 4, 500
WORST_MS = 400  # a hedge, a round trip of 20 ms, and a handshake
NORMAL_S = 1
SLOW_NAME_CONNECTIONS_MAX = 2
# Beyond limits.tcp-clients (256): sockets to listen on, connections to upstreams, and a margin.
DESCRIPTORS_MAX = 256 + 64
# With the address sanitizer, which takes several times what is asked of it.
GROWTH_MIB_MAX = 160
KEPT = 6000  # octets of what the server said


def row(name):
    """The test is about that row."""
    def mark(test):
        test.row = name
        return test
    return mark


class FaultsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.logs = tempfile.mkdtemp(prefix="stubborn-faults-logs-")
        cls.addClassCleanup(shutil.rmtree, cls.logs)
        tests = unittest.defaultTestLoader.getTestCaseNames(cls)
        rows = [getattr(cls, name).row for name in tests if not hasattr(getattr(cls, name), "__unittest_skip__")]
        others, alone = [row for row in rows if row not in ALONE], [row for row in rows if row in ALONE]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            parts = list(pool.map(cls._run, filter(None, (others[first::AT_ONCE] for first in range(AT_ONCE)))))
        if alone:
            parts.append(cls._run(alone))
        cls.results = {one["row"]: Result(**one) for part in parts for one in part}
        for line in table.text(cls.results.values()).splitlines():
            print("# " + line)

    @classmethod
    def _run(cls, rows):
        file = os.path.join(cls.logs, rows[0] + ".json")
        done = subprocess.run([RUN, "--rows", ",".join(rows), "--seconds", str(SECONDS), "--json", file,
                               "--logs", cls.logs], capture_output=True, text=True, timeout=LIMIT_S, check=False)
        if done.returncode == table.NOT_HERE:
            raise unittest.SkipTest(done.stderr.strip())
        if done.returncode:
            raise RuntimeError(done.stderr)
        with open(file, encoding="utf-8") as results:
            return json.load(results)["rows"]

    def setUp(self):
        self.name = getattr(self, self._testMethodName).row
        self.result = self.results[self.name]
        self.disturbed = self.result.lateness_ms > table.LATENESS_MAX_MS
        self.assertEqual("", self.result.trouble)
        self.assertEqual(0, self.result.wrong)

    def evidence(self):
        with open(os.path.join(self.logs, self.name + "-stubborn"), encoding="utf-8") as log:
            return log.read()[-KEPT:]

    def assert_unnoticed(self):
        """With one upstream in reach: nobody fails, nobody waits long, nothing lingers."""
        self.assertEqual((self.result.sent, 0), (self.result.right, self.result.failed))
        if not self.disturbed:
            self.assertLess(self.result.worst_ms, WORST_MS)
        self.assert_normal()

    def assert_bridged(self):
        """With no upstream in reach: what is cached goes on, the rest is told why in time, nothing lingers."""
        self.assertEqual((0, 0, 0), (self.result.cached_failed, self.result.silent, self.result.mute))
        self.assert_normal()

    def assert_normal(self):
        if not self.disturbed:
            self.assertLess(self.result.normal_s or 0, NORMAL_S)

    def assert_bounded(self):
        self.assertLess(self.result.descriptors, DESCRIPTORS_MAX)
        self.assertLess(self.result.most_mib - self.result.first_mib, GROWTH_MIB_MAX)

    @row("none")
    def test_nothing_happens(self):
        """The rest of the table would say nothing."""
        self.assert_unnoticed()

    @row("blackholed")
    def test_an_upstream_is_silent(self):
        """Pages would hang until time-outs are over."""
        self.assert_unnoticed()

    @row("blackholed-https")
    def test_an_upstream_is_silent_over_https(self):
        """The same."""
        self.assert_unnoticed()

    @row("blackholed-address")
    def test_an_address_of_the_only_upstream_is_silent(self):
        """The second address would be of no use."""
        self.assert_unnoticed()

    @row("blackholed-at-start")
    def test_an_upstream_was_never_there(self):
        """The first page after the start would hang."""
        self.assert_unnoticed()

    @row("killed")
    def test_an_upstream_is_killed(self):
        """Questions under way would be lost."""
        self.assert_unnoticed()

    @row("killed-https")
    def test_an_upstream_is_killed_over_https(self):
        """The same."""
        self.assert_unnoticed()

    @row("stopped")
    def test_an_upstream_accepts_and_says_nothing(self):
        """It looks alive to whoever only connects."""
        self.assert_unnoticed()

    @row("stopped-https")
    def test_an_upstream_accepts_and_says_nothing_over_https(self):
        """The same."""
        self.assert_unnoticed()

    @row("restarted")
    def test_an_upstream_is_restarted(self):
        """Each update of the resolver would be felt."""
        self.assert_unnoticed()

    @row("slow")
    def test_an_upstream_becomes_slow(self):
        """Everything would take 2 s from then on."""
        self.assert_unnoticed()

    @row("lossy")
    def test_an_upstream_loses_packets(self):
        """Everything would wait for what TCP sends again."""
        self.assert_unnoticed()

    @row("servfail")
    def test_an_upstream_answers_servfail_to_everything(self):
        """Its trouble would be everybody's."""
        self.assert_unnoticed()

    @row("refused")
    def test_an_upstream_refuses_everything(self):
        """A limit that was reached there would be the end of service here."""
        self.assert_unnoticed()

    @row("closes-after-queries")
    def test_upstreams_close_after_some_questions(self):
        """Each time the question under way would be lost."""
        self.assert_unnoticed()

    @row("closes-after-seconds")
    def test_upstreams_close_after_some_time(self):
        """Each time the question under way would be lost."""
        self.assert_unnoticed()

    @row("expired")
    def test_a_certificate_expires(self):
        """One forgotten renewal would be the end of service."""
        self.assert_unnoticed()

    @row("wrong-certificate")
    def test_a_certificate_is_swapped(self):
        """An impostor would have the names, or stop everything."""
        self.assert_unnoticed()

    @row("slow-name")
    def test_one_name_is_slow(self):
        """One site that is out of order would make the upstream look so, and all wait for new connections."""
        self.assert_unnoticed()
        self.assertLessEqual(self.result.connections, SLOW_NAME_CONNECTIONS_MAX)
        self.assertNotIn(" is down", self.evidence())

    @row("ipv6")
    def test_an_upstream_is_silent_on_ipv6(self):
        """The same where there is nothing else."""
        self.assert_unnoticed()

    @row("dual-stack")
    def test_either_family_is_silent(self):
        """A broken tunnel for IPv6 would be the end of service, though IPv4 works."""
        self.assert_unnoticed()

    @row("forgotten")
    def test_a_router_forgets_connections(self):
        """Each restart of the router would be a time-out."""
        self.assert_unnoticed()

    @row("cable-to-wifi")
    def test_from_cable_to_wifi_and_back(self):
        """Each change of network would be a time-out."""
        self.assert_unnoticed()

    @row("vpn")
    def test_a_vpn_comes_and_goes(self):
        """Connections that lead nowhere any more would be waited for."""
        self.assert_unnoticed()

    @row("asleep")
    def test_the_machine_sleeps(self):
        """The first page after the lid is opened would hang."""
        self.assert_unnoticed()

    @row("outage")
    def test_nothing_is_in_reach_for_a_while(self):
        """Penalties would outlive the outage."""
        self.assert_bridged()

    @row("outage-brief")
    def test_nothing_is_in_reach_while_names_expire(self):
        """What you had open would be gone with its TTL."""
        self.assert_bridged()
        self.assertGreater(self.result.stale, 0)

    @row("flapping")
    def test_the_way_comes_and_goes(self):
        """Short gaps would add up to one long one."""
        self.assert_bridged()
        self.assertEqual(0, self.result.failed)

    @row("unplugged")
    def test_the_cable_is_pulled_out(self):
        """It would take long after it is in again."""
        self.assert_bridged()

    @row("link-down")
    def test_the_link_goes_down(self):
        """It would take long after it is up again."""
        self.assert_bridged()

    @row("link-down-brief")
    def test_the_link_goes_down_while_names_expire(self):
        """What you had open would be gone with its TTL."""
        self.assert_bridged()

    @row("boot-without-network")
    def test_a_start_without_network(self):
        """The machine would have to be booted twice."""
        self.assertEqual((0, 0), (self.result.silent, self.result.mute))
        self.assert_normal()

    @row("gone")
    def test_all_upstreams_are_gone_for_good(self):
        """Even what was known would be gone."""
        self.assertEqual((0, 0, 0), (self.result.cached_failed, self.result.silent, self.result.mute))
        self.assertGreater(self.result.stale, 0)

    @row("crashed")
    def test_a_crash_while_nothing_is_in_reach(self):
        """What was known would be gone with the process."""
        self.assert_bridged()
        self.assertGreater(self.result.stale, 0)

    @row("clock-steps")
    def test_the_clock_is_set(self):
        """All that is cached would expire, or nothing would."""
        self.assert_unnoticed()

    @row("no-clock")
    def test_a_start_without_a_clock(self):
        """A machine without a battery would not find out what time it is."""
        self.assert_unnoticed()

    @row("crowd")
    def test_ten_thousand_tcp_clients(self):
        """Whoever can connect could take the memory, and the others' service."""
        self.assert_unnoticed()
        self.assert_bounded()

    @row("flood")
    def test_a_flood_of_names_while_nothing_is_in_reach(self):
        """What waits would fill the memory, and keep the cache from answering."""
        self.assert_bridged()
        self.assert_bounded()


if __name__ == "__main__":
    tap.main()
