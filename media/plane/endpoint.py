"""One peer as the plane sees it: keys, addresses, what it sends and the numbering of what it is sent."""

import math
from dataclasses import dataclass, field

from media.plane.departures import Departures
from media.plane.interface import Address, Extensions, PeerIndex, SrtpKeys, TrackIndex
from media.plane.latch import Latch
from media.plane.numbering import Numbering
from media.plane.port import Port
from media.plane.source import Repair, Source
from media.plane.srtp import Protection, Unprotection

MAX_SOURCES = 32  # SSRCs of one participant at a time
MAX_SOURCES_EVER = 512  # libsrtp remembers each, so that none can be replayed
PACKETS_PER_S = 5_000  # of one participant: 40 Mbit/s, more than camera, detail and screen in all layers and repairs
IDLE_S = 60.0  # an SSRC silent for this long gives its place up


@dataclass(slots=True, eq=False)
class Way:
    """How packets reach a peer."""

    protection: Protection
    address: Address
    segmentation: bool = True  # until the kernel refuses it on the way to this address

    def send(self, port: Port, datagrams: memoryview, segment: int) -> int:
        """Sends datagrams of `segment` bytes that lie side by side, the last may be shorter; returns how many went."""
        if len(datagrams) <= segment:
            return port.send(datagrams, self.address)
        if self.segmentation:
            sent = port.send_segments(datagrams, segment, self.address)
            if sent is not None:
                return sent
            self.segmentation = False
        starts = range(0, len(datagrams), segment)
        return sum(port.send(datagrams[at : at + segment], self.address) for at in starts)


@dataclass(slots=True, eq=False)
class Endpoint:
    index: PeerIndex
    inbound: Unprotection | None = None
    outbound: Protection | None = None
    addresses: list[Address] = field(default_factory=list)  # the last is where we send
    way: Way | None = None  # once there are keys and an address
    transport_sequence: int = 0  # of the next packet towards this peer (16 bits)
    departures: Departures = field(default_factory=Departures)
    extensions: Extensions = field(default_factory=Extensions)  # of what it sends
    latch: Latch = field(default_factory=Latch)
    sources: dict[int, Source | Repair | None] = field(default_factory=dict)  # by SSRC; None: of no track so far
    sources_ever: int = 0
    second: float = -math.inf  # when the count of packets began
    packets: int = 0  # since then
    reporters: set[int] = field(default_factory=set)  # SSRCs under which it sent RTCP
    numberings: dict[int, Numbering] = field(default_factory=dict)  # by SSRC towards this peer

    def set_keys(self, keys: SrtpKeys) -> None:
        self.inbound, self.outbound = Unprotection(keys), Protection(keys)
        self._find_way()

    def move(self, address: Address, keep: int) -> list[Address]:
        """Sends to `address` from now on; returns the addresses given up."""
        if address in self.addresses:
            self.addresses.remove(address)
        self.addresses.append(address)
        given_up, self.addresses = self.addresses[:-keep], self.addresses[-keep:]
        self._find_way()
        return given_up

    def leave(self, address: Address) -> None:
        """Another peer has proved to be at `address`."""
        self.addresses.remove(address)
        self._find_way()

    def _find_way(self) -> None:
        address = self.addresses[-1] if self.addresses else None
        if address is None or self.outbound is None:
            self.way = None
        elif self.way is None or self.way.address != address or self.way.protection is not self.outbound:
            self.way = Way(self.outbound, address)

    def may_add_source(self, ssrc: int, now: float) -> bool:
        """Whether an SSRC that belongs to no track may be let in; long silent ones make room."""
        if ssrc in self.sources:
            return True
        if self.sources_ever >= MAX_SOURCES_EVER:
            return False
        if len(self.sources) < MAX_SOURCES:
            return True
        self.sources = {
            ssrc: source
            for ssrc, source in self.sources.items()
            if source is not None and now - source.last_time < IDLE_S
        }
        return len(self.sources) < MAX_SOURCES

    def may_send(self, now: float) -> bool:
        """Whether one more authentic packet is taken: nobody may drown the others, or the recorder, in her media."""
        if now - self.second >= 1:
            self.second, self.packets = now, 0
        self.packets += 1
        return self.packets <= PACKETS_PER_S

    def may_report(self, ssrc: int) -> bool:
        """Whether RTCP under this SSRC may be let in: libsrtp remembers each, and searches them one by one."""
        return ssrc in self.reporters or len(self.reporters) < MAX_SOURCES_EVER

    def disown(self, track: TrackIndex) -> None:
        """What comes under the SSRCs of `track` belongs to no track from now on."""
        for ssrc, source in self.sources.items():
            if source is not None and source.track == track:
                self.sources[ssrc] = None

    def numbering(self, ssrc: int) -> Numbering:
        return self.numberings.setdefault(ssrc, Numbering())
