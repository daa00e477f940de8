"""Clients without a browser and without DTLS: engines that speak ICE, SRTP and RTCP to a relay in virtual time.

A `World` holds one relay, its plane on a real loopback socket (which delivers at once), and the clients; between a
client and the socket lies a `Link` each way. Keys are known beforehand: OpenSSL keeps a clock of its own.
"""

import random
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from pylibsrtp import Error, Policy, Session

from media.commands import AnyCommand, Configure
from media.events import AnyEvent
from media.ids import PeerId
from media.plane.interface import Plane
from media.plane.pure import PurePlane
from media.ports import KeyingMaterial, SecureLine
from media.relay import Relay
from media.rtcp import packets as rtcp
from media.rtcp.twcc import Arrivals
from media.rtp import header
from media.sdp.description import TRANSPORT_CC
from tests.support.checks import binding_request
from tests.support.descriptions import FINGERPRINT
from tests.support.link import Link, Weather
from tests.support.planes import PlaneKind

STEP_S = 0.002  # of virtual time
CHECK_S = 2.0  # between two connectivity checks
PROFILE = "SRTP_AEAD_AES_128_GCM"
TRANSPORT_ID = 3  # header extension id in the relay's offers and those of descriptions.py
UFRAG, PASSWORD = "clnt", "clientclientclientclient"


class KnownKeys:
    """`Security` with keys drawn from a seed; both sides are told in the same step."""

    fingerprint = FINGERPRINT

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.opened: dict[PeerId, KeyingMaterial] = {}
        self.untold: list[PeerId] = []

    def open(
        self, peer: PeerId, fingerprints: tuple[tuple[str, str], ...], send: Callable[[bytes], None]
    ) -> SecureLine:
        self.opened[peer] = KeyingMaterial(PROFILE, self._random.randbytes(28), self._random.randbytes(28))
        self.untold.append(peer)
        return SilentLine()


class SilentLine:
    """A line on which nothing has to be said."""

    def receive(self, datagram: bytes) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Received:
    """A media packet as the client's decoder would get it; repaired ones under their original number."""

    ssrc: int
    sequence: int
    timestamp: int
    payload: bytes
    time: float
    repaired: bool


class Client:
    """One transport. What it receives is kept; what it sends, the test says."""

    def __init__(self, world: "World", peer: str, weather: Weather, seed: int) -> None:
        self.peer = PeerId(peer)
        self.world = world
        self.up, self.down = Link(weather, seed), Link(weather, seed + 1)
        self.silent = False  # the machine is gone: nothing leaves, nothing is read
        self.media: list[Received] = []
        self.padding = 0  # bytes of probes
        self.rtcp: list[tuple[float, rtcp.Packet]] = []
        self.repairs: dict[int, int] = {}  # rtx SSRC → media SSRC
        self.feedback = True  # asks for what is missing
        self.arrivals: Arrivals | None = None  # told by transport-wide feedback, where the relay asks for it
        self.socket = _bound()
        self._keys: tuple[Session, Session] | None = None
        self._highest: dict[int, int] = {}
        self._missing: dict[tuple[int, int], tuple[float, int]] = {}  # (SSRC, number) → when to ask, how often asked
        self._credentials: tuple[str, str] | None = None
        self._next_check = 0.0

    def connect(self, sdp: str, now: float) -> None:
        """Takes the relay's description: its credentials and which source repairs which."""
        lines = sdp.splitlines()
        self._credentials = (_value(lines, "a=ice-ufrag:"), _value(lines, "a=ice-pwd:"))
        for line in lines:
            if line == f"a=extmap:{TRANSPORT_ID} {TRANSPORT_CC}" and self.arrivals is None:
                self.arrivals = Arrivals(sender=1)
            if line.startswith("a=ssrc-group:FID "):
                media, repair = line.split()[1:]
                self.repairs[int(repair)] = int(media)
        self._next_check = now

    def send_rtp(self, packet: bytes) -> None:
        if self._keys is not None and not self.silent:
            self.up.send(self._keys[0].protect(packet), self.world.now)

    def send_rtcp(self, *packets: rtcp.Packet) -> None:
        if self._keys is not None and not self.silent:
            self.up.send(self._keys[0].protect_rtcp(rtcp.build(packets)), self.world.now)

    def secured(self, keys: KeyingMaterial) -> None:
        """The relay receives with what we send with."""
        profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
        out = Policy(key=keys.receive, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile)
        back = Policy(key=keys.send, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=profile)
        out.window_size = back.window_size = 2048
        out.allow_repeat_tx = True
        self._keys = Session(out), Session(back)

    @property
    def ready(self) -> bool:
        return self._keys is not None

    def step(self, now: float) -> None:
        """Moves datagrams along, answers for this moment."""
        if self._credentials is not None and now >= self._next_check and not self.silent:
            self._next_check = now + CHECK_S
            self.up.send(binding_request(*self._credentials, nominates=True, remote_ufrag=UFRAG), now)
        for datagram in self.up.due(now):
            self.socket.sendto(datagram, ("127.0.0.1", self.world.plane.port))
        for datagram in self._read_socket():
            self.down.send(datagram, now)
        for datagram in self.down.due(now):
            if not self.silent and 128 <= datagram[0] < 192:
                self._receive(datagram, now)
        if self.feedback:
            self._ask_again(now)
        if self.arrivals is not None:
            for feedback in self.arrivals.feedback(now):
                self.send_rtcp(feedback)

    def sources(self) -> set[int]:
        return {packet.ssrc for packet in self.media}

    def of(self, ssrc: int) -> list[Received]:
        """What one source sent, each number once, in order; the first number counts from itself."""
        mine: dict[int, Received] = {}
        for packet in self.media:
            if packet.ssrc == ssrc:
                mine.setdefault(packet.sequence, packet)
        first = next(iter(mine), 0)
        return sorted(mine.values(), key=lambda packet: (packet.sequence - first + 0x4000) & 0xFFFF)

    def move(self) -> None:
        """Another network: what was under way to the old address is lost."""
        self.socket.close()
        self.socket = _bound()

    def lean(self) -> socket.socket:
        """Sends by another address, which it has only checked; the one before is the caller's to close."""
        before, self.socket = self.socket, _bound()
        assert self._credentials is not None
        self.up.send(binding_request(*self._credentials, remote_ufrag=UFRAG), self.world.now)
        self._next_check = self.world.now + 60
        return before

    def close(self) -> None:
        self.socket.close()

    def _read_socket(self) -> list[bytes]:
        datagrams = []
        while True:
            try:
                datagrams.append(self.socket.recv(2048))
            except BlockingIOError:
                return datagrams

    def _receive(self, datagram: bytes, now: float) -> None:
        if self._keys is None:
            return
        try:
            if 192 <= datagram[1] <= 223:
                self.rtcp += [(now, packet) for packet in rtcp.parse(self._keys[1].unprotect_rtcp(datagram))]
                return
            plain = self._keys[1].unprotect(datagram)
        except Error:
            return  # a duplicate of the line: SRTP refuses it
        self._take(plain, now)

    def _take(self, plain: bytes, now: float) -> None:
        head = header.parse(plain)
        payload = plain[head.payload_start : head.payload_end]
        ssrc, sequence = head.ssrc, head.sequence
        if self.arrivals is not None and TRANSPORT_ID in head.extensions:
            self.arrivals.receive(int.from_bytes(head.extensions[TRANSPORT_ID]), now)
        if not payload:
            self.padding += len(plain)
            return
        repaired = ssrc in self.repairs
        if repaired:
            ssrc, sequence, payload = self.repairs[ssrc], int.from_bytes(payload[:2]), payload[2:]
        else:
            self._note_gap(ssrc, sequence, now)
        self._missing.pop((ssrc, sequence), None)
        self.media.append(Received(ssrc, sequence, head.timestamp, payload, now, repaired))

    def _note_gap(self, ssrc: int, sequence: int, now: float) -> None:
        ahead = (sequence - self._highest.get(ssrc, sequence)) & 0xFFFF
        if ahead < 0x8000:
            for step in range(1, ahead):
                self._missing[ssrc, (sequence - ahead + step) & 0xFFFF] = (now + 0.010, 0)
            self._highest[ssrc] = sequence

    def _ask_again(self, now: float) -> None:
        due = [key for key, (at, _) in self._missing.items() if at <= now]
        for ssrc in {ssrc for ssrc, _ in due}:
            self.send_rtcp(rtcp.Nack(1, ssrc, tuple(number for one, number in due if one == ssrc)))
        for key in due:
            times = self._missing[key][1] + 1
            self._missing[key] = (now + 0.080, times)
            if times >= 8:
                del self._missing[key]


@dataclass(slots=True)
class World:
    """One relay and its clients; `now` moves only by `run`."""

    now: float = 1000.0
    seed: int = 7
    plane_kind: PlaneKind = PurePlane
    settings: Configure = field(init=False)
    plane: Plane = field(init=False)
    relay: Relay = field(init=False)
    keys: KnownKeys = field(init=False)
    clients: dict[PeerId, Client] = field(default_factory=dict)
    events: list[tuple[float, AnyEvent]] = field(default_factory=list)
    every_step: list[Callable[[float], None]] = field(default_factory=list)  # what else happens as time passes

    def __post_init__(self) -> None:
        self.plane = self.plane_kind("127.0.0.1")
        self.keys = KnownKeys(self.seed)
        self.settings = Configure("127.0.0.1", 0, (("127.0.0.1", 0),))
        self.relay = Relay(self.settings, self.plane, self.keys)

    def client(self, peer: str, weather: Weather | None = None) -> Client:
        client = Client(self, peer, weather or Weather(), self.seed + 10 * len(self.clients))
        self.clients[client.peer] = client
        return client

    def obey(self, command: AnyCommand) -> list[AnyEvent]:
        """Gives one command; returns what came of it at once."""
        self.relay.obey(command, self.now)
        return self._take_events()

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now += STEP_S
            self._step()

    def told(self, kind: type[AnyEvent]) -> list[tuple[float, AnyEvent]]:
        return [(time, event) for time, event in self.events if isinstance(event, kind)]

    def close(self) -> None:
        for client in self.clients.values():
            client.close()
        self.plane.close()

    def _step(self) -> None:
        for act in self.every_step:
            act(self.now)
        for client in self.clients.values():
            client.step(self.now)
        poll = self.plane.poll(self.now)
        self.relay.receive(poll, self.now)
        while poll.more:
            poll = self.plane.poll(self.now)
            self.relay.receive(poll, self.now)
        while self.keys.untold:
            peer = self.keys.untold.pop()
            self.clients[peer].secured(self.keys.opened[peer])
            self.relay.secured(peer, self.keys.opened[peer], self.now)
        if self.now >= self.relay.next_deadline():
            self.relay.on_time(self.now)
        self._take_events()

    def _take_events(self) -> list[AnyEvent]:
        events = self.relay.events()
        self.events += [(self.now, event) for event in events]
        return events


def _bound() -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind(("127.0.0.1", 0))
    bound.setblocking(False)
    return bound


def answer_to(offer: str) -> str:
    """A client's answer that takes all it is offered; new credentials of the relay are answered by new ones."""
    own = f"of-{_value(offer.splitlines(), 'a=ice-ufrag:')}"
    dropped = (
        "a=ssrc",
        "a=msid:",
        "a=candidate",
        "a=end-of",
        "a=ice-lite",
        "a=ice-ufrag",
        "a=ice-pwd",
        "a=fingerprint",
    )
    lines = []
    for line in offer.splitlines():
        if line.startswith("a=setup:"):
            lines += [f"a=ice-ufrag:{own}", f"a=ice-pwd:{PASSWORD}"]
            lines += [f"a=fingerprint:sha-256 {FINGERPRINT}", "a=setup:active"]
        elif line == "a=sendonly":
            lines.append("a=recvonly")
        elif not line.startswith(dropped):
            lines.append(line)
    return "\r\n".join(lines) + "\r\n"


def _value(lines: list[str], start: str) -> str:
    return next(line for line in lines if line.startswith(start)).removeprefix(start)
