"""Tap datagrams."""

import socket

import pytest

from media.recorder.tap import TapError, TappedPacket, TappedReport, pack_packet, pack_report, tap_pair, unpack


def test_what_is_packed_is_unpacked() -> None:
    assert unpack(pack_packet(7, 1.5, b"rtp")) == TappedPacket(7, 1.5, b"rtp")
    assert unpack(pack_report(7, 1.5, 1 << 63, 1 << 31)) == TappedReport(7, 1.5, 1 << 63, 1 << 31)


@pytest.mark.parametrize("datagram", [b"", b"short", bytes(12), b"\0\0\0\0\x02" + bytes(8), b"\0\0\0\0\x01" + bytes(9)])
def test_what_no_worker_sends_is_refused(datagram: bytes) -> None:
    with pytest.raises(TapError):
        unpack(datagram)


def test_a_worker_never_waits_for_its_tap() -> None:
    worker, recorder = tap_pair()
    with worker, recorder, pytest.raises(BlockingIOError):
        fill(worker)


def fill(tap: socket.socket) -> None:
    for _ in range(1_000_000):
        tap.send(pack_packet(1, 0.0, bytes(1200)))
