"""Connectivity checks as a client sends them, for tests that drive the relay's ICE side."""

import os
import struct

from media import stun


def binding_request(
    ufrag: str,
    password: str,
    *,
    nominates: bool = False,
    remote_ufrag: str = "client",
    transaction: bytes | None = None,
) -> bytes:
    """A check of a controlling agent: what browsers send, without their private attributes."""
    attributes = [
        (stun.USERNAME, f"{ufrag}:{remote_ufrag}".encode()),
        (stun.ICE_CONTROLLING, bytes(8)),
        (stun.PRIORITY, struct.pack("!I", 1)),
    ]
    if nominates:
        attributes.append((stun.USE_CANDIDATE, b""))
    return stun.build(stun.BINDING_REQUEST, transaction or os.urandom(12), attributes, password.encode())
