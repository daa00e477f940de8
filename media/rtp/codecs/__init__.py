"""What the relay reads of each codec: where a decoder can begin. Payloads are never decoded or changed."""

from collections.abc import Callable

from media.rtp.codecs import av1, h264, opus, vp8, vp9

StartTest = Callable[[bytes], bool]

_STARTS: dict[str, StartTest] = {
    "vp8": vp8.can_start,
    "vp9": vp9.can_start,
    "h264": h264.can_start,
    "av1": av1.can_start,
    "opus": opus.can_start,
}


def start_test(codec: str) -> StartTest:
    """Tells of a payload of `codec` (lower case) whether a decoder can begin with it.

    Of a codec we cannot read any packet may be the first: better a decoder that waits than no picture at all.
    """
    return _STARTS.get(codec, _anywhere)


def _anywhere(_: bytes) -> bool:
    return True
