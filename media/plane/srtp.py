"""SRTP in place: libsrtp works on the plane's own memory, and nothing is copied on the way (RFC 3711, RFC 7714).

pylibsrtp's public methods copy each packet in and out, which costs more than the cipher. This file alone knows the
names behind them; where they are gone, the same work is done by the public ones.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from pylibsrtp import Error, Policy, Session

from media.plane.interface import Profile, SrtpKeys
from media.plane.window import REPLAY_WINDOW, Window


def _binding() -> tuple[Any, Any]:
    """cffi's two objects, or nothing in a release of pylibsrtp that keeps them elsewhere."""
    try:
        binding = import_module("pylibsrtp._binding")
    except ImportError:
        return None, None
    return binding.ffi, binding.lib


ffi, lib = _binding()
IN_PLACE = ffi is not None and hasattr(Session(), "_srtp")
REPLAYED, FORGED = -1, -2
MAX_TRAILER = 16  # bytes that protection adds to RTP in any of our profiles
MIN_RTCP = 8 + 4 + 10  # bytes: a header, an index and the shortest trailer
_REPLAY_CODES = (9, 10)  # srtp_err_status_replay_fail, srtp_err_status_replay_old
_PROFILES = {
    Profile.AEAD_AES_128_GCM: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    Profile.AEAD_AES_256_GCM: Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
    Profile.AES128_CM_SHA1_80: Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
}
_TAG_BEFORE_INDEX = (Profile.AEAD_AES_128_GCM, Profile.AEAD_AES_256_GCM)
TRAILER = {Profile.AEAD_AES_128_GCM: 16, Profile.AEAD_AES_256_GCM: 16, Profile.AES128_CM_SHA1_80: 10}


class ProtectionFailed(Exception):
    """libsrtp refuses to protect: a number used before, or a key worn out."""


class Memory:
    """Bytes that packets are worked on in, with the address that libsrtp needs."""

    def __init__(self, size: int) -> None:
        self.data = bytearray(size)
        self.view = memoryview(self.data)
        self.pointer: Any = ffi.from_buffer("char[]", self.data) + 0 if IN_PLACE else None


def _session(profile: Profile, key: bytes, direction: int) -> Session:
    policy = Policy(key=key, ssrc_type=direction, srtp_profile=_PROFILES[profile])
    policy.window_size = REPLAY_WINDOW
    return Session(policy)


class Unprotection:
    """Packets of one peer, as they come in. Returns the new size, or `REPLAYED` or `FORGED`; never raises."""

    def __init__(self, keys: SrtpKeys) -> None:
        self._keys = keys
        self._session = _session(keys.profile, keys.receive, Policy.SSRC_ANY_INBOUND)
        self._context: Any = self._session._srtp[0] if IN_PLACE else None
        self._length: Any = ffi.new("int *") if IN_PLACE else None
        self._reports: dict[int, Window] = {}  # by SSRC
        self._late: Unprotection | None = None

    def rtp(self, memory: Memory, size: int) -> int:
        """Unprotects the first `size` bytes of `memory`."""
        if not IN_PLACE:
            return self._copied(self._session.unprotect, memory, size)
        self._length[0] = size
        status = lib.srtp_unprotect(self._context, memory.pointer, self._length)
        return int(self._length[0]) if status == 0 else _refusal(status)

    def rtcp(self, memory: Memory, size: int) -> int:
        """The same for RTCP. libsrtp looks back over 128 reports at most, whatever its policy says; this, farther."""
        if size < MIN_RTCP:
            return FORGED
        ssrc, index = self._index(memory, size)
        result = self._rtcp(memory, size)
        window = self._reports.get(ssrc)
        if result == REPLAYED and window is not None and window.is_new(index):
            result = self._late_rtcp(memory, size)
        if result >= 0:
            self._reports.setdefault(ssrc, Window()).take(index)
        return result

    def _index(self, memory: Memory, size: int) -> tuple[int, int]:
        """SSRC and number of a protected report (RFC 3711 §3.4, RFC 7714 §9.2)."""
        at = size - 4 - (0 if self._keys.profile in _TAG_BEFORE_INDEX else TRAILER[self._keys.profile])
        return int.from_bytes(memory.view[4:8]), int.from_bytes(memory.view[at : at + 4]) & 0x7FFFFFFF

    def _rtcp(self, memory: Memory, size: int) -> int:
        if not IN_PLACE:
            return self._copied(self._session.unprotect_rtcp, memory, size)
        self._length[0] = size
        status = lib.srtp_unprotect_rtcp(self._context, memory.pointer, self._length)
        return int(self._length[0]) if status == 0 else _refusal(status)

    def _late_rtcp(self, memory: Memory, size: int) -> int:
        """By a session that has taken nothing yet, and that is thrown away when it has: so forgers cost us none."""
        self._late = self._late or Unprotection(self._keys)
        result = self._late._rtcp(memory, size)
        if result >= 0:
            self._late = None
        return result

    def _copied(self, unprotect: Callable[[bytes], bytes], memory: Memory, size: int) -> int:
        try:
            plain = unprotect(bytes(memory.view[:size]))
        except Error as refusal:
            return REPLAYED if str(refusal).startswith("replay") else FORGED
        except ValueError:  # longer than pylibsrtp takes
            return FORGED
        memory.data[: len(plain)] = plain
        return len(plain)


def _refusal(status: int) -> int:
    return REPLAYED if status in _REPLAY_CODES else FORGED


class Protection:
    """Packets towards one peer. Raises `ProtectionFailed`."""

    def __init__(self, keys: SrtpKeys) -> None:
        self.trailer = TRAILER[keys.profile]
        self._session = _session(keys.profile, keys.send, Policy.SSRC_ANY_OUTBOUND)
        self._context: Any = self._session._srtp[0] if IN_PLACE else None
        self._length: Any = ffi.new("int *") if IN_PLACE else None

    def rtp(self, memory: Memory, size: int, count: int = 1, last: int = 0) -> int:
        """Protects `count` packets that lie `size` + `trailer` bytes apart, each of `size` bytes, the last of `last`.

        Returns where the last one ends.
        """
        stride, end = size + self.trailer, (count - 1) * (size + self.trailer)
        if not IN_PLACE:
            for at in range(0, end, stride):
                self._copied(self._session.protect, memory, at, size)
            return self._copied(self._session.protect, memory, end, last or size)
        protect, context, start, length = lib.srtp_protect, self._context, memory.pointer, self._length
        for at in range(0, end, stride):
            length[0] = size
            if protect(context, start + at, length):
                raise ProtectionFailed
        length[0] = last or size
        if protect(context, start + end, length):
            raise ProtectionFailed
        return end + int(length[0])

    def rtcp(self, memory: Memory, size: int) -> int:
        """Protects the first `size` bytes of `memory` and returns their new size."""
        if not IN_PLACE:
            return self._copied(self._session.protect_rtcp, memory, 0, size)
        self._length[0] = size
        if lib.srtp_protect_rtcp(self._context, memory.pointer, self._length):
            raise ProtectionFailed
        return int(self._length[0])

    def _copied(self, protect: Callable[[bytes], bytes], memory: Memory, at: int, size: int) -> int:
        try:
            protected = protect(bytes(memory.view[at : at + size]))
        except (Error, ValueError):
            raise ProtectionFailed from None
        memory.data[at : at + len(protected)] = protected
        return at + len(protected)
