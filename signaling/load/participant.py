"""One virtual participant: asks by HTTP, connects, and stays until she is cancelled or her line breaks."""

import asyncio
import secrets
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from itertools import count

from media.dtls import DtlsSecurity
from media.ids import PeerId
from media.ports import KeyingMaterial
from media.sdp.description import SdpError
from signaling.load import streams
from signaling.load.description import Credentials, Section, offer, read_answer
from signaling.load.door import Door, Refusal, Seat
from signaling.load.streams import Source
from signaling.load.tally import Tally
from signaling.load.wire import Unreachable, Wire

CONNECT_S = 20.0  # for checks and DTLS, after the server's answer
SETTLED_S = 5.0  # a stream that was silent so long at the end has failed
GOLDEN = 0.618  # spreads the publishers' frames over time, however many there are


class Failed(Exception):
    """A connection that the server agreed to did not come about or did not last; the text is a code."""


class Switchboard:
    """Who has which wire: the listener of all their DTLS."""

    def __init__(self) -> None:
        self.wires: dict[PeerId, Wire] = {}
        self._numbers = count(1)

    def next_peer(self) -> PeerId:
        return PeerId(f"load-{next(self._numbers)}")

    def hang_up(self) -> None:
        """Before the tasks are cancelled: no answer may begin a new one."""
        for wire in self.wires.values():
            wire.deafen()

    def secured(self, peer: PeerId, keys: KeyingMaterial) -> None:
        if wire := self.wires.get(peer):
            wire.leg.secured(keys, asyncio.get_running_loop().time())

    def insecure(self, peer: PeerId, reason: str) -> None:
        if wire := self.wires.get(peer):
            wire.is_down(reason)


@dataclass(slots=True)
class Participant:
    """`publish` and `view` return when they have failed, and count as what."""

    door: Door
    security: DtlsSecurity
    board: Switchboard
    tally: Tally
    seat: Seat
    tells_arrivals: bool = True  # as browsers do; else only losses, once a second

    async def publish(self, kbps: int) -> None:
        """Sound, and a picture of so many kbit/s unless that is 0."""
        credentials = Credentials()
        sections = [Section("audio", _ssrc())] + ([Section("video", _ssrc())] if kbps else [])
        begins = asyncio.get_running_loop().time()
        sources = [
            streams.picture(section.ssrc, begins, kbps)
            if section.kind == "video"
            else streams.voice(section.ssrc, begins)
            for section in sections
        ]
        for source in sources:
            source.next_time += len(self.tally.sources) * GOLDEN % 1 * source.interval_s
        self.tally.sources += sources
        sdp = offer(sections, credentials, self.security.fingerprint)
        await self._stay(self.door.publish(self.seat, sdp), credentials, tuple(sources))

    async def view(self, of: Sequence[Seat], kbps: int) -> None:
        """Sound, and pictures unless `kbps` is 0."""
        credentials = Credentials()
        kinds = ("audio", "video") if kbps else ("audio",)
        sections = [Section(kind, tells_arrivals=self.tells_arrivals) for _ in of for kind in kinds]
        sdp = offer(sections, credentials, self.security.fingerprint)
        await self._stay(self.door.view(self.seat, of, sdp), credentials, ())

    async def _stay(self, asking: Awaitable[str], credentials: Credentials, sources: tuple[Source, ...]) -> None:
        self.tally.wanted += 1
        asked = asyncio.get_running_loop().time()
        try:
            answer = read_answer(await asking)
            wire = Wire(self.board.next_peer(), self.security, self.tally, credentials, answer, sources)
            await self._hold(wire, asked)
        except Refusal as refusal:
            self.tally.refuse(refusal)
        except Failed as failure:
            self.tally.failed[str(failure)] += 1
        except Unreachable:
            self.tally.failed["unreachable"] += 1
        except (SdpError, ValueError):
            self.tally.failed["answer-unreadable"] += 1

    async def _hold(self, wire: Wire, asked: float) -> None:
        """Raises Failed when the line does not come up, or breaks."""
        peer, heard = wire.leg.peer, wire.leg.heard.values()
        self.board.wires[peer] = wire
        try:
            with wire:
                await asyncio.wait((wire.up, wire.down), timeout=CONNECT_S, return_when=asyncio.FIRST_COMPLETED)
                if not wire.up.done():
                    raise Failed(wire.down.result() if wire.down.done() else "no-answer")
                self.tally.connected.add(wire.up.result() - asked)
                self.tally.heard += heard
                raise Failed(await asyncio.shield(wire.down))
        finally:
            del self.board.wires[peer]
            if wire.media.done():
                self.tally.first_packet.add(wire.media.result() - asked)
            if wire.up.done():
                long_ago = asyncio.get_running_loop().time() - SETTLED_S
                silent = [one for one in heard if max(wire.up.result(), one.last) < long_ago]
                self.tally.failed.update("silent" for _ in silent)


def _ssrc() -> int:
    return secrets.randbits(31) | 1
