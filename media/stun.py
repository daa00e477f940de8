"""STUN messages as ICE connectivity checks use them: binding requests and their answers (RFC 8489, RFC 8445 §7).

Parsing costs one pass over at most `MAX_MESSAGE` bytes, keeps nothing but slices, and raises ValueError only.
"""

import hashlib
import hmac
import socket
import struct
import zlib
from dataclasses import dataclass

Address = tuple[str, int]

MAX_MESSAGE = 1500  # bytes; a check fits into one unfragmented datagram
COOKIE = 0x2112A442
BINDING_REQUEST = 0x0001
BINDING_SUCCESS = 0x0101
USERNAME = 0x0006
MESSAGE_INTEGRITY = 0x0008
XOR_MAPPED_ADDRESS = 0x0020
PRIORITY = 0x0024
USE_CANDIDATE = 0x0025
FINGERPRINT = 0x8028
ICE_CONTROLLED = 0x8029
ICE_CONTROLLING = 0x802A

_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_FINGERPRINT_MASK = 0x5354554E  # RFC 8489 §14.7
_INTEGRITY_LENGTH = 20
_COOKIE = COOKIE.to_bytes(4)
_IPV4_INSIDE = bytes(10) + b"\xff\xff"  # twelve bytes before an IPv4 address


@dataclass(frozen=True, slots=True)
class Message:
    """One STUN message whose fingerprint, if it has one, is right; who sent it is not proved yet."""

    kind: int  # type field: BINDING_REQUEST, BINDING_SUCCESS …
    transaction: bytes  # 12 bytes
    attributes: dict[int, bytes]  # those that MESSAGE-INTEGRITY covers, without padding
    integrity: bytes | None
    covered: bytes  # what MESSAGE-INTEGRITY signs, its length field already adjusted
    fingerprinted: bool

    @property
    def username(self) -> tuple[str, str]:
        """The ufrag of the receiver and of the sender (RFC 8445 §7.2.2); ValueError if there are not both."""
        name = self.attributes.get(USERNAME, b"")
        receiver, colon, sender = name.decode("ascii").partition(":")
        if not colon or not receiver:
            raise ValueError("username names no pair of fragments")
        return receiver, sender

    def is_signed_with(self, password: bytes) -> bool:
        """Whether MESSAGE-INTEGRITY proves knowledge of `password` (compared in constant time)."""
        if self.integrity is None:
            return False
        return hmac.compare_digest(self.integrity, _sign(self.covered, password))


def is_stun(datagram: bytes) -> bool:
    """Whether the first byte is that of STUN, among all that share a port (RFC 7983 §7)."""
    return bool(datagram) and datagram[0] <= 3


def parse(data: bytes) -> Message:
    """Reads one message. Raises ValueError for everything that is not one."""
    if not _HEADER.size <= len(data) <= MAX_MESSAGE:
        raise ValueError("not the size of a STUN message")
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if cookie != COOKIE or kind & 0xC000 or length & 3 or length != len(data) - _HEADER.size:
        raise ValueError("not a STUN header")
    attributes: dict[int, bytes] = {}
    integrity: bytes | None = None
    covered = b""
    fingerprinted = False
    at = _HEADER.size
    while at < len(data):
        name, value, after = _attribute(data, at)
        if name == FINGERPRINT:
            _check_fingerprint(data[:at], value, is_last=after == len(data))
            fingerprinted = True
        elif integrity is None and name == MESSAGE_INTEGRITY:
            if len(value) != _INTEGRITY_LENGTH:
                raise ValueError("message integrity has a wrong length")
            integrity, covered = value, _with_length(data[:at], after - _HEADER.size)
        elif integrity is None:
            attributes.setdefault(name, value)  # of duplicates only the first counts (RFC 8489 §14)
        at = after
    return Message(kind, transaction, attributes, integrity, covered, fingerprinted)


def build(kind: int, transaction: bytes, attributes: list[tuple[int, bytes]], password: bytes) -> bytes:
    """A message with MESSAGE-INTEGRITY under `password` and FINGERPRINT behind its attributes."""
    body = b"".join(_pack(name, value) for name, value in attributes)
    signed = _HEADER.pack(kind, len(body) + 4 + _INTEGRITY_LENGTH, COOKIE, transaction) + body
    message = _with_length(signed + _pack(MESSAGE_INTEGRITY, _sign(signed, password)), len(body) + 32)
    return message + _pack(FINGERPRINT, struct.pack("!I", zlib.crc32(message) ^ _FINGERPRINT_MASK))


def success(request: Message, source: Address, password: bytes) -> bytes:
    """The answer to a binding request: it tells the sender from which address it came."""
    mapped = _xor_address(source, request.transaction)
    return build(BINDING_SUCCESS, request.transaction, [(XOR_MAPPED_ADDRESS, mapped)], password)


def _attribute(data: bytes, at: int) -> tuple[int, bytes, int]:
    if at + 4 > len(data):
        raise ValueError("attribute header is cut off")
    name, length = _ATTRIBUTE.unpack_from(data, at)
    after = at + 4 + (length + 3 & ~3)
    if after > len(data):
        raise ValueError("attribute is cut off")
    return name, data[at + 4 : at + 4 + length], after


def _check_fingerprint(before: bytes, value: bytes, is_last: bool) -> None:
    expected = struct.pack("!I", zlib.crc32(before) ^ _FINGERPRINT_MASK)
    if not is_last or value != expected:
        raise ValueError("fingerprint does not match")


def _pack(name: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(name, len(value)) + value + bytes(-len(value) % 4)


def _with_length(message: bytes, length: int) -> bytes:
    return message[:2] + struct.pack("!H", length) + message[4:]


def _sign(covered: bytes, password: bytes) -> bytes:
    return hmac.digest(password, covered, hashlib.sha1)


def _xor_address(address: Address, transaction: bytes) -> bytes:
    packed = _packed(address[0].partition("%")[0])
    mask = int.from_bytes((_COOKIE + transaction)[: len(packed)])
    family = 1 if len(packed) == 4 else 2
    mapped = (int.from_bytes(packed) ^ mask).to_bytes(len(packed))
    return struct.pack("!BBH", 0, family, address[1] ^ COOKIE >> 16) + mapped


def _packed(host: str) -> bytes:
    """A socket for both families shows IPv4 inside IPv6 (RFC 4291 §2.5.5.2); the client knows itself as IPv4."""
    if ":" not in host:
        return socket.inet_pton(socket.AF_INET, host)
    packed = socket.inet_pton(socket.AF_INET6, host)
    return packed.removeprefix(_IPV4_INSIDE)
