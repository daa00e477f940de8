from media.plane.interface import Codec, Ingress, TrackIndex
from media.plane.latch import Belonging, Latch

VIDEO, AUDIO = TrackIndex(1), TrackIndex(2)
VIDEO_CODECS = (Codec("vp8", 96, 97, 90_000), Codec("h264", 102, None, 90_000))
AUDIO_CODECS = (Codec("opus", 111, None, 48_000),)


def section(
    track: TrackIndex, mid: str, codecs: tuple[Codec, ...], ssrc: int = 0, *, types_only: bool = False
) -> Ingress:
    named = frozenset({ssrc} if ssrc else ())
    repairs = frozenset({ssrc + 1} if ssrc else ())
    return Ingress(track, True, mid, named, repairs, codecs, types_only)


def test_an_ssrc_named_in_the_offer_needs_no_more() -> None:
    latch = Latch((section(VIDEO, "v", VIDEO_CODECS, ssrc=10),))
    assert latch.belonging(10, b"", 96) == Belonging(VIDEO, repairs=False)
    assert latch.belonging(11, b"", 97) == Belonging(VIDEO, repairs=True)
    assert latch.belonging(12, b"", 96) is None


def test_the_mid_of_a_packet_names_the_track_and_its_type_tells_repairs() -> None:
    latch = Latch((section(VIDEO, "v", VIDEO_CODECS), section(AUDIO, "a", AUDIO_CODECS)))
    assert latch.belonging(5, b"v", 97) == Belonging(VIDEO, repairs=True)
    assert latch.belonging(5, b"v", 102) == Belonging(VIDEO, repairs=False)
    assert latch.belonging(5, b"a", 111) == Belonging(AUDIO, repairs=False)
    assert latch.belonging(5, b"a", 96) is None
    assert latch.belonging(5, b"x", 96) is None


def test_payload_types_decide_only_where_nothing_else_was_negotiated() -> None:
    latch = Latch((section(VIDEO, "", VIDEO_CODECS, types_only=True), section(AUDIO, "", AUDIO_CODECS)))
    assert latch.belonging(5, b"", 97) == Belonging(VIDEO, repairs=True)
    assert latch.belonging(5, b"", 111) is None


def test_of_two_sections_with_one_claim_the_first_has_it() -> None:
    latch = Latch((section(VIDEO, "m", VIDEO_CODECS, ssrc=10), section(AUDIO, "m", VIDEO_CODECS, ssrc=10)))
    assert latch.belonging(10, b"", 96) == Belonging(VIDEO, repairs=False)
    assert latch.belonging(9, b"m", 96) == Belonging(VIDEO, repairs=False)


def test_layers_share_a_mid_and_are_told_apart_by_rid() -> None:
    small, large = (
        Ingress(track, True, "v", frozenset(), frozenset(), VIDEO_CODECS, rid=rid)
        for track, rid in ((VIDEO, "q"), (AUDIO, "f"))
    )
    latch = Latch((small, large))
    assert latch.belonging(5, b"v", 96, b"f") == Belonging(AUDIO, repairs=False)
    assert latch.belonging(5, b"v", 97, b"q") == Belonging(VIDEO, repairs=True)
    assert latch.belonging(5, b"v", 96, b"h") is None
    assert latch.belonging(5, b"v", 96) is None


def test_a_section_of_one_layer_has_it_whatever_its_packets_call_it() -> None:
    assert Latch((section(VIDEO, "v", VIDEO_CODECS),)).belonging(5, b"v", 96, b"f") == Belonging(VIDEO, repairs=False)
