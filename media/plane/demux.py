"""Whose datagram, and of what kind: by its first byte (RFC 7983 §7), then by the address somebody has validated."""

from enum import Enum, auto

from media.plane.endpoint import Endpoint
from media.plane.interface import Address
from media.plane.port import MAX_DATAGRAM
from media.rtp.header import RTCP_TYPES

MAX_ADDRESSES = 4  # of one peer: its last, and those from which packets are still under way


class Kind(Enum):
    CONTROL = auto()  # STUN or DTLS: for the caller
    RTP = auto()
    RTCP = auto()
    UNKNOWN = auto()


def _kind(first: int) -> Kind:
    if first <= 3 or 20 <= first <= 63:
        return Kind.CONTROL
    return Kind.RTP if 128 <= first <= 191 else Kind.UNKNOWN


_KINDS = [_kind(first) for first in range(256)]


def kind_of(data: bytearray, size: int) -> Kind:
    """The kind of a datagram that fills the first `size` bytes of `data`; unknown what is too short or too long."""
    if not 2 <= size <= MAX_DATAGRAM:
        return Kind.UNKNOWN
    kind = _KINDS[data[0]]
    if kind is Kind.RTP and data[1] in RTCP_TYPES:
        return Kind.RTCP
    return kind


class Addresses:
    """Which peer is where."""

    def __init__(self) -> None:
        self._endpoints: dict[Address, Endpoint] = {}
        self.at = self._endpoints.get  # bound once: asked for each datagram

    def bind(self, endpoint: Endpoint, address: Address) -> None:
        """`endpoint` is at `address` from now on. An address belongs to the last peer that proved to be there."""
        previous = self._endpoints.get(address)
        if previous is not None and previous is not endpoint:
            previous.leave(address)
        self._endpoints[address] = endpoint
        for old in endpoint.move(address, MAX_ADDRESSES):
            del self._endpoints[old]

    def forget(self, endpoint: Endpoint) -> None:
        for address in endpoint.addresses:
            del self._endpoints[address]
