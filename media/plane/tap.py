"""Copies for the recorder: plain packets as the publisher sent them, never in the way of a call."""

from collections import Counter
from socket import MSG_DONTWAIT, socket

from media.plane.packet import Packet
from media.recorder.tap import pack_packet
from media.rtp.header import FIXED


class Tap:
    """The worker's end of the recorder's socket pair, or none."""

    def __init__(self, recorder: socket | None, counts: Counter[str]) -> None:
        self._recorder = recorder
        self._counts = counts

    def copy(self, stream: int, ssrc: int, packets: list[Packet], now: float) -> None:
        """Writes each packet anew without header extensions; whatever finds no room is counted and lost."""
        if self._recorder is None:
            return
        for packet in packets:
            header = FIXED.pack(packet.head >> 8, packet.head & 0xFF, packet.number & 0xFFFF, packet.timestamp, ssrc)
            try:
                self._recorder.send(pack_packet(stream, now, header + packet.payload), MSG_DONTWAIT)
            except OSError:  # full, or the recorder is being started anew
                self._counts["dropped_tap"] += 1
