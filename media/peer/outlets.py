"""What a subscriber receives: one outlet per m-section."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from media.beat import next_beat
from media.commands import Kind
from media.ids import TrackId
from media.peer.commons import Commons
from media.peer.layers import Shown
from media.peer.outlet import Outlet
from media.plane.interface import PeerIndex, RouteIndex
from media.rtcp.packets import FullIntraRequest, Packet, PictureLoss, ReceiverReport, SourceDescription, build

REPORT_S = 1.0  # between two sender reports of a route
REPORTS_PER_COMPOUND = 12  # each is 28 bytes and its name about 24: fits a datagram


@dataclass(slots=True)
class Outlets:
    """All outlets of one peer: who may ask what of them, and when they report."""

    commons: Commons
    peer: PeerIndex
    all: list[Outlet] = field(default_factory=list)
    open: bool = False
    _by_ssrc: dict[int, Outlet] = field(default_factory=dict)

    def add(self, kind: Kind, mid: str, ssrcs: tuple[int, int | None]) -> Outlet:
        outlet = Outlet(self.peer, kind, mid, *ssrcs, RouteIndex(self.commons.route_indices.take()), open=self.open)
        self.all.append(outlet)
        self._register(outlet)
        return outlet

    def renumber(self, outlet: Outlet, ssrcs: tuple[int, int | None]) -> None:
        """Another stream under new names: receivers take a source that jumps for a broken one."""
        self._forget(outlet)
        outlet.ssrc, outlet.rtx_ssrc = ssrcs
        outlet.index = RouteIndex(self.commons.route_indices.take())
        self._register(outlet)

    def _register(self, outlet: Outlet) -> None:
        self._by_ssrc[outlet.ssrc] = self.commons.outlets[outlet.index] = outlet

    def _forget(self, outlet: Outlet) -> None:
        del self._by_ssrc[outlet.ssrc], self.commons.outlets[outlet.index]
        self.commons.route_indices.give_back(outlet.index)

    def flow(self, outlet: Outlet) -> None:
        """Routes the outlet's track anew; what newly flows begins with a key frame."""
        if outlet.track is None:
            return
        self.commons.route(outlet.track, outlet)
        if outlet.flows:
            if outlet.feeding is None or not outlet.track.inner:  # else the plane asks for one where it is needed
                self.commons.want_keyframe(outlet.track)
            self.commons.wake_by(outlet.next_report)

    def show(self, shown: Mapping[TrackId, Shown]) -> None:
        """What the client shows of its tracks; of those not named it may show all there is."""
        largest = max((each.area for each in shown.values()), default=0)
        for outlet in self.all:
            if outlet.track is None or outlet.kind == "audio":
                continue
            now = shown.get(outlet.track.id)
            outlet.watched = now is not None and 2 * now.area > largest
            if now != outlet.shown:
                outlet.shown = now
                self._pause_or_flow(outlet)

    def give(self, outlet: Outlet, step: int) -> None:
        """What the line carries of it from now on."""
        outlet.step, outlet.still = step, False
        self._pause_or_flow(outlet)

    def show_still(self, outlet: Outlet, *, on: bool) -> None:
        """Opens a paused outlet for a key frame, or closes it again."""
        outlet.still = on
        self._pause_or_flow(outlet)

    def _pause_or_flow(self, outlet: Outlet) -> None:
        if outlet.track is not None and not outlet.flows:
            self.commons.route(outlet.track, outlet)
        else:
            self.flow(outlet)

    def stop(self, outlet: Outlet) -> None:
        track = outlet.detach()
        if track is not None:
            self.commons.route(track, outlet)

    def begin(self) -> None:
        """The peer has keys."""
        self.open = True
        for outlet in self.all:
            outlet.open = True
            self.flow(outlet)

    def end(self) -> None:
        for outlet in self.all:
            self.stop(outlet)
            self._forget(outlet)
        self.all.clear()

    def receive_rtcp(self, packets: list[Packet], now: float) -> None:
        """Key frames, and how sources are received; a source that is not of this peer is nobody's (RTCP may lie)."""
        for packet in packets:
            if isinstance(packet, PictureLoss):
                self._refresh(packet.media)
            elif isinstance(packet, FullIntraRequest):
                for ssrc, _ in packet.requests:
                    self._refresh(ssrc)
            elif isinstance(packet, ReceiverReport):
                for block in packet.blocks:
                    if block.ssrc in self._by_ssrc:
                        self._by_ssrc[block.ssrc].hear_report(block, now)

    def repair(self, ssrc: int, sequences: list[int], now: float) -> int:
        """Sends packets of one of this peer's sources again; how many went."""
        outlet = self._by_ssrc.get(ssrc)
        if outlet is None or outlet.track is None:
            return 0
        return self.commons.plane.retransmit(outlet.index, sequences, now)

    def report(self, now: float) -> float:
        """Sends the sender reports that are due; returns when the next are.

        Where nothing is sent an empty report goes out instead: clients take silence for a path that broke.
        """
        looked = [outlet for outlet in self.all if outlet.track is not None and now >= outlet.next_report]
        for outlet in looked:
            outlet.next_report = next_beat(now, REPORT_S, self.peer)
        due = [report for outlet in looked if (report := outlet.report(self.commons, now)) is not None]
        for at in range(0, len(due), REPORTS_PER_COMPOUND):
            some = due[at : at + REPORTS_PER_COMPOUND]
            names = SourceDescription(tuple((report.ssrc, name) for report, name in some))
            self.commons.plane.send_rtcp(self.peer, build([*(report for report, _ in some), names]))
        if looked and not due and self.open and not any(outlet.flowed for outlet in looked):
            self.commons.plane.send_rtcp(self.peer, build([ReceiverReport(looked[0].ssrc, ())]))
        return min((outlet.next_report for outlet in self.all if outlet.track is not None), default=now + REPORT_S)

    def fares(self) -> tuple[float, float | None]:
        """The greatest share that the peer lost of anything, and seconds to it and back."""
        flowing = [outlet for outlet in self.all if outlet.track is not None]
        times = [outlet.round_trip_s for outlet in flowing if outlet.round_trip_s is not None]
        return max((outlet.lost for outlet in flowing), default=0.0), min(times, default=None)

    def state(self) -> list[dict[str, object]]:
        """For people who look for a fault."""
        return [
            {
                "kind": outlet.kind,
                "track": None if outlet.track is None else str(outlet.track.id),
                "codec": None if (codec := outlet.codec()) is None else codec.name,
                "flows": outlet.flows,
                "step": outlet.step,
            }
            for outlet in self.all
        ]

    def _refresh(self, ssrc: int) -> None:
        outlet = self._by_ssrc.get(ssrc)
        if outlet is not None and outlet.track is not None:
            self.commons.want_keyframe(outlet.track)
