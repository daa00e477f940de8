"""A WHEP peer: the client offers sections to receive in, the relay fills them with tracks without another word.

All sections are answered at once, each with sources prepared, so that a slot filled later needs no negotiation.
"""

import secrets

from media.commands import Kind, View
from media.ice import Check
from media.ids import PeerId, RoomId, TrackId
from media.peer.commons import Commons
from media.peer.downlink import Downlink
from media.peer.outlet import Outlet
from media.peer.outlets import Outlets
from media.peer.peer import Peer
from media.peer.refusal import CommandRefused
from media.plane.interface import Extensions
from media.rtcp.packets import Packet
from media.rtp import ssrc
from media.sdp import choice
from media.sdp.description import DEPENDENCY, MID, TRANSPORT_CC, Codec, Description, Line, SdpError, Section, Sending
from media.sdp.reading import read


class Viewer(Peer):
    """Owns one outlet per section that the client can receive in; slot i belongs to section i."""

    kind = "viewer"

    def __init__(self, peer: PeerId, room: RoomId, commons: Commons, now: float) -> None:
        super().__init__(peer, room, commons, now)
        self._outlets = Outlets(commons, self.index)
        self._downlink = Downlink(commons, self.index, self._outlets)
        self._by_place: dict[int, Outlet] = {}
        self._slots: tuple[TrackId | None, ...] = ()
        self._stream = secrets.token_urlsafe(9)  # one name for all: players show one stream

    def view(self, command: View, now: float) -> str:
        """Takes the offer, first or again; returns the answer. Raises SdpError and CommandRefused."""
        offer = read(command.sdp)
        codecs = [choice.view(section) if _receivable(offer, section) else () for section in offer.sections]
        if not any(codecs):
            raise SdpError("sdp-unsupported", "no section receives a codec that is forwarded")
        self._check_rooms(command.slots)
        self.take_remote(offer)
        for place, section in enumerate(offer.sections):
            if codecs[place]:
                self._prepare(place, section, codecs[place])
        answer = self.describe_to_client(
            [self._describe(place, section) for place, section in enumerate(offer.sections)], setup="passive"
        )
        self.fill(command.slots, now)
        return answer

    def fill(self, slots: tuple[TrackId | None, ...], now: float) -> None:
        """What each section shows from now on."""
        for left in {track for track in self._slots if track is not None} - set(slots):
            self.commons.tracks.unwatch(self, left)
        for track in slots:
            if track is not None:
                self.commons.tracks.watch(self, track)
        self._slots = slots
        for place in self._by_place:
            self._show(place, now)
        self._downlink.look(now)

    def track_changed(self, track: TrackId, now: float) -> None:
        for place, wanted in enumerate(self._slots):
            if wanted == track and place in self._by_place:
                self._show(place, now)

    # ── sections

    def _check_rooms(self, slots: tuple[TrackId | None, ...]) -> None:
        for wanted in slots:
            track = self.commons.tracks.get(wanted) if wanted is not None else None
            if track is not None and track.room != self.room:
                raise CommandRefused("wrong-room", "a slot names a track of another room")

    def _prepare(self, place: int, section: Section, codecs: tuple[Codec, ...]) -> None:
        if place not in self._by_place:
            kind: Kind = "video" if section.kind == "video" else "audio"
            repaired = any(codec.name.lower() == "rtx" for codec in codecs)
            self._by_place[place] = self._outlets.add(kind, section.mid, ssrc.fresh(kind, repaired=repaired))
        outlet = self._by_place[place]
        outlet.codecs = codecs
        ids = choice.view_extensions(section)
        outlet.extensions = Extensions(
            mid=ids.get(MID, 0), transport_cc=ids.get(TRANSPORT_CC, 0), dependency=ids.get(DEPENDENCY, 0)
        )

    def _show(self, place: int, now: float) -> None:
        outlet = self._by_place[place]
        wanted = self._slots[place] if place < len(self._slots) else None
        track = self.commons.tracks.in_room(wanted, self.room) if wanted is not None else None
        if track is not None and track.kind != outlet.kind:
            track = None
        if outlet.track is not track:
            self._outlets.stop(outlet)
            if track is not None:
                outlet.attach(track, now)
        self._outlets.flow(outlet)
        self.wake_by(outlet.next_report)

    def _describe(self, place: int, section: Section) -> Line:
        outlet = self._by_place.get(place)
        if outlet is None:
            return Line(section.kind, section.mid, protocol=section.protocol, formats=section.formats)
        sending = Sending(self._stream, f"{self._stream}-{place}", outlet.ssrc, outlet.rtx_ssrc, self._stream)
        return Line(
            section.kind,
            section.mid,
            "sendonly",
            outlet.codecs,
            choice.view_extensions(section),
            sending,
            protocol=section.protocol,
        )

    # ── packets, time, end

    def checked(self, check: Check) -> None:
        super().checked(check)
        if check.moved:
            self._downlink.refresh()

    def begin_flow(self, now: float) -> None:
        self._outlets.begin()
        self._downlink.look(now)
        self.wake_by(now)

    def end_flow(self, now: float) -> None:
        for track in self._slots:
            if track is not None:
                self.commons.tracks.unwatch(self, track)
        self._outlets.end()

    def receive_rtcp(self, packets: list[Packet], now: float) -> None:
        self._outlets.receive_rtcp(packets, now)
        self.wake_by(self._downlink.receive(packets, now))

    def on_time(self, now: float) -> float:
        return min(self._outlets.report(now), self._downlink.on_time(now))

    def state(self) -> dict[str, object]:
        return super().state() | {"sections": self._outlets.state(), "line": self._downlink.state()}


def _receivable(offer: Description, section: Section) -> bool:
    """Over the one transport there is: bundled, or the only section."""
    bundled = section.mid in offer.bundle if offer.bundle else section is offer.sections[0]
    return section.receives and section.is_media and section.muxed and bundled
