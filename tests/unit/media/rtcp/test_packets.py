import pytest

from media.rtcp import packets
from media.rtcp.packets import (
    BitrateEstimate,
    FullIntraRequest,
    Goodbye,
    MalformedRtcp,
    Nack,
    Other,
    Packet,
    PictureLoss,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    TransportFeedback,
)

BLOCK = ReportBlock(
    ssrc=9, fraction_lost=12, lost=-3, highest_sequence=70_000, jitter=40, last_report=0xABCD, delay=65_536
)


@pytest.mark.parametrize(
    "packet",
    [
        SenderReport(1, 0xE000_0000_8000_0000, 90_000, 100, 120_000, (BLOCK,)),
        ReceiverReport(1),
        ReceiverReport(1, (BLOCK, BLOCK)),
        SourceDescription(((1, b"visite"), (2, b"abc"), (3, b""))),
        Goodbye((1, 2)),
        Nack(1, 2, (10, 11, 26, 27, 65_535, 0)),
        PictureLoss(1, 2),
        FullIntraRequest(1, ((2, 7), (3, 255))),
        BitrateEstimate(1, 150_000, (2, 3)),
        TransportFeedback(1, 2, 65_530, -5, 7, (0, None, 3, 2, 900, None)),
        Other(207, 3, b"opaque!!"),
    ],
    ids=lambda packet: type(packet).__name__,
)
def test_what_is_built_is_read_back(packet: Packet) -> None:
    assert packets.parse(packets.build([packet])) == [packet]


def test_a_compound_is_read_in_order() -> None:
    compound: list[Packet] = [ReceiverReport(1), PictureLoss(1, 2), Goodbye((1,))]
    assert packets.parse(packets.build(compound)) == compound


def test_numbers_close_to_each_other_share_an_entry() -> None:
    assert len(packets.build([Nack(1, 2, tuple(range(17)))])) == 16
    assert len(packets.build([Nack(1, 2, tuple(range(18)))])) == 20


def test_a_great_estimate_keeps_its_leading_bits() -> None:
    (read,) = packets.parse(packets.build([BitrateEstimate(1, 987_654_321, (2,))]))
    assert isinstance(read, BitrateEstimate)
    assert read.bitrate_bps == pytest.approx(987_654_321, rel=1e-4)


def test_an_application_message_that_is_no_estimate_is_left_alone() -> None:
    body = bytes(8) + b"ABCD" + bytes(4)
    assert packets.parse(packets.build([Other(206, 15, body)])) == [Other(206, 15, body)]


@pytest.mark.parametrize("arrivals", [(0,) * 40, (None,) * 9 + (4,), (5, 260, 4, 70), tuple(range(0, 30_000, 1000))])
def test_any_shape_of_arrivals_survives_the_wire(arrivals: tuple[int | None, ...]) -> None:
    feedback = TransportFeedback(1, 2, 3, 4, 5, arrivals)
    assert packets.parse(packets.build([feedback])) == [feedback]


def test_one_bit_status_vectors_are_read() -> None:
    body = bytes(8) + b"\x00\x01\x00\x03\x00\x00\x05\x09" + b"\xa8\x00" + b"\x01\x02"
    (read,) = packets.parse(packets.build([Other(205, 15, body)]))
    assert isinstance(read, TransportFeedback)
    assert read.arrivals == (1, None, 3)


@pytest.mark.parametrize(
    "compound",
    [
        b"",
        b"\x80",
        b"\x00\xc9\x00\x01\x00\x00\x00\x01",
        b"\x80\xc9\x00\x02\x00\x00\x00\x01",
        b"\x81\xc9\x00\x01\x00\x00\x00\x01",
        b"\x80\xc9\x00\x00",
        b"\xa0\xc9\x00\x01\x00\x00\x00\x09",
        b"\xa0\xc9\x00\x01\x00\x00\x00\x00",
        b"\x82\xcb\x00\x01\x00\x00\x00\x01",
        b"\x81\xca\x00\x02\x00\x00\x00\x01\x01\x09xx",
        b"\x81\xca\x00\x01\x00\x00\x00\x01",
        b"\x8f\xcd\x00\x04" + bytes(8) + b"\x00\x01\x00\x09\x00\x00\x05\x09",
        b"\x8f\xcd\x00\x05" + bytes(8) + b"\x00\x01\x00\x09\x00\x00\x05\x09" + bytes(4),
        b"\x8f\xcd\x00\x05" + bytes(8) + b"\x00\x01\x00\x01\x00\x00\x05\x09\x60\x01\x00\x00",
        bytes(3_000),
        b"\x80\xcb\x00\x00" * 33,
    ],
)
def test_what_is_no_compound_is_refused(compound: bytes) -> None:
    with pytest.raises(MalformedRtcp):
        packets.parse(compound)


@pytest.mark.parametrize("packet", [PictureLoss(-1, 2), Goodbye(tuple(range(32))), Other(200, 1, b"xyz")])
def test_what_fits_no_packet_is_not_built(packet: Packet) -> None:
    with pytest.raises(ValueError, match=r"out of range|multiple of four"):
        packets.build([packet])
