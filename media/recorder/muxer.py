"""What the recorder has FFmpeg do, always without re-encoding: the size of a first picture, and the finished file."""

from typing import BinaryIO, Literal, cast

import av
from av.codec.context import CodecContext
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext

from media.recorder.packets import PacketError

Container = Literal["webm", "matroska"]

_DECODERS = {"av1": "libdav1d"}  # FFmpeg's own AV1 decoder works only with the help of a graphics card


def picture_size(codec: str, data: bytes, private: bytes) -> tuple[int, int]:
    """Width and height in pixels of a key frame, which also proves that a file may start with it.

    Raises PacketError for a frame that cannot be decoded.
    """
    decoder = cast(VideoCodecContext, CodecContext.create(_DECODERS.get(codec, codec), "r"))
    decoder.thread_count = 1
    if private:
        decoder.extradata = private
    try:
        pictures = decoder.decode(Packet(data)) or decoder.decode(None)
    except FFmpegError as reason:
        raise PacketError("key frame cannot be decoded") from reason
    if not pictures:
        raise PacketError("key frame without a picture")
    return pictures[0].width, pictures[0].height


def remux(live: BinaryIO, final: BinaryIO, container: Container) -> float:
    """Copies the one track of `live` into `final` with cues and duration; returns the end of its last frame in seconds.

    A file that a crash has cut short is copied up to its last whole frame. Raises ValueError when there is none, and
    OSError as the files do.
    """
    try:
        with (
            av.open(live, "r", format="matroska") as source,
            av.open(final, "w", format=container) as target,
        ):
            return _copy(source, target)
    except FFmpegError as reason:
        if isinstance(reason, OSError):
            raise
        raise ValueError("no playable track") from reason


def _copy(source: InputContainer, target: OutputContainer) -> float:
    if not source.streams:
        raise ValueError("no track")
    stream = target.add_stream_from_template(source.streams[0], opaque=True)  # no encoder is looked for
    end = 0.0
    for packet in source.demux(source.streams[0]):
        if packet.pts is None or packet.time_base is None:
            continue  # the empty packet at the end
        end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        packet.stream = stream
        target.mux(packet)
    return end
