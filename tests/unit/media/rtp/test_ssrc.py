"""Sound and pictures are told apart by the SSRCs that the relay gives."""

from typing import Literal

import pytest

from media.rtcp.packets import ReceiverReport, build
from media.rtp import ssrc

PICTURE, SOUND = 0xFFFFFFFF, 0x7FFFFFFF


def packet(source: int) -> bytes:
    return b"\x80\x60" + bytes(6) + source.to_bytes(4)


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_media_and_repairs_are_known_by_their_source(kind: Literal["audio", "video"]) -> None:
    media, repairs = ssrc.fresh(kind, repaired=True)
    assert repairs is not None
    assert repairs != media
    assert {ssrc.of_pictures(packet(source)) for source in (media, repairs)} == {kind == "video"}


def test_what_is_not_repaired_has_one_source() -> None:
    assert ssrc.fresh("video", repaired=False)[1] is None


@pytest.mark.parametrize(
    "datagram",
    [packet(SOUND), build([ReceiverReport(PICTURE, ())]) + bytes(4), b"\x16" + b"\xff" * 40, packet(PICTURE)[:11], b""],
    ids=["sound", "report", "handshake", "cut", "nothing"],
)
def test_nothing_else_is_taken_for_a_picture(datagram: bytes) -> None:
    assert ssrc.of_pictures(packet(PICTURE))
    assert not ssrc.of_pictures(datagram)
