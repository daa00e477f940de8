"""Events that the recorder process reports, in the order in which they happened."""

from typing import Literal

import msgspec

HEARTBEAT_S = 1.0  # packets wait in the taps meanwhile, so a hang may be seen later than a media worker's
FaultCode = Literal[
    "disk-full",  # too little space to begin, or to go on: the recording has ended with what it has
    "disk-error",  # the disk refused a write: as above
    "codec-unsupported",  # this stream cannot be recorded; the others are
    "recording-exists",
    "recording-unknown",
    "stream-exists",
    "overload",  # packets were dropped because the disk did not keep up; the recording goes on
]


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """Base of all events."""


class Ready(Event, frozen=True, tag="ready"):
    """Commands are obeyed from here on. `unfinished` are recordings a crash cut off; each ends in its `Finished`."""

    unfinished: tuple[str, ...] = ()


class Begun(Event, frozen=True, tag="begun"):
    """The recording's folder and manifest are on disk."""

    recording: str


class KeyframeWanted(Event, frozen=True, tag="keyframe-wanted"):
    """The stream waits for a key frame: at its start, or after a loss that nothing repaired. At most one a second."""

    stream: int


class Finished(Event, frozen=True, tag="finished"):
    """The recording is complete on disk. `recovered`: a crash cut it off, and it holds what was written until then."""

    recording: str
    tracks: int
    duration_s: float  # from the recording's start to the end of its last track
    bytes: int
    recovered: bool = False


class Fault(Event, frozen=True, tag="fault"):
    """Something could not be recorded. `stream` where it concerns only one."""

    recording: str
    code: FaultCode
    stream: int | None = None


class Heartbeat(Event, frozen=True, tag="heartbeat"):
    """Every `HEARTBEAT_S`. Counters grow from the process's start."""

    loop_lag_ms: float  # how late the heartbeat's own timer was
    recordings: int
    waiting: int  # packets between the taps and the disk
    packets: int
    dropped: dict[str, int]  # reason → datagrams dropped


AnyEvent = Ready | Begun | KeyframeWanted | Finished | Fault | Heartbeat
