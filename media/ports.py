"""What the relay needs from outside its core, as the few verbs it uses; the worker introduces those who fulfil them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from media.ids import PeerId


@dataclass(frozen=True, slots=True)
class KeyingMaterial:
    """Master key and salt, concatenated, of each direction (RFC 5764 §4.2)."""

    profile: str  # the DTLS name of the protection profile, for example SRTP_AEAD_AES_128_GCM
    receive: bytes
    send: bytes


class SecureLine(Protocol):
    """The key agreement of one peer."""

    def receive(self, datagram: bytes) -> None:
        """A DTLS datagram from an address that ICE has validated. What a bounded inbox cannot hold is dropped."""

    def close(self) -> None:
        """Tells the other side, if it can still be told."""


class Security(Protocol):
    """Agrees on keys with peers: DTLS in a worker, keys known beforehand in virtual time.

    The outcome comes back as `secured` or `insecure` of the relay.
    """

    @property
    def fingerprint(self) -> str:
        """SHA-256 of our certificate, as descriptions write it."""

    def open(
        self, peer: PeerId, fingerprints: tuple[tuple[str, str], ...], send: Callable[[bytes], None]
    ) -> SecureLine:
        """Begins; the peer must prove one of `fingerprints` (algorithm, value)."""


class SecurityListener(Protocol):
    """Who hears what became of a secure line."""

    def secured(self, peer: PeerId, keys: KeyingMaterial) -> None: ...
    def insecure(self, peer: PeerId, reason: Literal["dtls-closed", "dtls-failed"]) -> None: ...


class ReportTap(Protocol):
    """Where the recorder hears of the senders' clocks."""

    def sender_report(self, stream: int, arrival: float, ntp: int, timestamp: int) -> None:
        """`ntp` is 32.32 fixed point, `timestamp` RTP ticks at that time, `arrival` seconds, monotonic."""
