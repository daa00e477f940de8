"""Frames on the channel: whole messages, however the stream is cut."""

import msgspec
import pytest

from media.channel import MAX_FRAME, Frames, frame
from media.commands import AnyCommand, Mute, Stop
from media.ids import TrackId


def test_messages_survive_any_cut_of_the_stream() -> None:
    messages: list[AnyCommand] = [Mute(TrackId("t"), True), Stop(), Mute(TrackId("u"), False)]
    stream = b"".join(frame(message) for message in messages)
    for size in (1, 3, 7, len(stream)):
        frames = Frames()
        bodies = [body for at in range(0, len(stream), size) for body in frames.receive(stream[at : at + size])]
        assert [msgspec.msgpack.decode(body, type=AnyCommand) for body in bodies] == messages


def test_a_frame_beyond_all_bounds_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match="too long"):
        list(Frames().receive((MAX_FRAME + 1).to_bytes(4, "big")))
