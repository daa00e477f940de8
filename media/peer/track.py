"""Published tracks, and who waits for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from media.bandwidth.redundancy import Remedy
from media.commands import Kind
from media.ids import PeerId, RoomId, TrackId
from media.peer import layers
from media.peer.layers import Layer, Shown
from media.plane.interface import WHOLE, Extensions, Ingress, PeerIndex, Route, RouteIndex, Target, TrackIndex
from media.plane.interface import Codec as PlaneCodec
from media.sdp import choice
from media.sdp.description import Codec


class Outlet(Protocol):
    """One m-section in which a subscriber receives the track."""

    lost: float  # share, as the subscriber last told

    @property
    def takes_redundancy(self) -> bool:
        """Whether the subscriber hears more of a lossy line where the track is sent as RED."""

    @property
    def share_bps(self) -> float | None:
        """What the subscriber's line leaves to the track, if that is known and nobody else gets it."""

    index: RouteIndex
    feeding: Layer | None  # whose packets go out, as the plane last told
    listed: Mapping[Layer, Route]  # as the plane was last told

    @property
    def track(self) -> "Track | None": ...
    def routes(self) -> dict[Layer, Route]:
        """How packets are to be rewritten, layer by layer; none where nothing may flow."""

    def needs(self) -> set[Layer]:
        """Layers that the publisher has to send for it."""

    def heard(self, layer: Layer) -> None:
        """The publisher told the layer's clock."""

    def stepped(self) -> None:
        """There are more layers to choose from than before."""

    def begun(self, layer: Layer) -> bool:
        """From here on the layer feeds it; whether another did before, which is not needed any more."""


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
    layers: list[Layer]  # the least first; one where nothing else was agreed
    inner: list[Layer] = field(default_factory=list, kw_only=True)  # of one stream, once it tells of several
    publisher: PeerId
    peer: PeerIndex
    cname: str  # the same for all tracks of one publisher: what is played in step
    codec: Codec
    repair: Codec | None = None  # its rtx payload type
    redundancy: Codec | None = None  # its RED payload type
    remedy: Remedy = field(default_factory=Remedy)
    extensions: Extensions = field(default_factory=Extensions)
    mid: str = ""
    ssrcs: tuple[int, ...] = ()
    rtx_ssrcs: tuple[int, ...] = ()
    named: bool = True  # by SSRC or MID; else the payload type decides
    started: bool = False
    silent: bool = False
    muted: bool = False
    size: tuple[int, int] = (0, 0)  # of the best layer's picture, in pixels, where the publisher said
    quiet_since: float = 0.0  # the time from which silence counts where no packet came later
    stream: int | None = None  # the recorder's number for it
    tapped: Layer | None = None  # that the recorder gets
    tapped_at: float = 0.0  # since when
    told: Codec | None = None  # the codec with which it was said to have started
    sends: set[Layer] | None = None  # that the publisher was told to send; None: nothing was said, it sends all
    slower: int = 0  # so many of the inner layers are the least size with fewer frames
    outlets: list[Outlet] = field(default_factory=list)

    @property
    def index(self) -> TrackIndex:
        """Under which the track as a whole goes; each layer has one of its own."""
        return self.layers[-1].index

    @property
    def steps(self) -> list[Layer]:
        """What there is to choose from, the least first: streams, or the layers in one."""
        return self.inner or self.layers

    @property
    def sizes(self) -> list[Layer]:
        """Those of the steps that its publisher can pause."""
        return self.steps[self.slower :]

    def costs(self) -> tuple[float, ...]:
        """bit/s of each step."""
        return layers.costs(self.steps, self.size, self.slower)

    def best(self, shown: Shown | None) -> int:
        """The least step that is good enough for what is shown."""
        return layers.best(shown, len(self.steps), self.size, self.slower)

    def target(self, step: int) -> Target:
        """What the plane is to choose of the one stream for somebody who gets a step."""
        if not self.inner:
            return WHOLE
        return Target(0, step) if step < self.slower else Target(step - self.slower, WHOLE.temporal)

    @property
    def layered(self) -> bool:
        """Whether its packets may tell of layers."""
        return bool(self.extensions.dependency) and self.codec.name.lower() in choice.LAYERED

    def measure(self, paces: Sequence[float], sizes: Sequence[float], now: float) -> bool:
        """What its one stream costs in bit/s: the least size with the frame rates up to each, and the sizes up to each;
        whether there are more than were known."""
        rates = [*paces[:-1], *sizes]
        more = len(rates) > len(self.steps) and len(self.layers) == 1
        if more:
            names = [*("" for _ in paces[:-1]), *(str(halvings) for halvings in reversed(range(len(sizes))))]
            self.inner = [Layer(self.index, name, needed_at=now) for name in names]
            self.slower, self.sends = len(paces[:-1]), None
        for layer, rate in zip(self.inner, rates, strict=False):
            asked = self.inner[self.slower] if layer.rid == "" else layer
            apart = self.sends is None or asked in self.sends or rates.count(rate) == 1
            layer.bitrate_bps, layer.alive = rate, rate > 0 and apart
        return more

    @property
    def bitrate_bps(self) -> float:
        """Of its best layer, of late."""
        return max(layer.bitrate_bps for layer in self.layers)

    def layer(self, index: TrackIndex) -> Layer:
        return next(layer for layer in self.layers if layer.index == index)

    def needs(self) -> set[Layer]:
        """Layers that somebody gets or is to get, the best for the recorder; never none, or it would seem silent.

        Of layers in one stream one alone, or all up to the best: the line of one of several people may become narrow.
        """
        needed = {layer for outlet in self.outlets for layer in outlet.needs()}
        if self.stream is not None:
            needed.add(self.sizes[-1])
        if self.inner and (len(self.outlets) > 1 or len(needed) > 1):
            needed = set(self.sizes[: 1 + max(map(self.sizes.index, needed), default=0)])
        return needed or {self.sizes[0]}

    def ingress(self) -> list[Ingress]:
        """How the plane recognises its packets."""
        return [self._ingress(layer) for layer in self.layers]

    def _ingress(self, layer: Layer) -> Ingress:
        codec = PlaneCodec(
            self.codec.name.lower(),
            self.codec.payload_type,
            self.repair.payload_type if self.repair is not None else None,
            self.codec.clock_rate,
        )
        return Ingress(
            track=layer.index,
            video=self.kind == "video",
            mid=self.mid,
            ssrcs=frozenset(() if layer.rid else self.ssrcs),
            rtx_ssrcs=frozenset(() if layer.rid else self.rtx_ssrcs),
            codecs=(codec, *self._redundant()),
            payload_types_only=not self.named,
            rid=layer.rid,
        )

    def _redundant(self) -> list[PlaneCodec]:
        red = self.redundancy
        return [] if red is None else [PlaneCodec("red", red.payload_type, None, red.clock_rate)]


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
        for layer in track.layers:
            self._by_index[layer.index] = track

    def remove(self, track: Track) -> None:
        self._by_id.pop(track.id, None)
        for layer in track.layers:
            self._by_index.pop(layer.index, None)

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
