"""One device, as the media of its act see it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from media.commands import PublishedTrack, ShownTrack
from media.events import Started
from media.ids import PeerId, TrackId
from rooms.ids import DeviceId
from rooms.views import ActView, DeviceKind
from signaling.messages import PublishedSource, ShownPicture, Source
from signaling.plan import KINDS, Device, Track, track_id


@dataclass(slots=True)
class Live:
    """One track that the relay knows. `started` is its first packet's event."""

    source: Source
    muted: bool
    silent: bool = False
    started: Started | None = None


@dataclass(slots=True)
class Offer:
    """The relay's offer that a client answers next; `number` is ours, `relayed` the relay's."""

    number: int
    peer: PeerId
    relayed: int


@dataclass(slots=True)
class Client:
    """One device. `up` and `down` are its peers on the relay, None while it has none."""

    device: Device
    up: PeerId | None = None
    down: PeerId | None = None
    tracks: dict[TrackId, Live] = field(default_factory=dict)
    received: tuple[TrackId | None, ...] = ()  # what the relay was told last
    offer: Offer | None = None
    connection: int = 0  # grows with each receiving connection
    direct: dict[Source, bool] = field(default_factory=dict)  # sources sent directly, and whether they are muted
    shared: frozenset[Source] = frozenset()
    media: bool = False  # the rooms know that its media are up
    adrift: bool = False  # what it means to send is at no worker
    shown: tuple[ShownTrack, ...] = ()  # what it said of the pictures on its screen
    viewing: bool = False  # a WHEP client: its one peer came by its own offer

    def names(self, source: PublishedSource) -> PublishedTrack:
        """A section of its offer, as the relay is to know it."""
        track = track_id(self.device.device, source.source)
        return PublishedTrack(track, KINDS[source.source], source.mid, source.width, source.height)

    def shows(self, pictures: Iterable[ShownPicture]) -> None:
        """What it has on its screen."""
        self.shown = tuple(
            ShownTrack(track_id(DeviceId(picture.device), picture.source), picture.width, picture.height)
            for picture in pictures
        )

    def moves(self, view: ActView) -> bool:
        """Whether its seat was given to it, and the device before has not left yet."""
        own = self.device.device
        return any(seat.moving_to == own and any(known.device == own for known in seat.devices) for seat in view.seats)

    def published(self, track: TrackId, live: Live) -> Track:
        """One of its tracks, for the plan."""
        own = self.device
        return Track(
            track, own.device, own.seat, live.source, live.started is not None, own.kind is not DeviceKind.MAIN
        )
