"""What may be read of an offer without understanding it: the kinds of its sections, in order."""

import re

from signaling.messages import MediaKind, PublishedSource, Source, VideoCodec

MAX_SECTIONS = 64
SECTION = re.compile(r"^m=(\w+) ", re.MULTILINE)
CODEC = re.compile(r"^a=rtpmap:\d+ ([\w-]+)/", re.MULTILINE)


def sections(sdp: str) -> tuple[MediaKind | None, ...]:
    """Kinds of an offer's sections, in order; None for what the relay does not carry."""
    kinds: dict[str, MediaKind] = {"audio": "audio", "video": "video"}
    return tuple(kinds.get(kind) for kind in SECTION.findall(sdp)[:MAX_SECTIONS])


def sources(sdp: str) -> tuple[PublishedSource, ...]:
    """What a WHIP client sends: its first sound is a microphone, its first picture a camera, a second one a detail."""
    names: dict[MediaKind, list[Source]] = {"audio": ["microphone"], "video": ["camera", "detail"]}
    kinds = [kind for kind in sections(sdp) if kind is not None]
    return tuple(PublishedSource("", names[kind].pop(0)) for kind in kinds if names[kind])


def decoded(sdp: str) -> frozenset[VideoCodec]:
    """The codecs of pictures that a WHEP client names."""
    known: tuple[VideoCodec, ...] = ("vp8", "vp9", "av1", "h264")
    named = {name.lower() for name in CODEC.findall(sdp)}
    return frozenset(codec for codec in known if codec in named)
