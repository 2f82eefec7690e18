# SPDX-License-Identifier: MIT
"""The faults, one a row. Each is a function that makes the fault, waits, and unmakes it."""

import os
import signal
import socket
import sys
import time

from lab import clock

import load
import names
from home import LINKS

ALL = {}

# They have no cache, as the lab sets them up, and do what they are told. A server with one answers with a TTL of 0 in the
# last second of what it has, and that ends what stubborn had of the name (C6).
CACHELESS = ("dnsdist", "dnsdist")


class Row:
    """reachable: at least one upstream is, all the time. servers: what the upstreams run, if not the usual. lasting:
    names that stay in the cache; else their TTL is 3 s. ends: the fault does, within the trial. cold: asked at once,
    without a warm cache. apart: only in a trial of its own. rate: of questions a second, if not the usual. how: for the
    subject's configuration. before: function of the trial, before the subject starts."""

    def __init__(self, name, play, reachable=True, servers=None, lasting=True, ends=True, cold=False, apart=False,
                 rate=None, how=None, before=None):
        self.name, self.play, self.reachable, self.servers, self.cold = name, play, reachable, servers, cold
        self.lasting, self.ends, self.rate, self.how, self._before = lasting, ends, rate, how or {}, before
        self.zones = names.LASTING if lasting else names.BRIEF
        self.subjects = ("stubborn", "unbound", "dnsdist")
        if {"https", "open_to", "keeps", "env"} & set(self.how):
            self.subjects = () if "env" in self.how and not clock.SHIM else ("stubborn",)
        # May it happen to a server that runs already, if the upstreams are of its kind?
        self.anytime = not (before or how or cold or apart or rate) and ends and lasting

    def prepare(self, trial):
        for one, kind in zip(trial.world.upstreams, self.servers or trial.world.servers):
            one.serve(kind)
        if self._before:
            self._before(trial)


def row(name, **how):
    def add(play):
        ALL[name] = Row(name, play, **how)
        return play
    return add


@row("none")
def none(trial):
    """Nothing happens."""
    trial.wait()


# Upstreams.

@row("blackholed")
def blackholed(trial):
    """One upstream is silent, on connections old and new."""
    trial.world.router.blackhole(trial.favourite().address)
    trial.wait()
    trial.world.router.heal()


@row("blackholed-https", how={"https": True})
def blackholed_https(trial):
    """The same over HTTPS."""
    blackholed(trial)


@row("blackholed-address", how={
    "addresses": lambda one: [one.address, one.other_address], "upstreams": 1})
def blackholed_address(trial):
    """One of the two addresses of the only upstream is silent."""
    one = trial.world.upstreams[0]
    counts = trial.watch.questions
    trial.world.router.blackhole(max((one.address, one.other_address), key=lambda address: counts[address]))
    trial.wait()
    trial.world.router.heal()


@row("blackholed-at-start", cold=True, before=lambda trial: trial.world.router.blackhole(
    trial.world.upstreams[0].address))
def blackholed_at_start(trial):
    """The first upstream was never there."""
    trial.wait()
    trial.world.router.heal()


@row("killed")
def killed(trial):
    """One upstream's server is gone: its machine says so with a RST."""
    one = trial.favourite()
    one.kill()
    trial.wait()
    one.again()


@row("killed-https", how={"https": True})
def killed_https(trial):
    """The same over HTTPS."""
    killed(trial)


@row("stopped")
def stopped(trial):
    """One upstream accepts connections and questions, and answers nothing."""
    one = trial.favourite()
    one.stop()
    trial.wait()
    one.go_on()


@row("stopped-https", how={"https": True})
def stopped_https(trial):
    """The same over HTTPS."""
    stopped(trial)


@row("restarted")
def restarted(trial):
    """One upstream is restarted, and again."""
    one = trial.favourite()
    for _ in range(2):
        one.again()
        trial.wait(0.5)


@row("slow")
def slow(trial):
    """The way to one upstream takes 2 s, there and back."""
    one = trial.favourite()
    trial.world.wires.change(one.number, delay=1000)
    trial.wait()
    trial.world.wires.restore()


@row("lossy")
def lossy(trial):
    """A tenth of the packets to and from one upstream is lost, others overtake one another."""
    one = trial.favourite()
    trial.world.wires.change(one.number, loss=10, jitter=10)
    trial.wait()
    trial.world.wires.restore()


@row("servfail", servers=CACHELESS)
def servfail(trial):
    """One upstream answers SERVFAIL to everything."""
    one = trial.favourite()
    one.answer("servfail")
    trial.wait()
    one.answer(None)


@row("refused", servers=CACHELESS)
def refused(trial):
    """One upstream answers REFUSED to everything."""
    one = trial.favourite()
    one.answer("refused")
    trial.wait()
    one.answer(None)


def _habit(habit):
    def before(trial):
        for one in trial.world.upstreams:
            one.serve("dnsdist", habits=habit + "\n")
    return before


@row("closes-after-queries", ends=False, servers=CACHELESS,
     before=_habit("setMaxTCPQueriesPerConnection(20)"))
def closes_after_queries(trial):
    """Both upstreams close each connection after 20 questions."""
    trial.wait()


@row("closes-after-seconds", ends=False, servers=CACHELESS,
     before=_habit("setMaxTCPConnectionDuration(2)"))
def closes_after_seconds(trial):
    """Both upstreams close each connection when it is 2 s old."""
    trial.wait()


@row("expired")
def expired(trial):
    """One upstream comes back with a certificate that has expired."""
    one = trial.favourite()
    one.again("expired")
    trial.wait()
    one.again("good")


@row("wrong-certificate")
def wrong_certificate(trial):
    """One upstream comes back with a certificate of another name."""
    one = trial.favourite()
    one.again("wrong_name")
    trial.wait()
    one.again("good")


LATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "late.py")
LATE_PORT, LATE_S, LATE_EVERY_S = 5300, 6, 1
LATE_NAME = "late.open.lab."
LATE_HABITS = """\
setTCPRecvTimeout(30)
newServer({address="127.0.0.1:%d", name="late", pool="late", tcpRecvTimeout=30}):setUp()
addAction("%s", PoolAction("late"))
""" % (LATE_PORT, LATE_NAME)


def _late(trial):
    for one in trial.world.upstreams:
        trial.start("late", [*one.host.prefix, sys.executable, LATE, str(LATE_PORT), str(LATE_S)], r"^ready$")
        one.serve("dnsdist", habits=LATE_HABITS, at_once=1000)


@row("slow-name", ends=False, servers=CACHELESS, rate=4, before=_late)
def slow_name(trial):
    """Both upstreams take 6 s for one name, which is asked for once a second, and answer the few others at once."""
    end_s = time.monotonic() + trial.seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("127.0.0.1", trial.subject.port))
        number = 0
        while time.monotonic() < end_s:
            number += 1
            one.send(load.wire_of(names.Question("%d.%s" % (number, LATE_NAME), names.A, None, False), number))
            time.sleep(LATE_EVERY_S)


# The way there.

IPV6 = """\
addACL("::/0")
addTLSLocal("[::]:853", "%(chain)s", "%(key)s", {minTLSVersion="tls1.2"})
"""


def _ipv6(trial):
    trial.world.home.up6()
    for one in trial.world.upstreams:
        one.serve("dnsdist", habits=IPV6)


@row("ipv6", how={"addresses": lambda one: [one.address6]}, before=_ipv6)
def ipv6(trial):
    """There is IPv6 alone, and one upstream is silent, on connections old and new."""
    one = trial.favourite()
    trial.world.router.blackhole(one.address6)
    trial.wait(0.5)
    trial.world.router.heal()


@row("dual-stack", how={"addresses": lambda one: [one.address6, one.address], "upstreams": 1}, before=_ipv6)
def dual_stack(trial):
    """The only upstream has both; IPv6 is silent, then IPv4 instead."""
    one = trial.world.upstreams[0]
    for address in (one.address6, one.address):
        trial.world.router.blackhole(address)
        trial.wait(0.5)
        trial.world.router.heal()


@row("forgotten")
def forgotten(trial):
    """A router forgets its connections: what exists is dropped in silence, what is new passes. Twice."""
    for _ in range(2):
        trial.forget_connections()
        trial.wait(0.5)


@row("outage", reachable=False)
def outage(trial):
    """Nothing gets to any upstream, then everything does."""
    trial.world.router.blackhole(*trial.world.addresses())
    trial.wait()
    trial.world.router.heal()


@row("outage-brief", reachable=False, lasting=False, servers=CACHELESS)
def outage_brief(trial):
    """The same with names whose TTL is 3 s."""
    outage(trial)


@row("flapping", reachable=False)
def flapping(trial):
    """The way to all upstreams is gone for 0.5 s, there for 0.5 s, and so on."""
    end_s = time.monotonic() + trial.seconds
    while time.monotonic() < end_s:
        trial.world.router.blackhole(*trial.world.addresses())
        time.sleep(0.5)
        trial.world.router.heal()
        time.sleep(0.5)


# Home.

@row("unplugged", reachable=False)
def unplugged(trial):
    """The cable is pulled out, and plugged in again."""
    trial.world.home.unplug("cable")
    trial.wait()
    trial.world.home.plug("cable")


@row("link-down", reachable=False)
def link_down(trial):
    """The interface is set down, and up again with its address and route."""
    trial.world.home.down("cable")
    trial.wait()
    trial.world.home.up("cable")


@row("link-down-brief", reachable=False, lasting=False, servers=CACHELESS)
def link_down_brief(trial):
    """The same with names whose TTL is 3 s."""
    link_down(trial)


@row("cable-to-wifi")
def cable_to_wifi(trial):
    """The address and route of the cable are gone, those of the Wi-Fi are there; then back."""
    home = trial.world.home
    home.up("wifi", 200)
    home.forget_address("cable")
    home.unplug("cable")
    trial.wait(0.5)
    home.plug("cable")
    home.up("cable")
    home.forget_address("wifi")
    trial.wait(0.5)


@row("vpn")
def vpn(trial):
    """A VPN takes the default route, through which packets of the old address do not pass; then it is gone."""
    trial.world.home.up("vpn", 50)
    trial.wait(0.5)
    trial.world.home.down("vpn")
    trial.wait(0.5)


@row("asleep")
def asleep(trial):
    """The machine sleeps; when it wakes up its connections are gone, and nobody says so."""
    trial.fall_asleep()
    trial.forget_connections()
    trial.wait()
    trial.wake_up()


def _unplugged(trial):
    trial.world.home.down("cable")


@row("boot-without-network", reachable=False, cold=True, before=_unplugged)
def boot_without_network(trial):
    """The server starts while there is no link, which comes later."""
    trial.wait()
    trial.world.home.up("cable")


@row("gone", ends=False, reachable=False, lasting=False, servers=CACHELESS)
def gone(trial):
    """Both upstreams are silent for good; names have a TTL of 3 s."""
    trial.world.router.blackhole(*trial.world.addresses())
    trial.wait(2)


# The server itself.

@row("crashed", reachable=False, lasting=False, how={"keeps": True, "upstreams": 1})
def crashed(trial):
    """The server is restarted; then it crashes, and is started again while nothing gets to any upstream."""
    trial.hush()
    trial.restart()
    trial.subject.await_line(r"answers known from before the start: \d\d")
    trial.ask_on()
    trial.subject.await_line(r"connected to .* resumed")
    trial.hush()
    trial.world.router.blackhole(*trial.world.addresses())
    trial.restart(signal.SIGKILL)
    trial.ask_on()
    trial.wait(0.75)
    trial.world.router.heal()


AHEAD_S = 6 * 3600


def _clock(trial):
    trial.clock = clock.FalseClock(os.path.join(trial.directory, "clock"))
    trial.how["env"] = trial.clock.env


def _no_clock(trial):
    _clock(trial)
    trial.clock.set(0)


@row("clock-steps", how={"env": {}}, before=_clock)
def clock_steps(trial):
    """The clock is set forward by hours, and back."""
    trial.clock.set(time.time() + AHEAD_S)
    trial.subject.await_line(r"all is validated anew")
    trial.clock.set_right()
    trial.subject.await_line(r"all is validated anew", 2)
    trial.wait(0.25)


@row("no-clock", cold=True, how={"env": {}}, before=_no_clock)
def no_clock(trial):
    """The server starts in 1970, and the clock is set."""
    trial.wait(0.5)
    trial.clock.set_right()
    trial.subject.await_line(r"the clock is set")
    trial.wait(0.25)


# Too much.

CROWD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "crowd.py")
CLIENTS, SOURCES = 10000, 100
FLOOD_RATE, FLOOD_STEP_S, FLOOD_SEED = 5000, 0.01, 1 << 30


@row("crowd", how={"open_to": LINKS["cable"][0]})
def crowd(trial):
    """10,000 TCP clients at 100 addresses connect, ask one question each, and stay."""
    router, home = trial.world.router, LINKS["cable"][1].partition("/")[0]
    sources = ["10.1.0.%d" % (number + 100) for number in range(SOURCES)]
    for source in sources:
        router.ip("addr replace %s/24 dev lan-cable" % source)
    trial.start("crowd", [*router.prefix, sys.executable, CROWD, home, str(trial.subject.port), str(CLIENTS), *sources],
                r"^there$")
    trial.wait()


@row("flood", reachable=False, apart=True)
def flood(trial):
    """All upstreams are silent, and 5,000 names a second are asked for beside."""
    trial.world.router.blackhole(*trial.world.addresses())
    number, end_s = FLOOD_SEED, time.monotonic() + trial.seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.setblocking(False)
        one.connect(("127.0.0.1", trial.subject.port))
        due_s = time.monotonic()
        while due_s < end_s:
            for _ in range(int(FLOOD_RATE * FLOOD_STEP_S)):
                number += 1
                one.send(load.wire_of(names.fresh(number, names.LASTING[number % 2]), number & 0xffff))
            due_s += FLOOD_STEP_S
            time.sleep(max(0, due_s - time.monotonic()))
    trial.world.router.heal()
