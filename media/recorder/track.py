"""One recorded track: packets in, a growing file out."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from media.recorder.clock import SenderClock, TrackClock
from media.recorder.codecs import MATROSKA_NAMES, WEBM, picture_format
from media.recorder.commands import AddTrack
from media.recorder.frames import Assembler, Frame, PictureFrames, SoundFrames
from media.recorder.matroska import LiveFile, Opus, Video
from media.recorder.muxer import Container, picture_size
from media.recorder.packets import Packet, PacketError, parse
from media.recorder.ports import Shelf, TrackSink
from media.recorder.reorder import Ordered, ReorderBuffer
from media.recorder.tap import TappedPacket, TappedReport
from media.rtp.codecs import red

KEYFRAME_PAUSE_S = 1.0  # between two wishes for a key frame: an encoder needs a moment, and the line too
OFFSET_STEP_S = 0.010  # a smaller correction of the offset waits for the end: nobody hears 10 ms


def recordable(about: AddTrack) -> bool:
    """Whether we know how this codec travels and lies."""
    codec = about.codec.lower()
    return codec in MATROSKA_NAMES and (codec == "opus") == (about.kind == "audio")


@dataclass(slots=True)
class RecordedTrack:
    """Writes one stream into the shelf as soon as its first frame (of pictures: the first key frame) is there.

    Methods that write raise OSError. `origin` is the monotonic time at which the recording began.
    """

    about: AddTrack
    shelf: Shelf
    origin: float
    sender: SenderClock
    patience_s: float
    malformed: int = 0
    _reorder: ReorderBuffer = field(init=False)
    _frames: Assembler = field(init=False)
    _clock: TrackClock = field(init=False)
    _sink: TrackSink | None = None
    _file: LiveFile | None = None
    _offset: float | None = None  # as the archive knows it
    _asked_at: float | None = None  # when a key frame was last wished for

    def __post_init__(self) -> None:
        self._reorder = ReorderBuffer(self.patience_s)
        self._clock = TrackClock(self.about.clock_rate, self.sender)
        sound = self.about.kind == "audio"
        self._frames = SoundFrames() if sound else PictureFrames(picture_format(self._codec))

    def receive(self, tapped: TappedPacket) -> None:
        try:
            packet = self._plain(parse(tapped.packet, tapped.arrival))
        except PacketError:
            self.malformed += 1
            return
        self._write(self._reorder.receive(packet))

    def report(self, report: TappedReport) -> None:
        self._clock.report(report.ntp, report.rtp, report.arrival)

    def on_time(self, now: float) -> None:
        """Gives up what was not repaired in time, and tells the archive of a better offset."""
        self._write(self._reorder.on_time(now))
        self._tell_offset(OFFSET_STEP_S)

    def keyframe_due(self, now: float) -> bool:
        """Whether to ask the publisher for a key frame now; true at most once in KEYFRAME_PAUSE_S."""
        if not self._frames.wants_key or (self._asked_at is not None and now - self._asked_at < KEYFRAME_PAUSE_S):
            return False
        self._asked_at = now
        return True

    def close(self) -> None:
        """Writes what the buffer still holds and lets the file go."""
        try:
            self._write(self._reorder.drain())
            self._tell_offset(0.0)
        finally:
            if self._sink:
                self._sink.close()

    def _plain(self, packet: Packet) -> Packet:
        """Without what it repeats: the file has that already. Raises PacketError."""
        if packet.payload_type != self.about.redundant:
            return packet
        try:
            return replace(packet, payload=red.primary(packet.payload).payload)
        except ValueError as reason:
            raise PacketError(str(reason)) from reason

    @property
    def _codec(self) -> str:
        return self.about.codec.lower()

    @property
    def _container(self) -> Container:
        return "webm" if self._codec in WEBM else "matroska"

    def _write(self, packets: Iterable[Ordered]) -> None:
        for ordered in packets:
            for frame in self._frames.receive(ordered):
                self._write_frame(frame)

    def _write_frame(self, frame: Frame) -> None:
        if self._file is None and not self._open(frame):
            return
        if self._sink and self._file:
            time = self._clock.place(frame.timestamp, frame.arrival)
            self._sink.write(self._file.block(time, frame.key, frame.data))

    def _open(self, first: Frame) -> bool:
        """Begins the file with its first frame; False where that frame cannot be decoded."""
        try:
            track = self._described(first)
        except PacketError:
            self.malformed += 1
            self._frames.wants_key = True
            return False
        about = self.about
        self._file = LiveFile(track, webm=self._container == "webm")
        self._sink = self.shelf.add_track(
            label=about.label, source=about.source, kind=about.kind, codec=self._codec, container=self._container
        )
        self._clock.place(first.timestamp, first.arrival)
        self._tell_offset(0.0)
        self._sink.write(self._file.header())
        return True

    def _described(self, first: Frame) -> Video | Opus:
        if self.about.kind == "audio":
            return Opus(self.about.channels or 2)
        width, height = picture_size(self._codec, first.data, first.private)
        return Video(MATROSKA_NAMES[self._codec], width, height, first.private)

    def _tell_offset(self, step: float) -> None:
        offset = self._clock.offset(self.origin)
        if self._sink is None or offset is None:
            return
        if self._offset is None or abs(offset - self._offset) > step:
            self._sink.set_offset(offset)
            self._offset = offset
