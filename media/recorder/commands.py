"""Commands that the recorder process obeys, in the order in which they arrive on its channel.

The channel is framed as a media worker's is; the first frame is `Configure`. Packets do not come this way but through
the taps (`tap.py`). Whoever commands sends `AddTrack` before it asks the worker for the tap of the same stream: packets
of a stream nobody added are dropped and counted.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Source = Literal["microphone", "camera", "detail", "screen", "screen_sound"]
Kind = Literal["audio", "video"]

RecordingName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]  # names a folder: nothing that could leave it
Opaque = Annotated[str, Meta(max_length=128)]
StreamNumber = Annotated[int, Meta(ge=0, le=0xFFFF_FFFF)]


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """Base of all commands."""


class Configure(Command, frozen=True, tag="configure"):
    """Settings of the recorder; sent once, first. Answered by `Ready`; then what a crash left behind is mended."""

    root: str  # folder of all recordings, made if absent
    reserve_bytes: int = 1_073_741_824  # space that must be free before a recording begins; below a tenth of it all end
    queue_packets: int = 20_000  # packets that may wait for the disk, some seconds of ten people; more are dropped
    patience_s: float = 0.5  # how long a gap in the numbers may wait for its repaired packets


class Begin(Command, frozen=True, tag="begin"):
    """Opens a recording. Answered by `Begun`, or by `Fault` and nothing is written."""

    recording: RecordingName
    owner: Opaque  # to whom it belongs; read back only with the same value
    started_at: float  # seconds since the epoch; offsets of tracks count from the moment this command is obeyed
    continues: RecordingName | None = None  # the recording that a crash cut off and this one goes on with


class AddTrack(Command, frozen=True, tag="add-track"):
    """From now on packets of `stream` belong to the recording. A stream number is never used twice.

    Tracks of one `clock` (the id of the peer that publishes them) carry sender reports of one and the same NTP clock
    and are held in step with each other.
    """

    recording: RecordingName
    stream: StreamNumber
    clock: Opaque
    label: Opaque  # who is heard or seen
    source: Source
    kind: Kind
    codec: Annotated[str, Meta(max_length=32)]  # as in SDP's rtpmap, case does not matter: VP8, VP9, H264, AV1, opus
    clock_rate: Annotated[int, Meta(ge=1, le=1_000_000)]  # Hz
    channels: Annotated[int, Meta(ge=0, le=8)]  # 0 for video
    parameters: Annotated[str, Meta(max_length=1024)] = ""  # the publisher's fmtp
    redundant: int | None = None  # payload type of packets that repeat others (RFC 2198)


class EndTrack(Command, frozen=True, tag="end-track"):
    """Closes a track's file; what still waits in its buffer is written first. Unknown streams are ignored."""

    stream: StreamNumber


class Finish(Command, frozen=True, tag="finish"):
    """Closes the recording; `Finished` follows once its files have cues, duration and hashes."""

    recording: RecordingName
    reason: Annotated[str, Meta(max_length=64)]


class Stop(Command, frozen=True, tag="stop"):
    """Finishes every recording, then the process ends."""


AnyCommand = Configure | Begin | AddTrack | EndTrack | Finish | Stop
