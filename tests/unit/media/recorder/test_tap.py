"""Tap datagrams."""

import pytest

from media.recorder.tap import TapError, TappedPacket, TappedReport, pack_packet, pack_report, unpack


def test_what_is_packed_is_unpacked() -> None:
    assert unpack(pack_packet(7, 1.5, b"rtp")) == TappedPacket(7, 1.5, b"rtp")
    assert unpack(pack_report(7, 1.5, 1 << 63, 1 << 31)) == TappedReport(7, 1.5, 1 << 63, 1 << 31)


@pytest.mark.parametrize("datagram", [b"", b"short", bytes(12), b"\0\0\0\0\x02" + bytes(8), b"\0\0\0\0\x01" + bytes(9)])
def test_what_no_worker_sends_is_refused(datagram: bytes) -> None:
    with pytest.raises(TapError):
        unpack(datagram)
