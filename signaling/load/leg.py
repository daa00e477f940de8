"""One virtual participant's transport to the relay: checks, DTLS as the client, SRTP; no socket, no clock.

`receive` and `on_time` drive it; what it sends goes through `send`; `Security` brings the keys, for which the relay's
own doorkeepers of DTLS and SRTP are used.
"""

from itertools import count
from typing import Protocol

from media.ids import PeerId
from media.plane.interface import Profile, SrtpKeys
from media.plane.srtp import Memory, Protection, Unprotection
from media.ports import KeyingMaterial, SecureLine, Security
from media.rtcp.packets import (
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
from signaling.load.checks import Checks
from signaling.load.description import Answer, Credentials
from signaling.load.streams import Heard, Source, sent_at
from signaling.load.tally import Tally

REPORT_S = 1.0
MAX_BLOCKS = 31  # of one report
NANOSECOND = 1e-9
SCRATCH = Memory(2_048)  # packets are worked on here, one at a time


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
        *,
        local: Credentials,
        answer: Answer,
        sources: tuple[Source, ...],
        now: float,
    ) -> None:
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

    def next_deadline(self) -> float:
        media = [source.next_time for source in self._sources] if self._protection else []
        return min(self._checks.next_deadline(), self._next_report, *media)

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
        if now >= self._next_report:
            self._next_report = now + REPORT_S
            self._report(self._protection, now, wall_ns)

    def receive(self, memory: Memory, size: int, now: float, wall_ns: int) -> None:
        """The first `size` bytes of `memory` came in; `wall_ns` is when they reached the socket."""
        first = memory.data[0] if size else 0
        if first >= 128 and self._unprotection is not None and size >= 12:
            if 192 <= memory.data[1] < 224:
                self._receive_rtcp(self._unprotection, memory, size, now)
            else:
                self._receive_rtp(self._unprotection, memory, size, wall_ns)
        elif 20 <= first < 64 and self._line is not None:
            self._line.receive(bytes(memory.view[:size]))
        elif first < 4 and self._checks.receive(bytes(memory.view[:size]), now) and self._line is None:
            self._line = self._security.open(self.peer, self._answer.fingerprints, self._shell.send)

    def secured(self, keys: KeyingMaterial, now: float) -> None:
        agreed = SrtpKeys(Profile(keys.profile), keys.receive, keys.send)
        self._protection, self._unprotection = Protection(agreed), Unprotection(agreed)
        for source in self._sources:
            source.next_time = max(source.next_time, now)
        self._shell.is_up()

    def close(self) -> None:
        if self._line is not None:
            self._line.close()

    def _receive_rtp(self, unprotection: Unprotection, memory: Memory, size: int, wall_ns: int) -> None:
        size = unprotection.rtp(memory, size)
        ssrc, stamp = sent_at(memory.data, size) if size >= 12 else (0, -1)
        heard = self.heard.get(ssrc)
        if heard is None:
            self._tally.odd += 1
            return
        heard.receive(memory.data[2] << 8 | memory.data[3])
        self._tally.received_bytes += size
        if stamp > 0:
            self._tally.delay.add((wall_ns - stamp) * NANOSECOND)
        elif stamp < 0:
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
        reports += [ReceiverReport(1, blocks[at : at + MAX_BLOCKS]) for at in range(0, len(blocks), MAX_BLOCKS)]
        if reports:
            compound = build(reports)
            SCRATCH.data[: len(compound)] = compound
            self._shell.send(SCRATCH.view[: protection.rtcp(SCRATCH, len(compound))])

    def _send_packet(self, protection: Protection, packet: bytes) -> None:
        SCRATCH.data[: len(packet)] = packet
        self._shell.send(SCRATCH.view[: protection.rtp(SCRATCH, len(packet))])
