"""The recorder: commands and tapped packets in, files and events out. One thread drives it; only files are touched."""

import errno
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from media.recorder.clock import SenderClock
from media.recorder.commands import AddTrack, Begin, EndTrack, Finish
from media.recorder.events import AnyEvent, Begun, Fault, FaultCode, KeyframeWanted
from media.recorder.ports import Archive, Shelf
from media.recorder.tap import TapError, TappedPacket, unpack
from media.recorder.track import RecordedTrack, recordable

log = logging.getLogger(__name__)

CHECK_S = 1.0  # between two looks at the free space
EMERGENCY = 10  # below reserve / EMERGENCY running recordings end, while there is space left to close them well
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class Closed:
    """A recording whose last frame is written, ready to be finished."""

    shelf: Shelf
    reason: str


@dataclass(slots=True)
class _Running:
    """A recording that is being written; times are monotonic seconds."""

    shelf: Shelf
    began: float
    clocks: dict[str, SenderClock] = field(default_factory=dict)
    streams: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Recorder:
    """Holds the recordings in progress. What happens is given to `report`, what is complete to `closed`.

    A disk that refuses a write ends the recording concerned and no other; nothing raises.
    """

    archive: Archive
    reserve_bytes: int
    patience_s: float
    report: Callable[[AnyEvent], None]
    closed: Callable[[Closed], None]
    dropped: Counter[str] = field(default_factory=Counter)
    packets: int = 0
    _recordings: dict[str, _Running] = field(default_factory=dict)
    _tracks: dict[int, RecordedTrack] = field(default_factory=dict)
    _checked: float = 0.0

    @property
    def recordings(self) -> tuple[str, ...]:
        return tuple(self._recordings)

    def obey(self, command: Begin | AddTrack | EndTrack | Finish, now: float) -> None:
        match command:
            case Begin():
                self._begin(command, now)
            case AddTrack():
                self._add_track(command)
            case EndTrack():
                self._end_track(command.stream)
            case Finish():
                self._finish(command.recording, command.reason)

    def receive(self, datagram: bytes) -> None:
        """One datagram of a tap."""
        try:
            tapped = unpack(datagram)
        except TapError:
            self.dropped["malformed"] += 1
            return
        track = self._tracks.get(tapped.stream)
        if track is None:
            self.dropped["unknown-stream"] += 1
        elif isinstance(tapped, TappedPacket):
            self.packets += 1
            self._guarded(track, partial(track.receive, tapped))
        else:
            track.report(tapped)

    def on_time(self, now: float) -> None:
        """To be called some twenty times a second."""
        for stream, track in list(self._tracks.items()):
            self._guarded(track, partial(track.on_time, now))
            if stream in self._tracks and track.keyframe_due(now):
                self.report(KeyframeWanted(stream))
        if now - self._checked >= CHECK_S:
            self._checked = now
            self._check_space()

    def finish_all(self, reason: str) -> None:
        for recording in self.recordings:
            self._finish(recording, reason)

    def _begin(self, command: Begin, now: float) -> None:
        recording = command.recording
        try:
            if self.archive.free_bytes() < self.reserve_bytes:
                self.report(Fault(recording, "disk-full"))
                return
            shelf = self.archive.begin(recording, command.owner, command.started_at, command.continues)
        except FileExistsError:
            self.report(Fault(recording, "recording-exists"))
        except OSError as error:
            self.report(Fault(recording, fault_code(error)))
        else:
            self._recordings[recording] = _Running(shelf, now)
            self.report(Begun(recording))

    def _add_track(self, command: AddTrack) -> None:
        running = self._recordings.get(command.recording)
        if refusal := self._refusal(command, running):
            self.report(Fault(command.recording, refusal, command.stream))
        elif running:
            sender = running.clocks.setdefault(command.clock, SenderClock())
            track = RecordedTrack(command, running.shelf, running.began, sender, self.patience_s)
            self._tracks[command.stream] = track
            running.streams.append(command.stream)

    def _refusal(self, command: AddTrack, running: _Running | None) -> FaultCode | None:
        if running is None:
            return "recording-unknown"
        if command.stream in self._tracks:
            return "stream-exists"
        return None if recordable(command) else "codec-unsupported"

    def _end_track(self, stream: int) -> None:
        if track := self._tracks.pop(stream, None):
            self._recordings[track.about.recording].streams.remove(stream)
            self._guarded(track, track.close)
            self.dropped["malformed"] += track.malformed

    def _finish(self, recording: str, reason: str) -> None:
        if recording not in self._recordings:
            self.report(Fault(recording, "recording-unknown"))
            return
        for stream in list(self._recordings[recording].streams):
            self._end_track(stream)
        if running := self._recordings.pop(recording, None):
            self.closed(Closed(running.shelf, reason))

    def _guarded(self, track: RecordedTrack, write: Callable[[], None]) -> None:
        """A disk that refuses ends the recording; a packet that we stumble over costs what it carried."""
        try:
            write()
        except OSError as error:
            self._fail(track.about.recording, fault_code(error))
        except Exception:
            self.dropped["stumbled"] += 1
            log.exception("a track stumbled", extra={"recording": track.about.recording})

    def _fail(self, recording: str, code: FaultCode) -> None:
        """Ends a recording with what it has. A track that cannot be closed well is closed nevertheless."""
        running = self._recordings.pop(recording, None)
        if running is None:
            return
        self.report(Fault(recording, code))
        for stream in running.streams:
            track = self._tracks.pop(stream)
            try:
                track.close()
            except OSError:
                self.dropped["unwritten-tail"] += 1
        self.closed(Closed(running.shelf, code))

    def _check_space(self) -> None:
        if not self._recordings or self.archive.free_bytes() >= self.reserve_bytes // EMERGENCY:
            return
        for recording in self.recordings:
            self._fail(recording, "disk-full")


def fault_code(error: OSError) -> FaultCode:
    """Whether the disk has no room, or refuses for another reason."""
    return "disk-full" if error.errno in FULL else "disk-error"
