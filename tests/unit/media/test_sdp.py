"""Session descriptions: what is read, what is refused with which code, what is chosen and written."""

import re
from dataclasses import replace

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from media.sdp import choice
from media.sdp.description import MID, RID, TRANSPORT_CC, Codec, Line, Local, SdpError, Sending
from media.sdp.reading import read
from media.sdp.writing import write
from tests.support.descriptions import FINGERPRINT, TRANSPORT, application, description, section

LOCAL = Local("relay123", "r" * 32, FINGERPRINT, (("192.0.2.9", 41000), ("2001:db8::9", 41000)))
RED = Codec(63, "red", 48_000, 2, "111/111")
VP8 = Codec(96, "VP8", 90000)
H264 = Codec(102, "H264", 90000, parameters="packetization-mode=1;profile-level-id=42e01f")


def test_a_browsers_offer_is_read() -> None:
    offer = read(
        description(
            section("audio", "0"), section("video", "1", "a=ssrc:7 cname:x", "a=ssrc-group:FID 7 8", "a=ssrc:8 cname:x")
        )
    )
    audio, video = offer.sections
    assert (offer.ufrag, offer.setup, offer.bundle) == ("clnt", "actpass", ("0", "1"))
    assert offer.fingerprints == (("sha-256", FINGERPRINT),)
    assert audio.codecs[0] == Codec(111, "opus", 48000, 2, "minptime=10;useinbandfec=1", ("transport-cc",))
    assert video.media_ssrcs == (7,)
    assert video.repair_ssrcs == (8,)
    assert video.extensions[TRANSPORT_CC] == 3
    repair = video.repair_of(96)
    assert repair is not None
    assert repair.payload_type == 97


def test_a_bundle_only_section_with_port_zero_is_not_a_rejected_one() -> None:
    offer = read(description(section("audio", "0"), section("video", "1", "a=bundle-only", port=0)))
    assert not offer.sections[1].rejected
    assert read(description(section("audio", "0"), section("video", "1", port=0))).sections[1].rejected


def test_a_direction_at_session_level_holds_where_a_section_has_none() -> None:
    lines = [line for line in section("audio", "0") if line != "a=sendonly"]
    offer = read(description(lines, section("video", "1", direction="inactive"), session=("a=recvonly",)))
    assert [one.direction for one in offer.sections] == ["recvonly", "inactive"]


def test_transport_attributes_of_the_whole_session_serve_every_section() -> None:
    offer = read(description(section("audio", "0", transport=()), session=TRANSPORT))
    assert offer.ufrag == "clnt"
    assert offer.fingerprints


def without(start: str) -> tuple[str, ...]:
    return tuple(line for line in TRANSPORT if not line.startswith(start))


def fingerprinted(value: str) -> str:
    """An offer whose only fingerprint is `value`."""
    return description(section("audio", "0", transport=(*without("a=fingerprint"), f"a=fingerprint:{value}")))


@pytest.mark.parametrize(
    ("sdp", "code"),
    [
        ("", "sdp-invalid"),
        ("v=0\r\n" * 20_000, "sdp-too-large"),
        (description(*(section("audio", str(n)) for n in range(65))), "too-many-sections"),
        (description(section("audio", "0", transport=without("a=fingerprint"))), "fingerprint-missing"),
        (description(section("audio", "0", transport=without("a=ice-pwd"))), "ice-credentials-missing"),
        (fingerprinted("md5 AB:CD"), "fingerprint-unsupported"),
        (fingerprinted("sha-256 AB"), "sdp-invalid"),
        (fingerprinted("sha-256 " + ":".join(["XY"] * 32)), "sdp-invalid"),
        (description(section("audio", "0"), section("audio", "0")), "sdp-invalid"),
        (description(section("audio", "0", port=0)), "sdp-unsupported"),
        (description(section("audio", "0", "a=rtpmap:1000 opus/48000")), "sdp-invalid"),
        (description(section("audio", "0", "a=ssrc:99999999999 cname:x")), "sdp-invalid"),
        (description(section("audio", "0", *(f"a=ssrc:{n} cname:x" for n in range(1000)))), "sdp-invalid"),
        (description(["m=audio"]), "sdp-invalid"),
    ],
)  # fmt: skip
def test_a_refused_description_says_why(sdp: str, code: str) -> None:
    with pytest.raises(SdpError) as refused:
        read(sdp)
    assert refused.value.code == code


def test_the_publisher_sends_the_first_codec_we_forward_with_its_repair() -> None:
    video = read(description(section("video", "0"))).sections[0]
    main, repair = choice.publication(video)
    assert (main.name, main.payload_type, repair.name, repair.payload_type) == ("VP8", 96, "rtx", 97)
    assert main.feedback == ("nack", "nack pli", "ccm fir", "transport-cc")
    assert choice.publication_extensions(video)[MID] == 4


def test_remb_is_agreed_to_only_without_transport_wide_feedback() -> None:
    formats = ("a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 goog-remb", "a=rtcp-fb:96 transport-cc", "a=rtcp-fb:96 nack")
    video = read(description(section("video", "0", formats=formats))).sections[0]
    (main,) = choice.publication(video)
    assert main.feedback == ("nack", "goog-remb"), "its packets cannot carry the numbers: no extension was offered"


def test_a_section_without_a_codec_we_forward_yields_none() -> None:
    video = read(description(section("video", "0", formats=("a=rtpmap:96 theora/90000",)))).sections[0]
    assert choice.publication(video) == ()


def test_redundant_sound_is_agreed_to_behind_the_plain_one() -> None:
    audio = read(description(section("audio", "0"))).sections[0]
    plain, red = choice.publication(audio)
    assert (plain.name, red.name, red.payload_type, red.parameters) == ("opus", "red", 63, "111/111")


@pytest.mark.parametrize("blocks", ["111/111/111", "110/110", "111/13", ""])
def test_redundant_sound_of_another_kind_is_not(blocks: str) -> None:
    formats = ("a=rtpmap:111 opus/48000/2", "a=rtpmap:63 red/48000/2", f"a=fmtp:63 {blocks}")
    audio = read(description(section("audio", "0", formats=formats))).sections[0]
    assert [codec.name for codec in choice.publication(audio)] == ["opus"]


def test_redundant_sound_is_offered_only_where_its_blocks_keep_their_number() -> None:
    numbering = choice.Numbering()
    plain = Codec(111, "opus", 48_000, 2)
    assert [codec.payload_type for codec in numbering.offer(plain, RED)] == [111, 63]
    assert [codec.payload_type for codec in numbering.offer(plain)] == [111]
    stereo = Codec(111, "opus", 48_000, 2, "stereo=1")
    assert [codec.name for codec in numbering.offer(stereo, RED)] == ["opus"], "its number is another one"
    elsewhere = Codec(109, "red", 48_000, 2, "109/109")
    assert [codec.name for codec in choice.Numbering().offer(plain, elsewhere)] == ["opus"]


def test_one_number_never_means_two_codecs() -> None:
    numbering = choice.Numbering()
    other = Codec(108, "H264", 90000, parameters="packetization-mode=0;profile-level-id=42e01f")
    given = [codec.payload_type for one in (VP8, H264, other) for codec in numbering.offer(one)]
    assert given[:4] == [96, 97, 102, 103]
    assert len(set(given)) == 6
    assert [codec.payload_type for codec in numbering.offer(other)] == given[4:], "the same codec keeps its numbers"


def test_a_flood_of_parameters_uses_up_the_numbers_and_nothing_breaks() -> None:
    numbering = choice.Numbering()
    offered = [numbering.offer(Codec(96, "VP9", 90000, parameters=f"profile-id={n}")) for n in range(500)]
    assert offered[0]
    assert offered[-1] == ()
    numbers = [codec.payload_type for codecs in offered for codec in codecs]
    assert len(set(numbers)) == len(numbers)


def test_h264_fits_only_its_own_way_of_packing() -> None:
    assert choice.fits(H264, Codec(108, "H264", 90000, parameters="packetization-mode=1"))
    assert not choice.fits(H264, Codec(108, "H264", 90000, parameters="profile-level-id=42e01f"))
    assert not choice.fits(VP8, H264)


def test_where_lines_are_taken_each_address_has_a_candidate_that_comes_last() -> None:
    text = write(
        [Line("video", "1", "recvonly", (VP8,))], replace(LOCAL, tcp=True), setup="passive", session=1, version=1
    )
    found = [line.split() for line in text.splitlines() if line.startswith("a=candidate:")]
    assert [(line[2], line[4], line[5]) for line in found] == [
        (transport, host, "41000") for transport in ("udp", "tcp") for host in ("192.0.2.9", "2001:db8::9")
    ]
    assert len({line[0] for line in found}) == 4, "each a foundation of its own"
    priorities = [int(line[3]) for line in found]
    assert priorities == sorted(set(priorities), reverse=True)
    assert found[-1][-2:] == ["tcptype", "passive"]


def test_another_implementation_reads_what_we_write() -> None:
    lines = [
        Line("audio", "0", "sendonly", (Codec(111, "opus", 48000, 2),), {}, Sending("s", "a", 11, None, "c")),
        Line("video", "1", "sendonly", choice.Numbering().offer(VP8), {MID: 4}, Sending("s", "v", 12, 13, "c")),
        Line("application", "2", formats=("webrtc-datachannel",), protocol="UDP/DTLS/SCTP"),
    ]
    text = write(lines, LOCAL, setup="passive", session=4711, version=2)
    assert "a=ice-lite" in text
    assert text.count("a=candidate:") == 2
    parsed = SessionDescription.parse(text)
    assert [group.items for group in parsed.group] == [["0", "1"]]
    assert [media.port for media in parsed.media] == [9, 9, 0]
    assert parsed.media[1].ssrc_group[0].items == [12, 13]
    assert parsed.media[0].dtls is not None
    assert parsed.media[0].dtls.role == "server"
    assert parsed.media[0].ice is not None
    assert parsed.media[0].ice.usernameFragment == "relay123"
    assert re.search(r"a=candidate:2 1 udp \d+ 2001:db8::9 41000 typ host", text)


def test_a_data_channel_is_known_but_no_medium() -> None:
    offer = read(description(section("audio", "0"), application("1")))
    assert [one.is_media for one in offer.sections] == [True, False]


LINE = st.sampled_from(
    [*section("video", "1"), *section("audio", "0"), *application("2"), "m=video 0 X", "a=group:BUNDLE"]
)


@given(st.lists(st.one_of(LINE, st.text(max_size=40)), max_size=60))
def test_any_lines_are_a_description_or_a_refusal(lines: list[str]) -> None:
    try:
        offer = read("\r\n".join(lines))
    except SdpError:
        return
    for one in offer.sections:
        choice.publication(one)
        choice.view(one)


LAYERED = (
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "a=extmap:11/sendonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    "a=rid:f send",
    "a=rid:h send pt=96",
    "a=rid:q send",
)


def layers_of(*lines: str) -> tuple[str, ...]:
    return read(description(section("video", "0", *lines))).sections[0].layers


def test_layers_are_read_in_the_order_of_the_simulcast() -> None:
    assert layers_of(*LAYERED, "a=simulcast:send f;h;q") == ("f", "h", "q")
    assert layers_of(*LAYERED, "a=simulcast:recv x send h,q;~f") == ("h", "f")


@pytest.mark.parametrize(
    "lines",
    [
        LAYERED,
        (*LAYERED, "a=simulcast:recv f;h;q"),
        (*LAYERED, "a=simulcast:send"),
        (*LAYERED, "a=simulcast:send f"),
        (*LAYERED, "a=simulcast:send f;unknown"),
        (*LAYERED[1:], "a=simulcast:send f;h;q"),
    ],
)
def test_without_all_that_layers_need_there_is_one_stream(lines: tuple[str, ...]) -> None:
    assert layers_of(*lines) == ()


@pytest.mark.parametrize("rid", ["a=rid:f", "a=rid:é send", "a=rid:12345678901234567 send", "a=rid:a/b send"])
def test_a_rid_that_no_packet_can_carry_is_refused(rid: str) -> None:
    with pytest.raises(SdpError):
        layers_of(rid)


def test_so_many_layers_as_nobody_sends_are_refused() -> None:
    with pytest.raises(SdpError):
        layers_of(*(f"a=rid:{number} send" for number in range(5)))


def test_the_answer_takes_the_layers_with_the_extensions_that_name_them() -> None:
    offer = read(description(section("video", "0", *LAYERED, "a=simulcast:send f;h;q"))).sections[0]
    extensions = choice.publication_extensions(offer)
    line = Line("video", "0", "recvonly", choice.publication(offer), extensions, layers=offer.layers)
    answer = write([line], LOCAL, setup="passive", session=1, version=1).splitlines()
    assert [text for text in answer if text.startswith(("a=rid", "a=simulcast"))] == [
        "a=rid:f recv",
        "a=rid:h recv",
        "a=rid:q recv",
        "a=simulcast:recv f;h;q",
    ]
    assert "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id" in answer
    assert "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id" in answer
    assert RID not in choice.publication_extensions(replace(offer, layers=()))
