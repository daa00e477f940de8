"""Which codecs, feedback and header extensions the relay agrees to."""

from dataclasses import replace

from media.sdp.description import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    DEPENDENCY,
    MID,
    REPAIRED_RID,
    RID,
    TRANSPORT_CC,
    Codec,
    Section,
)

FORWARDED = {"audio": ("opus",), "video": ("vp8", "vp9", "h264", "av1")}  # lower case
LAYERED = ("vp9", "av1")  # may carry several layers in one stream
PUBLISHED_EXTENSIONS = (MID, TRANSPORT_CC, AUDIO_LEVEL, ABS_SEND_TIME)
LAYER_EXTENSIONS = (RID, REPAIRED_RID)
REPAIR_FEEDBACK = ("nack", "nack pli", "ccm fir")
VIEWED_EXTENSIONS = (MID, TRANSPORT_CC, DEPENDENCY)
OFFERED_EXTENSIONS = {TRANSPORT_CC: 3}  # to subscribers
OFFERED_WITH_LAYERS = OFFERED_EXTENSIONS | {DEPENDENCY: 13}

# Numbers of our own offers: those that Chromium uses itself, so that traces read alike; others take the next free one.
USUAL = {"opus": (111, None), "red": (63, None), "vp8": (96, 97), "vp9": (98, 99), "h264": (102, 103), "av1": (45, 46)}
SPARE = (*range(112, 128), *range(35, 64))


def publication(section: Section) -> tuple[Codec, ...]:
    """The codec a publisher is to send, and its rtx or RED: the first we forward, for the offer's order is its wish.

    Empty if there is none. Feedback is what both know; transport-wide congestion control is preferred to REMB, which
    is agreed to only where the other is not offered.
    """
    main = next((codec for codec in section.codecs if codec.name.lower() in FORWARDED.get(section.kind, ())), None)
    if main is None:
        return ()
    agreed = _agreed(main, section)
    repair = section.repair_of(main.payload_type)
    return (agreed, *redundancy_of(main, section)) if repair is None else (agreed, replace(repair, feedback=()))


def redundancy_of(main: Codec, section: Section) -> list[Codec]:
    """The payload type under which packets of `main` repeat those before them (RFC 2198), if there is one.

    It stands behind `main`, for browsers send what an answer names first.
    """
    blocks = f"{main.payload_type}/{main.payload_type}"
    found = [codec for codec in section.codecs if codec.name.lower() == "red" and codec.parameters == blocks]
    return [_agreed(codec, section) for codec in found[:1]]


def publication_extensions(section: Section) -> dict[str, int]:
    """Those that we read; the names of layers only where there are several, each a stream or all in one."""
    read = (*PUBLISHED_EXTENSIONS, *(LAYER_EXTENSIONS if section.layers else ()))
    if not section.layers and any(codec.name.lower() in LAYERED for codec in publication(section)):
        read = (*read, DEPENDENCY)
    return {uri: section.extensions[uri] for uri in read if uri in section.extensions}


def view(section: Section) -> tuple[Codec, ...]:
    """All payload types of a receive-only section that we may send in, each with its rtx; VP8 first."""
    wanted = FORWARDED.get(section.kind, ())
    mains = [codec for codec in section.codecs if codec.name.lower() in wanted]
    mains.sort(key=lambda codec: wanted.index(codec.name.lower()))
    agreed: list[Codec] = []
    for main in mains:
        agreed.append(_agreed(main, section))
        repair = section.repair_of(main.payload_type)
        if repair is not None:
            agreed.append(replace(repair, feedback=()))
    return tuple(agreed)


def view_extensions(section: Section) -> dict[str, int]:
    """The MID, for some clients know no other way to tell bundled sections apart, and what feedback needs."""
    return {uri: section.extensions[uri] for uri in VIEWED_EXTENSIONS if uri in section.extensions}


def _agreed(codec: Codec, section: Section) -> Codec:
    """The codec with the feedback that both sides know; REMB only without transport-wide feedback."""
    paced = "transport-cc" in codec.feedback and TRANSPORT_CC in section.extensions
    wanted = (*REPAIR_FEEDBACK, "transport-cc" if paced else "goog-remb")
    return replace(codec, feedback=tuple(kind for kind in wanted if kind in codec.feedback))


def fits(published: Codec, negotiated: Codec) -> bool:
    """Whether packets of one codec may be sent under the other's payload type."""
    if published.name.lower() != negotiated.name.lower():
        return False
    ours, theirs = (codec.parameter("packetization-mode") or "0" for codec in (published, negotiated))
    return published.name.lower() != "h264" or ours == theirs


class Numbering:
    """Payload types of one subscriber's connection: one number never means two things (RFC 8843 §10.1.2)."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], tuple[int, int | None]] = {}

    def offer(self, published: Codec, redundancy: Codec | None = None) -> tuple[Codec, ...]:
        """The published codec under our numbers, then its rtx, or RED where it is sound; empty when numbers ran out."""
        numbers = self._numbers(published)
        if numbers is None:
            return ()
        number, repair = numbers
        feedback = ("transport-cc", *(REPAIR_FEEDBACK if repair is not None else ()))
        main = replace(published, payload_type=number, feedback=feedback)
        if repair is None:
            return main, *self._redundant(main, redundancy)
        return main, Codec(repair, "rtx", published.clock_rate, parameters=f"apt={number}")

    def _redundant(self, main: Codec, published: Codec | None) -> list[Codec]:
        """RED names the payload type of its blocks within, where nobody rewrites it: it must be the same everywhere."""
        if published is None or published.parameters != f"{main.payload_type}/{main.payload_type}":
            return []
        numbers = self._numbers(published)
        return [] if numbers is None else [replace(published, payload_type=numbers[0], feedback=main.feedback)]

    def _numbers(self, published: Codec) -> tuple[int, int | None] | None:
        key = (published.name.lower(), published.parameters)
        if key not in self._given:
            number, repair = USUAL[key[0]]
            taken = {number for pair in self._given.values() for number in pair}
            if number in taken:
                free = [number for number in SPARE if number not in taken]
                if len(free) < 2:
                    return None
                number, repair = free[0], None if repair is None else free[1]
            self._given[key] = number, repair
        return self._given[key]
