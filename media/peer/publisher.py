"""A peer that publishes: the client offers, the relay answers (the shape of WHIP, RFC 9725)."""

from dataclasses import dataclass

from media.beat import next_beat
from media.commands import Publish, PublishedTrack
from media.events import Ended, PublishedFares, Redundancy, Resumed, Silent, Started
from media.ids import PeerId, RoomId
from media.peer.commons import Commons
from media.peer.layers import STOPPED_S, Layer
from media.peer.peer import Peer
from media.peer.reception import Reception
from media.peer.refusal import CommandRefused
from media.peer.track import Track
from media.plane.interface import Arrival, Extensions, TrackIndex
from media.rtcp.packets import FullIntraRequest, Nack, Packet, PictureLoss, SenderReport, build
from media.sdp import choice
from media.sdp.description import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    DEPENDENCY,
    MID,
    REPAIRED_RID,
    RID,
    TRANSPORT_CC,
    Codec,
    Description,
    Line,
    SdpError,
)
from media.sdp.description import Section as SdpSection
from media.sdp.reading import read

TICK_S = 0.5  # between reports, and between two looks for silence


@dataclass(frozen=True, slots=True)
class _Accepted:
    """What one section of the offer will be: a track that is sent, or nothing."""

    section: SdpSection
    wanted: PublishedTrack | None
    codecs: tuple[Codec, ...]


class Publisher(Peer):
    """Owns its tracks: when it goes they end."""

    kind = "publisher"

    def __init__(self, peer: PeerId, room: RoomId, commons: Commons, now: float) -> None:
        super().__init__(peer, room, commons, now)
        self._tracks: dict[int, Track] = {}  # by place in the offer, which never changes (RFC 8829 §5.2.2)
        self._reception = Reception(commons.plane, self.index)
        self._intra_number = 0
        self._next_tick = now

    def publish(self, command: Publish, now: float) -> str:
        """Takes an offer whole or not at all; returns the answer. Raises SdpError and CommandRefused."""
        offer = read(command.sdp)
        places = self._accept(offer, command.tracks)
        self.take_remote(offer)
        self._settle(places, now)
        self._listen(offer)
        for track in self._tracks.values():
            self.commons.tracks.announce(track.id, now)
        lines = [self._describe(place, accepted) for place, accepted in enumerate(places)]
        return self.describe_to_client(lines, setup="passive")

    def tracks(self) -> list[Track]:
        return list(self._tracks.values())

    # ── the offer

    def _accept(self, offer: Description, tracks: tuple[PublishedTrack, ...]) -> list[_Accepted]:
        wanted = _places(offer, tracks)
        for track in tracks:
            taken = self.commons.tracks.get(track.track)
            if taken is not None and taken.room != self.room:
                raise CommandRefused("wrong-room", "the track is published in another room")
            if taken is not None and taken.publisher != self.id:
                raise CommandRefused("unknown-track", "the track is published by another peer")
        places = []
        for place, section in enumerate(offer.sections):
            codecs = choice.publication(section) if _carried(offer, place) else ()
            places.append(_Accepted(section, wanted.get(place) if section.sends and codecs else None, codecs))
        if tracks and not any(accepted.codecs for accepted in places):
            raise SdpError("sdp-unsupported", "no section has a codec that is forwarded")
        return places

    def _settle(self, places: list[_Accepted], now: float) -> None:
        """Ends the tracks that the offer no longer has, begins new ones, renews the others."""
        for place in list(self._tracks):
            wanted = places[place].wanted if place < len(places) else None
            if wanted is None or wanted.track != self._tracks[place].id:
                self._end(place, now)
        for place, accepted in enumerate(places):
            if accepted.wanted is not None:
                self._begin(place, accepted, accepted.wanted, now)

    def _begin(self, place: int, accepted: _Accepted, wanted: PublishedTrack, now: float) -> None:
        track = self._tracks.get(place)
        if track is None:
            track = self._tracks[place] = Track(
                id=wanted.track,
                room=self.room,
                kind=wanted.kind,
                layers=self._layers(accepted.section, now),
                publisher=self.id,
                peer=self.index,
                cname=self._reception.cname,
                codec=accepted.codecs[0],
                quiet_since=now,
            )
            self.commons.tracks.add(track)
        _renew(track, accepted)

    def _layers(self, section: SdpSection, now: float) -> list[Layer]:
        """For good: browsers do not change the layers of a section (RFC 8829 §5.2.2)."""
        rids = (*reversed(section.layers),) or ("",)
        return [Layer(TrackIndex(self.commons.track_indices.take()), rid, needed_at=now) for rid in rids]

    def _listen(self, offer: Description) -> None:
        """Tells the plane what comes from this peer."""
        ids: dict[str, int] = {}
        for track_place in self._tracks:
            ids |= choice.publication_extensions(offer.sections[track_place])
        extensions = Extensions(
            mid=ids.get(MID, 0),
            transport_cc=ids.get(TRANSPORT_CC, 0),
            audio_level=ids.get(AUDIO_LEVEL, 0),
            abs_send_time=ids.get(ABS_SEND_TIME, 0),
            rid=ids.get(RID, 0),
            repaired_rid=ids.get(REPAIRED_RID, 0),
            dependency=ids.get(DEPENDENCY, 0),
        )
        for track in self._tracks.values():
            track.extensions = extensions
        ingress = (each for track in self._tracks.values() for each in track.ingress())
        self.commons.plane.set_ingress(self.index, tuple(ingress), extensions)
        feedback = {kind for track in self._tracks.values() for kind in track.codec.feedback}
        self._reception.agree(paced="transport-cc" in feedback, estimated="goog-remb" in feedback)

    def _describe(self, place: int, accepted: _Accepted) -> Line:
        section = accepted.section
        if not accepted.codecs:
            return Line(section.kind, section.mid, protocol=section.protocol, formats=section.formats)
        return Line(
            section.kind,
            section.mid,
            "recvonly" if place in self._tracks else "inactive",
            self._ordered(place, accepted.codecs),
            choice.publication_extensions(section),
            protocol=section.protocol,
            layers=section.layers,
        )

    def _ordered(self, place: int, codecs: tuple[Codec, ...]) -> tuple[Codec, ...]:
        """RED before plain sound where it is wanted: browsers send what the answer names first."""
        track = self._tracks.get(place)
        wanted = track is not None and track.redundancy is not None and track.remedy.applied
        return codecs[::-1] if wanted else codecs

    # ── packets

    def started(self, track: Track, index: TrackIndex, now: float) -> None:
        """The first packet of a layer came."""
        track.layer(index).alive = True
        track.started, track.quiet_since = True, now
        self.commons.route_all(track)
        codec = track.codec
        if track.told != codec:
            track.told = codec
            red = track.redundancy.payload_type if track.redundancy is not None else None
            self.commons.tell(Started(track.id, codec.name, codec.clock_rate, codec.channels, codec.parameters, red))

    def arrived(self, arrival: Arrival) -> None:
        self._reception.arrived(arrival)

    def feedback_due(self) -> float | None:
        return self._reception.next_feedback()

    def ask_again(self, ssrc: int, sequences: list[int]) -> None:
        """NACK: what was lost on the way here."""
        nack = Nack(self._reception.ssrc, ssrc, tuple(sequences))
        self.commons.plane.send_rtcp(self.index, build([nack]))

    def ask_keyframe(self, track: Track) -> None:
        """PLI, or FIR where the publisher knows only that; for each layer, for some encoders answer for one alone."""
        for ssrc in self._sources(track):
            request: Packet = PictureLoss(self._reception.ssrc, ssrc)
            if "nack pli" not in track.codec.feedback and "ccm fir" in track.codec.feedback:
                self._intra_number += 1
                request = FullIntraRequest(self._reception.ssrc, ((ssrc, self._intra_number),))
            self.commons.plane.send_rtcp(self.index, build([request]))

    def _sources(self, track: Track) -> list[int]:
        sent = [layer for layer in track.layers if layer.alive] or track.layers
        return [ssrc for layer in sent for ssrc in self._reception.sources_of(layer.index)]

    def receive_rtcp(self, packets: list[Packet], now: float) -> None:
        for packet in packets:
            if isinstance(packet, SenderReport):
                self._hear_clock(packet, now)

    def _hear_clock(self, report: SenderReport, now: float) -> None:
        index = self._reception.heard(report, now)
        track = self.commons.tracks.at(index) if index is not None else None
        if track is None or index is None:
            return
        layer = track.layer(index)
        layer.report = (report, now)
        self.commons.plane.set_clock(index, report.timestamp - (report.ntp * track.codec.clock_rate >> 32) & 0xFFFFFFFF)
        for outlet in track.outlets:
            outlet.heard(layer)
        self.commons.tell_recorder(track, layer)

    # ── time

    def on_time(self, now: float) -> float:
        for compound in self._reception.feedback(now):
            self.commons.plane.send_rtcp(self.index, compound)
        if now >= self._next_tick:
            self._next_tick = next_beat(now, TICK_S)
            if self.has_keys:
                self._tick(now)
        return min(self._next_tick, self._reception.next_feedback() or self._next_tick)

    def _tick(self, now: float) -> None:
        for compound in self._reception.reports(now, self._cap_bps()):
            self.commons.plane.send_rtcp(self.index, compound)
        for track in self._tracks.values():
            self._judge_layers(track, now)
            self._judge_silence(track, now)
            self._judge_loss(track, now)

    def _cap_bps(self) -> float | None:
        """The most that is of use, where each picture has one subscriber, whose line is known to carry no more."""
        shares = [
            outlet.share_bps for track in self._tracks.values() for outlet in track.outlets if track.kind == "video"
        ]
        known = [share for share in shares if share is not None]
        if not known or len(known) < len(shares):
            return None
        return sum(known) + sum(track.bitrate_bps for track in self._tracks.values() if track.kind == "audio")

    def _judge_layers(self, track: Track, now: float) -> None:
        """Which layers are sent, and at which rate: subscribers and the recorder go to those that are."""
        before = [layer.alive for layer in track.layers]
        for layer in track.layers:
            layer.bitrate_bps = self._reception.bitrate_bps(layer.index)
            layer.alive = now - self._reception.last_packet(layer.index) < STOPPED_S
        more = track.measure(*self._reception.inner_bps(track.index), now)
        for outlet in track.outlets if more else ():
            outlet.stepped()
        if more or (len(track.layers) > 1 and before != [layer.alive for layer in track.layers]):
            self.commons.route_all(track)
        self.commons.record(track, now)
        self.commons.pause_layers(track, now)

    def _judge_silence(self, track: Track, now: float) -> None:
        heard = max(self._reception.last_packet(layer.index) for layer in track.layers)
        last = max(track.quiet_since, heard, self.connected_at or 0.0)
        silent = now - last >= self.commons.settings.silence_s and not track.muted
        if silent and not track.silent:
            self.commons.tell(Silent(track.id))
        elif track.silent and not silent and not track.muted:
            self.commons.tell(Resumed(track.id))
        track.silent = silent

    def _judge_loss(self, track: Track, now: float) -> None:
        """Sound is sent twice while somebody loses much of it who can read it so."""
        if track.redundancy is None:
            return
        taking = [outlet.lost for outlet in track.outlets if outlet.takes_redundancy]
        lost = max([self._reception.lost(track.index), *taking]) if taking else 0.0
        if track.remedy.judge(lost, now):
            self.commons.tell(Redundancy(track.id, track.remedy.applied))

    def fares(self) -> list[PublishedFares]:
        """How each track arrives."""
        return [self._fares(track) for track in self._tracks.values()]

    def _fares(self, track: Track) -> PublishedFares:
        indices = [layer.index for layer in track.layers]
        kbps = sum(layer.bitrate_bps for layer in track.layers) / 1000
        frames = max(map(self._reception.frame_rate, indices)) if track.kind == "video" else 0.0
        return PublishedFares(track.id, round(kbps), max(map(self._reception.lost, indices)), frames)

    # ── beginning and end

    def begin_flow(self, now: float) -> None:
        """Nothing to do: packets come by themselves, key frame first, and routes are there already."""

    def end_flow(self, now: float) -> None:
        for place in list(self._tracks):
            self._end(place, now)

    def _end(self, place: int, now: float) -> None:
        track = self._tracks.pop(place)
        self.commons.tracks.remove(track)
        self.commons.keyframes.forget(track.index)
        self.commons.tracks.announce(track.id, now)
        track.stream = None
        self.commons.record(track, now)
        for layer in track.layers:
            self.commons.track_indices.give_back(layer.index)
        self.commons.tell(Ended(track.id))

    def state(self) -> dict[str, object]:
        tracks = {
            str(track.id): {
                "kind": track.kind,
                "codec": track.codec.name,
                "started": track.started,
                "silent": track.silent,
                "muted": track.muted,
                "tapped": track.stream is not None,
                "outlets": len(track.outlets),
                "layers": {layer.rid: round(layer.bitrate_bps) for layer in track.layers if layer.alive},
                "inner": [round(layer.bitrate_bps) for layer in track.inner],
            }
            for track in self._tracks.values()
        }
        return super().state() | {"tracks": tracks}


def _places(offer: Description, tracks: tuple[PublishedTrack, ...]) -> dict[int, PublishedTrack]:
    """Which section each track means: by MID, or the next of its kind."""
    found: dict[int, PublishedTrack] = {}
    for track in sorted(tracks, key=lambda track: not track.mid):
        for place, section in enumerate(offer.sections):
            named = section.mid == track.mid if track.mid else section.sends
            if place not in found and section.kind == track.kind and named:
                found[place] = track
                break
        else:
            raise CommandRefused("unknown-track", f"the offer has no {track.kind} section for one of the tracks")
    return found


def _carried(offer: Description, place: int) -> bool:
    """Whether a section can go over the one transport we have: bundled, or the first."""
    section = offer.sections[place]
    if section.rejected or not section.is_media or not section.muxed:
        return False
    if offer.bundle:
        return section.mid in offer.bundle
    return all(other.rejected for other in offer.sections[:place])


def _renew(track: Track, accepted: _Accepted) -> None:
    section = accepted.section
    track.codec = accepted.codecs[0]
    track.repair = next((codec for codec in accepted.codecs if codec.name.lower() == "rtx"), None)
    track.redundancy = next((codec for codec in accepted.codecs if codec.name.lower() == "red"), None)
    track.mid = section.mid
    if accepted.wanted is not None:
        track.size = (accepted.wanted.width, accepted.wanted.height)
    track.ssrcs, track.rtx_ssrcs = section.media_ssrcs, section.repair_ssrcs
    track.named = bool(section.media_ssrcs) or MID in section.extensions
