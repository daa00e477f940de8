from media.plane.interface import Codec, Ingress, PeerIndex, TrackIndex
from media.plane.packet import EMPTY, PADDED, PLAIN, Packet
from media.plane.track import Track, formats_of

CODECS = (Codec("vp8", 96, 97, 90_000), Codec("h265", 49, None, 90_000))
SECTION = Ingress(TrackIndex(0), True, "0", frozenset(), frozenset(), CODECS)


def test_a_repair_format_names_the_media_it_repeats() -> None:
    formats = formats_of(SECTION)
    assert {number: (form.media_type, form.repairs) for number, form in formats.items()} == {
        96: (96, False),
        97: (96, True),
        49: (49, False),
    }


def test_padding_alone_is_no_beginning_even_of_a_codec_we_cannot_read() -> None:
    track = Track(TrackIndex(0))
    track.publish(PeerIndex(0), SECTION)
    assert track.can_start(Packet(1, 0, PLAIN | 49, 0, b"anything"))
    assert not track.can_start(Packet(1, 0, PLAIN | PADDED | 49, 0, EMPTY))
    assert not track.can_start(Packet(1, 0, PLAIN | 96, 0, b"\x10\x01"))
