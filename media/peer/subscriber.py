"""A peer that receives what it is told to: the relay offers, the client answers.

A section once offered stays for ever, inactive at most: browsers tear the whole transport down when the section that
carries the bundle goes away (RFC 9143 §7.5.3 allows it, they do not). One offer is out at a time; what changes
meanwhile goes into the next.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from media.commands import Answer
from media.events import Offered, ReceivingFares
from media.ice import Check
from media.ids import PeerId, RoomId, TrackId
from media.peer.commons import Commons
from media.peer.downlink import Downlink
from media.peer.layers import Shown
from media.peer.outlet import Outlet
from media.peer.outlets import Outlets
from media.peer.peer import Peer
from media.peer.track import Track
from media.plane.interface import Extensions
from media.rtcp.packets import Packet
from media.rtp import ssrc
from media.sdp import choice
from media.sdp.description import DEPENDENCY, TRANSPORT_CC, Codec, Description, Line, SdpError, Sending
from media.sdp.reading import read

COALESCE_S = 0.020  # after an offer, changes wait this long for each other; people come with sound and picture
MAX_SECTIONS = 64  # what clients and we ourselves accept in one description


@dataclass(slots=True, eq=False)
class _Slot:
    """One m-section of our offers."""

    outlet: Outlet
    offered: tuple[Codec, ...]
    since: int  # number of the first offer that shows its present state; 0 until it is offered


class Subscriber(Peer):
    """Owns its sections; tracks come and go in them."""

    kind = "subscriber"

    def __init__(self, peer: PeerId, room: RoomId, commons: Commons, now: float) -> None:
        super().__init__(peer, room, commons, now)
        self.wait_for_connection(None)
        self._wanted: tuple[TrackId, ...] = ()
        self._slots: list[_Slot] = []
        self._outlets = Outlets(commons, self.index)
        self._downlink = Downlink(commons, self.index, self._outlets)
        self._numbering = choice.Numbering()
        self._number = 0  # of the last offer
        self._outstanding = False
        self._answered = 0
        self._changed = False
        self._shown: dict[TrackId, Shown] = {}
        self._restarts = False  # the next offer has fresh ICE credentials
        self._offer_at = now

    def subscribe(self, tracks: tuple[TrackId, ...], now: float) -> None:
        """All the tracks it is to receive; those not published yet are waited for."""
        for track in set(self._wanted) - set(tracks):
            self.commons.tracks.unwatch(self, track)
        for track in tracks:
            self.commons.tracks.watch(self, track)
        self._wanted = tuple(dict.fromkeys(tracks))
        self._arrange(now)

    def restart(self, now: float) -> None:
        """The client's network changed: over new ICE credentials it may come from anywhere, and media go on."""
        if self._number:
            self._restarts = self._changed = True
            self._offer_when_due(now)

    def show(self, shown: Mapping[TrackId, Shown], now: float) -> None:
        """What the client shows of its pictures, all of them; what it does not name it may show as large as it is."""
        self._shown = dict(shown)
        self._outlets.show(self._shown)
        self._downlink.look(now)

    def track_changed(self, track: TrackId, now: float) -> None:
        for slot in self._slots:
            if slot.outlet.track is not None and slot.outlet.track.id == track:
                self._renew(slot, now)
        self._arrange(now)

    def answer(self, command: Answer, now: float) -> None:
        """The client's answer to the outstanding offer. Raises SdpError."""
        if not self._outstanding or command.number != self._number:
            return
        answer = read(command.sdp)
        self.take_remote(answer, offered=False)
        self._outstanding = False
        self._answered = self._number
        self._agree(answer)
        self._downlink.look(now)
        self._arrange(now)

    # ── sections

    def _arrange(self, now: float) -> None:
        """Brings sections in line with what is wanted and published, and offers if that changed anything."""
        present = [self.commons.tracks.in_room(track, self.room) for track in self._wanted]
        wanted = [track for track in present if track is not None]
        for slot in self._slots:
            if slot.outlet.track is not None and slot.outlet.track not in wanted:
                self._vacate(slot)
        shown = {slot.outlet.track for slot in self._slots}
        for track in wanted:
            if track not in shown:
                self._place(track, now)
        self._outlets.show(self._shown)
        self._offer_when_due(now)

    def _vacate(self, slot: _Slot) -> None:
        self._outlets.stop(slot.outlet)
        slot.outlet.codecs = ()
        slot.since = self._number + 1
        self._changed = True

    def _place(self, track: Track, now: float) -> None:
        codecs = self._numbering.offer(track.codec, track.redundancy)
        slot = self._free_slot(track) if codecs else None
        if slot is None:
            return
        slot.offered = codecs
        slot.since = self._number + 1
        slot.outlet.attach(track, now)
        self._changed = True

    def _free_slot(self, track: Track) -> _Slot | None:
        """An inactive section of this kind whose leaving the client has heard of, or one more at the end."""
        for slot in self._slots:
            if slot.outlet.track is None and slot.outlet.kind == track.kind and slot.since <= self._answered:
                self._outlets.renumber(slot.outlet, _ssrcs(track))
                return slot
        if len(self._slots) >= MAX_SECTIONS:
            return None
        slot = _Slot(self._outlets.add(track.kind, str(len(self._slots)), _ssrcs(track)), (), 0)
        self._slots.append(slot)
        return slot

    def _renew(self, slot: _Slot, now: float) -> None:
        """The track was negotiated anew; only another codec changes what we offer."""
        track = slot.outlet.track
        if track is None or self.commons.tracks.get(track.id) is not track:
            return
        codecs = self._numbering.offer(track.codec, track.redundancy)
        if codecs != slot.offered:
            self._vacate(slot)
        else:
            self._outlets.flow(slot.outlet)

    # ── offers and answers

    def _offer_when_due(self, now: float) -> None:
        if not self._changed or self._outstanding:
            return
        if now < self._offer_at:
            self.wake_by(self._offer_at)
            return
        self._changed = False
        self._outstanding = True
        self._number += 1
        if self._restarts:
            self._restarts = False
            self.commons.agents.restart(self.agent)
        self._offer_at = now + COALESCE_S
        if self._number == 1:
            self.wait_for_connection(now)
        sdp = self.describe_to_client([self._describe(slot) for slot in self._slots], setup="actpass")
        mids = {slot.outlet.track.id: slot.outlet.mid for slot in self._slots if slot.outlet.track is not None}
        self.commons.tell(Offered(self.id, self._number, sdp, mids))

    def _describe(self, slot: _Slot) -> Line:
        outlet = slot.outlet
        track = outlet.track
        if track is None:
            return Line(outlet.kind, outlet.mid, "inactive", slot.offered, choice.OFFERED_EXTENSIONS)
        sending = Sending(track.cname, track.id, outlet.ssrc, outlet.rtx_ssrc, track.cname)
        extensions = choice.OFFERED_WITH_LAYERS if track.layered else choice.OFFERED_EXTENSIONS
        return Line(outlet.kind, outlet.mid, "sendonly", slot.offered, extensions, sending)

    def _agree(self, answer: Description) -> None:
        """What the client takes of each section that is still what we offered."""
        sections = {section.mid: section for section in answer.sections}
        if len(answer.sections) > len(self._slots):
            raise SdpError("sdp-invalid", "the answer has more sections than the offer")
        for slot in self._slots:
            section = sections.get(slot.outlet.mid)
            if section is None or not section.receives or slot.outlet.track is None or slot.since > self._answered:
                continue
            taken = {codec.payload_type for codec in section.codecs}
            agreed = tuple(codec for codec in slot.offered if codec.payload_type in taken)
            ids = section.extensions
            extensions = Extensions(transport_cc=ids.get(TRANSPORT_CC, 0), dependency=ids.get(DEPENDENCY, 0))
            if agreed != slot.outlet.codecs or extensions != slot.outlet.extensions:
                slot.outlet.codecs, slot.outlet.extensions = agreed, extensions
                self._outlets.flow(slot.outlet)

    def fares(self) -> ReceivingFares:
        """How all that it gets arrives."""
        lost, seconds = self._outlets.fares()
        return ReceivingFares(self.id, lost, None if seconds is None else round(seconds * 1000))

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
        for track in self._wanted:
            self.commons.tracks.unwatch(self, track)
        self._outlets.end()

    def receive_rtcp(self, packets: list[Packet], now: float) -> None:
        self._outlets.receive_rtcp(packets, now)
        self.wake_by(self._downlink.receive(packets, now))

    def on_time(self, now: float) -> float:
        self._offer_when_due(now)
        if not self.has_keys:
            return now + COALESCE_S
        return min(self._outlets.report(now), self._downlink.on_time(now))

    def state(self) -> dict[str, object]:
        return super().state() | {
            "wanted": len(self._wanted),
            "offer": self._number,
            "outstanding": self._outstanding,
            "sections": self._outlets.state(),
            "line": self._downlink.state(),
        }


def _ssrcs(track: Track) -> tuple[int, int | None]:
    """Sound is not repaired by rtx."""
    return ssrc.fresh(track.kind, repaired=track.kind == "video")
