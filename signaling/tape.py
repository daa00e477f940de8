"""What is recorded: what the recorder was told of each act, and which tracks are copied to it."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from media import commands as media
from media.events import Started
from media.ids import TrackId
from media.recorder import commands as recorder
from media.recorder import events
from rooms.ids import ActId, RecordingId, SeatId
from rooms.service import RoomService
from rooms.views import RecordingState, RecordingView
from signaling.errands import Errands
from signaling.flow import Flow
from signaling.messages import Source
from signaling.plan import KINDS

log = logging.getLogger(__name__)

RECORDER_S = 10.0  # for another recorder to take over; then the people are told that it is over

ENDING_FAULTS = frozenset({"disk-full", "disk-error", "recording-exists", "recording-unknown"})


@dataclass(frozen=True, slots=True)
class Recorded:
    """A track that the plan wants on the recording. `clock`: the peer that publishes it."""

    started: Started
    seat: SeatId
    source: Source
    clock: str


@dataclass(eq=False, slots=True)
class Tape:
    """The recording of one act. `streams` are numbers that the recorder knows; they are never used twice."""

    act: ActId
    numbers: Iterator[int]
    record: Callable[[recorder.Command], bool]
    relay: Callable[[media.Command], None]
    recording: RecordingId | None = None
    failed: RecordingId | None = None  # it is over, though the rooms may not know it yet
    lost: RecordingId | None = None  # with its recorder; to be continued by the next
    streams: dict[TrackId, int] = field(default_factory=dict)

    def reconcile(self, view: RecordingView, wanted: Mapping[TrackId, Recorded]) -> bool:
        """Makes the recorder be as the rooms say. False: a recording should begin, and there is no recorder."""
        recording = view.recording if view.state is RecordingState.ON else None
        if recording is not None and recording == self.failed:
            return True
        if recording != self.recording:
            self._finish()
            if recording is not None and not self._begin(recording, view):
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

    def lose_recorder(self) -> None:
        self.lost = self.recording
        self.fail()

    def fail(self) -> None:
        """The recorder has given the recording up, or is gone with it."""
        self.failed = self.recording
        for track in self.streams:
            self.relay(media.Tap(track, None))
        self.streams.clear()
        self.recording = None

    def lose_tracks(self) -> None:
        """The relay is gone with every tap; tracks that come again are new streams."""
        for stream in self.streams.values():
            self.record(recorder.EndTrack(stream))
        self.streams.clear()

    def _begin(self, recording: RecordingId, view: RecordingView) -> bool:
        if not self.record(recorder.Begin(recording, self.act, view.since or 0.0, view.continues)):
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
                redundant=started.redundant,
            )
        )
        self.relay(media.Tap(track, stream))

    def _end(self, track: TrackId) -> None:
        self.relay(media.Tap(track, None))
        self.record(recorder.EndTrack(self.streams.pop(track)))


class Tapes:
    """The tapes of every act whose media are on this node."""

    def __init__(self, service: RoomService, record: Callable[[recorder.Command], bool], errands: Errands) -> None:
        self._service = service
        self._record = record
        self._errands = errands
        self._numbers = count(1)
        self._tapes: dict[ActId, Tape] = {}

    def open(self, act: ActId, relay: Callable[[media.Command], None]) -> None:
        self._tapes[act] = Tape(act, self._numbers, self._record, relay)

    def close(self, act: ActId) -> None:
        """Nobody of the act is left."""
        self._tapes.pop(act).finish()

    def reconcile(self, flow: Flow) -> None:
        """Makes the recorder be as the plan says."""
        if flow.view is None or flow.plan is None:
            return
        wanted = {
            track: Recorded(live.started, client.device.seat, live.source, client.up)
            for client in flow.clients.values()
            for track, live in client.tracks.items()
            if track in flow.plan.taps and live.started is not None and client.up is not None
        }
        running = flow.view.recording
        if not self._tapes[flow.act].reconcile(running, wanted) and running.recording is not None:
            self._fail(flow.act, running.recording, "recorder-away")

    def hear(self, event: events.Event) -> None:
        """What the recorder reports."""
        match event:
            case events.Ready():
                self._continue()
            case events.KeyframeWanted(stream=stream):
                self._ask_keyframe(stream)
            case events.Fault(recording=recording, code=code, stream=stream):
                log.warning("recording fault", extra={"recording": recording, "code": code, "stream": stream})
                if code in ENDING_FAULTS:
                    self._end(RecordingId(recording), code)
            case events.Finished(recording=recording, tracks=tracks):
                log.info("recording finished", extra={"recording": recording, "tracks": tracks})

    def lose_recorder(self) -> None:
        """It is gone; what it had written stays playable, and another is to go on soon."""
        for tape in self._tapes.values():
            if tape.recording is not None:
                tape.lose_recorder()
                self._errands.start(self._give_up(tape), f"recorder/{tape.act}")

    def _continue(self) -> None:
        """Another recorder: whatever the one before was cut off in goes on."""
        for act, tape in self._tapes.items():
            if tape.lost is not None:
                self._errands.add(act, partial(self._service.continue_recording, act, tape.lost))
                tape.lost = None

    async def _give_up(self, tape: Tape) -> None:
        lost = tape.lost
        await asyncio.sleep(RECORDER_S)
        if lost is not None and tape.lost == lost:
            tape.lost = None
            self._fail(tape.act, lost, "recorder-lost")

    def lose_relay(self, act: ActId) -> None:
        """The act's worker is gone with every tap."""
        self._tapes[act].lose_tracks()

    def _ask_keyframe(self, stream: int) -> None:
        for tape in self._tapes.values():
            for track, known in tape.streams.items():
                if known == stream:
                    tape.relay(media.RequestKeyframe(track))

    def _end(self, recording: RecordingId, code: str) -> None:
        for act, tape in self._tapes.items():
            if tape.recording == recording:
                tape.fail()
                self._fail(act, recording, code)

    def _fail(self, act: ActId, recording: RecordingId, code: str) -> None:
        self._errands.add(act, partial(self._service.recording_failed, act, recording, code))
