"""One virtual participant's transport to the relay: checks, DTLS as the client, SRTP; no socket, no clock.

`receive` and `on_time` drive it; what it sends goes through `send`; `Security` brings the keys, for which the relay's
own doorkeepers of DTLS and SRTP are used.
"""

from collections.abc import Sequence
from itertools import count
from typing import NamedTuple, Protocol

from media import stun
from media.ids import PeerId
from media.plane.demux import Kind, kind_of
from media.plane.interface import Profile, SrtpKeys
from media.plane.srtp import Memory, Protection, Unprotection
from media.ports import KeyingMaterial, SecureLine, Security
from media.rtcp.packets import (
    MAX_BLOCKS,
    FullIntraRequest,
    MalformedRtcp,
    Nack,
    Packet,
    PictureLoss,
    ReceiverReport,
    SenderReport,
    build,
    parse,
)
from media.rtcp.twcc import Arrivals
from media.rtp import header
from signaling.load.checks import Checks
from signaling.load.description import Answer, Credentials
from signaling.load.streams import Heard, Source, read
from signaling.load.tally import Tally

REPORT_S = 1.0
OWN_SSRC = 1  # of reports by whoever sends no media
NANOSECOND = 1e-9
SCRATCH = Memory(2_048)  # packets are worked on here, one at a time


class Clocks(NamedTuple):
    """The same moment on the loop's clock, in seconds, and on the wall's, by which the kernel stamps what arrives."""

    now: float
    wall_ns: int


class Shell(Protocol):
    """What a leg asks of whoever runs it."""

    def send(self, datagram: bytes | memoryview) -> None: ...
    def is_up(self) -> None:
        """Media can flow."""

    def is_down(self, code: str) -> None: ...
    def has_media(self) -> None:
        """The first packet has come."""


class Leg:
    def __init__(
        self,
        peer: PeerId,
        security: Security,
        shell: Shell,
        tally: Tally,
        clocks: Clocks,
        *,
        local: Credentials,
        answer: Answer,
        sources: tuple[Source, ...],
    ) -> None:
        now = clocks.now
        self.peer = peer
        self.heard = {ssrc: Heard(ssrc) for ssrc in answer.ssrcs}
        self._security = security
        self._shell = shell
        self._tally = tally
        self._checks = Checks(local, answer.credentials, now)
        self._answer = answer
        self._sources = sources
        self._line: SecureLine | None = None
        self._protection: Protection | None = None
        self._unprotection: Unprotection | None = None
        self._numbers = count(1)
        self._next_report = now + REPORT_S
        self._silent = True
        self._arrivals = Arrivals(OWN_SSRC, answer.ssrcs[0] if answer.ssrcs else 0)
        self._clocks_apart = now - clocks.wall_ns * NANOSECOND

    def next_deadline(self) -> float:
        media = [source.next_time for source in self._sources] if self._protection else []
        arrivals = self._arrivals.next_deadline()
        told = [] if arrivals is None else [arrivals]
        return min(self._checks.next_deadline(), self._next_report, *media, *told)

    def on_time(self, now: float, wall_ns: int) -> None:
        check = self._checks.due(now)
        if check is not None:
            self._shell.send(check)
        if self._checks.is_dead(now):
            self._shell.is_down("no-answer")
        if self._protection is None:
            self._next_report = now + REPORT_S
            return
        for source in self._sources:
            for packet in source.packets(now, wall_ns, self._numbers):
                self._send_packet(self._protection, packet)
        if feedback := self._arrivals.feedback(now):
            self._send_rtcp(self._protection, feedback)
        if now >= self._next_report:
            self._next_report = now + REPORT_S
            self._report(self._protection, now, wall_ns)

    def receive(self, memory: Memory, size: int, now: float, wall_ns: int) -> None:
        """The first `size` bytes of `memory` came in; `wall_ns` is when they reached the socket."""
        kind = kind_of(memory.data, size)
        if kind is Kind.CONTROL:
            self._receive_control(bytes(memory.view[:size]), now)
        elif self._unprotection is None or size < header.FIXED_SIZE:
            return
        elif kind is Kind.RTP:
            self._receive_rtp(self._unprotection, memory, size, now, wall_ns)
        elif kind is Kind.RTCP:
            self._receive_rtcp(self._unprotection, memory, size, now)

    def secured(self, keys: KeyingMaterial, now: float) -> None:
        agreed = SrtpKeys(Profile(keys.profile), keys.receive, keys.send)
        self._protection, self._unprotection = Protection(agreed), Unprotection(agreed)
        for source in self._sources:
            source.next_time = max(source.next_time, now)
        self._shell.is_up()

    def close(self) -> None:
        if self._line is not None:
            self._line.close()

    def _receive_control(self, datagram: bytes, now: float) -> None:
        if not stun.is_stun(datagram):
            if self._line is not None:
                self._line.receive(datagram)
        elif self._checks.receive(datagram, now) and self._line is None:
            self._line = self._security.open(self.peer, self._answer.fingerprints, self._shell.send)

    def _receive_rtp(self, unprotection: Unprotection, memory: Memory, size: int, now: float, wall_ns: int) -> None:
        size = unprotection.rtp(memory, size)
        if size < header.FIXED_SIZE:
            self._tally.odd += 1
            return
        packet = read(memory.data, size)
        if packet.transport_number >= 0:
            self._arrivals.receive(packet.transport_number, wall_ns * NANOSECOND + self._clocks_apart)
        heard = self.heard.get(packet.ssrc)
        if heard is None:
            self._tally.odd += 1
            return
        heard.receive(memory.data[2] << 8 | memory.data[3], now)
        self._tally.received_bytes += size
        if packet.stamp_ns > 0:
            self._tally.delay.add((wall_ns - packet.stamp_ns) * NANOSECOND)
        elif packet.stamp_ns < 0:
            self._tally.unstamped += 1
        if self._silent:
            self._silent = False
            self._shell.has_media()

    def _receive_rtcp(self, unprotection: Unprotection, memory: Memory, size: int, now: float) -> None:
        size = unprotection.rtcp(memory, size)
        try:
            packets = parse(bytes(memory.view[: max(0, size)]))
        except MalformedRtcp:
            self._tally.odd += 1
            return
        for packet in packets:
            self._obey(packet, now)

    def _obey(self, packet: Packet, now: float) -> None:
        match packet:
            case PictureLoss() | FullIntraRequest():
                self._tally.key_requests += 1
                for source in self._sources:
                    source.key_wanted = True
            case Nack(sequences=sequences):
                self._tally.repair_requests += len(sequences)  # and no more: what is lost shall show
            case SenderReport(ssrc=ssrc) if ssrc in self.heard:
                self.heard[ssrc].told(packet, now)

    def _report(self, protection: Protection, now: float, wall_ns: int) -> None:
        reports: list[Packet] = [source.report(wall_ns * NANOSECOND) for source in self._sources if source.sent]
        blocks = tuple(heard.block(now) for heard in self.heard.values() if heard.packets)
        reports += [ReceiverReport(OWN_SSRC, blocks[at : at + MAX_BLOCKS]) for at in range(0, len(blocks), MAX_BLOCKS)]
        if reports:
            self._send_rtcp(protection, reports)

    def _send_rtcp(self, protection: Protection, packets: Sequence[Packet]) -> None:
        compound = build(packets)
        SCRATCH.data[: len(compound)] = compound
        self._shell.send(SCRATCH.view[: protection.rtcp(SCRATCH, len(compound))])

    def _send_packet(self, protection: Protection, packet: bytes) -> None:
        SCRATCH.data[: len(packet)] = packet
        self._shell.send(SCRATCH.view[: protection.rtp(SCRATCH, len(packet))])
