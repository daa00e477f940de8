"""A picture now and then for a view that is paused: where the line carries sound and little else."""

import math
from dataclasses import dataclass

from media.bandwidth.allocator import PAUSED
from media.peer.commons import Commons
from media.peer.outlet import Outlet
from media.peer.outlets import Outlets

EVERY_S = 4.0  # a key frame costs everybody who watches the source; a face that moves so seldom is still a face
LOOK_S = 0.030  # whether it has come
LINGER_S = 0.150  # after its first packet: publishers spread the others over so much, and repairs must find the route
PATIENCE_S = 1.5
MOST = 2.5  # times the estimate, of the layer it is taken from: larger key frames would hold up the sound


@dataclass(slots=True)
class Stills:
    """Of one peer, one view at a time. Times are seconds on the caller's monotonic clock."""

    commons: Commons
    outlets: Outlets
    _shown: Outlet | None = None
    _packets: int = 0  # that had gone to it when it was opened
    _begun: bool = False
    _until: float = 0.0
    _next: float = 0.0

    def on_time(self, estimate_bps: float, now: float) -> float:
        """Does what is due; returns when more will be."""
        if self._shown is not None:
            self._watch(self._shown, now)
        elif now >= self._next:
            self._open(estimate_bps, now)
        if self._shown is not None:
            return now + LOOK_S
        return self._next if now < self._next else math.inf

    def _open(self, estimate_bps: float, now: float) -> None:
        paused = [outlet for outlet in self.outlets.all if outlet.step == PAUSED and outlet.track is not None]
        fitting = [outlet for outlet in paused if outlet.least_bps < MOST * estimate_bps]
        if not fitting:
            return
        self._shown = min(fitting, key=lambda outlet: outlet.rank)
        self._packets, self._begun = self._sent(self._shown), False
        self._until, self._next = now + PATIENCE_S, now + EVERY_S
        self.outlets.show_still(self._shown, on=True)

    def _watch(self, outlet: Outlet, now: float) -> None:
        if not self._begun and self._sent(outlet) > self._packets:
            self._begun, self._until = True, now + LINGER_S
        if now >= self._until:
            self.outlets.show_still(outlet, on=False)
            self._shown = None

    def _sent(self, outlet: Outlet) -> int:
        counters = self.commons.plane.route(outlet.index)
        return counters.packets if counters is not None else 0
