"""What a DTLS 1.2 association needs once SRTP has its keys: to hear and say goodbye, and to repeat its last flight.

OpenSSL holds some 90 kB for each association as long as it is there, most of it room for a next handshake. Two keys and
a datagram are enough for what can still come: alerts (RFC 5246 §7.2), and the client's last flight again where it did
not get ours (RFC 6347 §4.2.4).
"""

import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

VERSION = 0xFEFD
ALERT, HANDSHAKE = 21, 22  # types of records
CLOSE_NOTIFY, FATAL = 0, 2  # a description, a level
EPOCH = 1  # of what is protected under the keys of the first handshake
GOODBYE = EPOCH << 48 | 1 << 16  # number of our last record: far beyond those of the handshake, as none may come twice
_HEADER = struct.Struct(">BHQH")  # type, version, epoch and number, size
_EXPLICIT = 8  # bytes of a nonce that AES-GCM sends along (RFC 5288 §3)


class Suite(NamedTuple):
    aead: type[AESGCM] | type[ChaCha20Poly1305]
    key_bytes: int
    digest: str  # of the pseudorandom function

    @property
    def iv_bytes(self) -> int:
        return 4 if self.aead is AESGCM else 12


SUITES = {
    "ECDHE-ECDSA-AES128-GCM-SHA256": Suite(AESGCM, 16, "sha256"),
    "ECDHE-ECDSA-CHACHA20-POLY1305": Suite(ChaCha20Poly1305, 32, "sha256"),
    "ECDHE-ECDSA-AES256-GCM-SHA384": Suite(AESGCM, 32, "sha384"),
}


class Word(Enum):
    """What a datagram says."""

    NOTHING = "nothing"
    AGAIN = "again"  # our last flight did not come
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Direction:
    """Protects or reads the records that one side sends."""

    suite: Suite
    key: bytes
    iv: bytes

    def protect(self, kind: int, number: int, plain: bytes) -> bytes:
        explicit = number.to_bytes(_EXPLICIT) if self.suite.aead is AESGCM else b""
        sealed = self.suite.aead(self.key).encrypt(
            self._nonce(number, explicit), plain, _associated(kind, number, len(plain))
        )
        return _HEADER.pack(kind, VERSION, number, len(explicit) + len(sealed)) + explicit + sealed

    def read(self, kind: int, number: int, fragment: bytes) -> bytes | None:
        """None for what is forged."""
        explicit = fragment[:_EXPLICIT] if self.suite.aead is AESGCM else b""
        sealed = fragment[len(explicit) :]
        size = len(sealed) - 16
        if size < 0:
            return None
        try:
            return self.suite.aead(self.key).decrypt(
                self._nonce(number, explicit), sealed, _associated(kind, number, size)
            )
        except InvalidTag:
            return None

    def _nonce(self, number: int, explicit: bytes) -> bytes:
        """RFC 5288 §3, RFC 7905 §2."""
        return self.iv + explicit if explicit else (int.from_bytes(self.iv) ^ number).to_bytes(12)


@dataclass(frozen=True, slots=True)
class Alerts:
    ours: Direction
    theirs: Direction

    def hear(self, datagram: bytes) -> Word:
        """The first word in it that is authentic."""
        for kind, number, fragment in _records(datagram):
            if kind not in (ALERT, HANDSHAKE) or number >> 48 != EPOCH:
                continue
            plain = self.theirs.read(kind, number, fragment)
            if plain is None:
                continue
            if kind == HANDSHAKE:
                return Word.AGAIN
            if len(plain) == 2 and (plain[0] == FATAL or plain[1] == CLOSE_NOTIFY):
                return Word.CLOSE
        return Word.NOTHING

    def goodbye(self) -> bytes:
        """The datagram that closes the association."""
        return self.ours.protect(ALERT, GOODBYE, bytes((1, CLOSE_NOTIFY)))


def alerts(cipher: str, master: bytes, randoms: tuple[bytes, bytes], *, is_server: bool) -> Alerts:
    """For an association under a suite of `SUITES`, by its master secret and the randoms of client and server.

    The keys are those of the records, derived as both sides did (RFC 5246 §6.3).
    """
    suite = SUITES[cipher]
    client, server = randoms
    sizes = (suite.key_bytes, suite.key_bytes, suite.iv_bytes, suite.iv_bytes)
    block = _expand(suite.digest, master, b"key expansion" + server + client, sum(sizes))
    client_key, server_key, client_iv, server_iv = (
        block[sum(sizes[:at]) : sum(sizes[: at + 1])] for at in range(len(sizes))
    )
    of_client, of_server = Direction(suite, client_key, client_iv), Direction(suite, server_key, server_iv)
    return Alerts(of_server, of_client) if is_server else Alerts(of_client, of_server)


def _expand(digest: str, secret: bytes, seed: bytes, size: int) -> bytes:
    """P_hash of RFC 5246 §5."""
    out, link = b"", seed
    while len(out) < size:
        link = hmac.digest(secret, link, digest)
        out += hmac.digest(secret, link + seed, digest)
    return out[:size]


def _records(datagram: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, epoch and number, and what is protected of each whole record (RFC 6347 §4.1)."""
    at = 0
    while len(datagram) - at >= _HEADER.size:
        kind, _, number, size = _HEADER.unpack_from(datagram, at)
        at += _HEADER.size + size
        if at <= len(datagram):
            yield kind, number, datagram[at - size : at]


def _associated(kind: int, number: int, size: int) -> bytes:
    return struct.pack(">QBHH", number, kind, VERSION, size)
