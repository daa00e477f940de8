"""The recording of one act: what the recorder was told, and which tracks are copied to it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from media import commands as media
from media.events import Started
from media.ids import TrackId
from media.recorder import commands as recorder
from rooms.ids import ActId, RecordingId, SeatId
from rooms.views import RecordingState, RecordingView
from signaling.messages import Source
from signaling.plan import KINDS


@dataclass(frozen=True, slots=True)
class Recorded:
    """A track that the plan wants on the recording. `clock`: the peer that publishes it."""

    started: Started
    seat: SeatId
    source: Source
    clock: str


@dataclass(eq=False, slots=True)
class Tape:
    """`streams` are numbers that the recorder knows; they are never used twice."""

    act: ActId
    numbers: Iterator[int]
    record: Callable[[recorder.Command], bool]
    relay: Callable[[media.Command], None]
    recording: RecordingId | None = None
    streams: dict[TrackId, int] = field(default_factory=dict)

    def reconcile(self, view: RecordingView, wanted: Mapping[TrackId, Recorded]) -> bool:
        """Makes the recorder be as the rooms say. False: a recording should begin, and there is no recorder."""
        recording = view.recording if view.state is RecordingState.ON else None
        if recording != self.recording:
            self._finish()
            if recording is not None and not self._begin(recording, view.since or 0.0):
                return False
        if self.recording is not None:
            for track in self.streams.keys() - wanted.keys():
                self._end(track)
            for track in wanted.keys() - self.streams.keys():
                self._add(track, wanted[track])
        return True

    def finish(self) -> None:
        """Nobody of the act is left."""
        self._finish()

    def forget(self) -> None:
        """The recorder is gone with all it held."""
        for track in self.streams:
            self.relay(media.Tap(track, None))
        self.streams.clear()
        self.recording = None

    def lose_tracks(self) -> None:
        """The relay is gone with every tap; tracks that come again are new streams."""
        for stream in self.streams.values():
            self.record(recorder.EndTrack(stream))
        self.streams.clear()

    def _begin(self, recording: RecordingId, started_at: float) -> bool:
        if not self.record(recorder.Begin(recording, self.act, started_at)):
            return False
        self.recording = recording
        return True

    def _finish(self) -> None:
        if self.recording is None:
            return
        for track in list(self.streams):
            self._end(track)
        self.record(recorder.Finish(self.recording, "stopped"))
        self.recording = None

    def _add(self, track: TrackId, wanted: Recorded) -> None:
        """The recorder first: packets of a stream that it does not know are dropped."""
        stream = self.streams[track] = next(self.numbers)
        started = wanted.started
        self.record(
            recorder.AddTrack(
                recording=self.recording or "",
                stream=stream,
                clock=wanted.clock,
                label=wanted.seat,
                source=wanted.source,
                kind=KINDS[wanted.source],
                codec=started.codec,
                clock_rate=started.clock_rate,
                channels=started.channels,
                parameters=started.parameters,
            )
        )
        self.relay(media.Tap(track, stream))

    def _end(self, track: TrackId) -> None:
        self.relay(media.Tap(track, None))
        self.record(recorder.EndTrack(self.streams.pop(track)))
