"""Published tracks, and who waits for them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from media.commands import Kind
from media.ids import PeerId, RoomId, TrackId
from media.plane.interface import Codec as PlaneCodec
from media.plane.interface import Extensions, Ingress, PeerIndex, Route, TrackIndex
from media.rtcp.packets import SenderReport
from media.sdp.description import Codec


class Outlet(Protocol):
    """One m-section in which a subscriber receives the track."""

    @property
    def share_bps(self) -> float | None:
        """What the subscriber's line leaves to the track, if that is known and nobody else gets it."""

    def route(self) -> Route | None:
        """How its packets are to be rewritten; None while nothing may flow."""

    def heard(self, report: SenderReport, now: float) -> None:
        """The publisher told its clock."""


class Watcher(Protocol):
    """A peer that wants a track, published or not."""

    def track_changed(self, track: TrackId, now: float) -> None:
        """It began, ended, or was negotiated anew."""


@dataclass(slots=True, eq=False)
class Track:
    """One published stream of packets, audio or video. Owned by its publisher's peer."""

    id: TrackId
    room: RoomId
    kind: Kind
    index: TrackIndex
    publisher: PeerId
    peer: PeerIndex
    cname: str  # the same for all tracks of one publisher: what is played in step
    codec: Codec
    repair: Codec | None = None  # its rtx payload type
    extensions: Extensions = field(default_factory=Extensions)
    mid: str = ""
    ssrcs: tuple[int, ...] = ()
    rtx_ssrcs: tuple[int, ...] = ()
    named: bool = True  # by SSRC or MID; else the payload type decides
    started: bool = False
    silent: bool = False
    muted: bool = False
    bitrate_bps: float = 0.0  # of its datagrams, of late
    quiet_since: float = 0.0  # the time from which silence counts where no packet came later
    stream: int | None = None  # the recorder's number for it
    report: tuple[SenderReport, float] | None = None  # the last, and when it came
    outlets: list[Outlet] = field(default_factory=list)

    def ingress(self) -> Ingress:
        """How the plane recognises its packets."""
        codec = PlaneCodec(
            self.codec.name.lower(),
            self.codec.payload_type,
            self.repair.payload_type if self.repair is not None else None,
            self.codec.clock_rate,
        )
        return Ingress(
            track=self.index,
            video=self.kind == "video",
            mid=self.mid,
            ssrcs=frozenset(self.ssrcs),
            rtx_ssrcs=frozenset(self.rtx_ssrcs),
            codecs=(codec,),
            payload_types_only=not self.named,
        )


@dataclass(slots=True)
class Tracks:
    """All tracks of a worker, and the peers that want them."""

    _by_id: dict[TrackId, Track] = field(default_factory=dict)
    _by_index: dict[TrackIndex, Track] = field(default_factory=dict)
    _watchers: dict[TrackId, dict[Watcher, None]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Track]:
        return iter(self._by_id.values())

    def get(self, track: TrackId) -> Track | None:
        return self._by_id.get(track)

    def at(self, index: TrackIndex) -> Track | None:
        return self._by_index.get(index)

    def in_room(self, track: TrackId, room: RoomId) -> Track | None:
        """None also for a track of another room: a room sees nothing of its neighbours, not even that they exist."""
        found = self._by_id.get(track)
        return found if found is not None and found.room == room else None

    def add(self, track: Track) -> None:
        self._by_id[track.id] = track
        self._by_index[track.index] = track

    def remove(self, track: Track) -> None:
        self._by_id.pop(track.id, None)
        self._by_index.pop(track.index, None)

    def watch(self, watcher: Watcher, track: TrackId) -> None:
        self._watchers.setdefault(track, {})[watcher] = None

    def unwatch(self, watcher: Watcher, track: TrackId) -> None:
        watchers = self._watchers.get(track, {})
        watchers.pop(watcher, None)
        if not watchers:
            self._watchers.pop(track, None)

    def announce(self, track: TrackId, now: float) -> None:
        for watcher in list(self._watchers.get(track, ())):
            watcher.track_changed(track, now)
