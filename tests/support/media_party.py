"""A participant's end of a packet plane: a real socket and real SRTP, without ICE, DTLS or a codec."""

import socket
from random import Random
from typing import Any, Self

from pylibsrtp import Policy, Session

from media.plane.interface import Address, PeerIndex, Plane, Profile, SrtpKeys
from media.rtp import header
from media.rtp.header import Header

_KEY_BYTES = {Profile.AEAD_AES_128_GCM: 28, Profile.AEAD_AES_256_GCM: 44, Profile.AES128_CM_SHA1_80: 30}
_POLICIES = {
    Profile.AEAD_AES_128_GCM: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    Profile.AEAD_AES_256_GCM: Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
    Profile.AES128_CM_SHA1_80: Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
}


def session(profile: Profile, key: bytes, direction: int) -> Session:
    policy = Policy(key, direction, srtp_profile=_POLICIES[profile])
    policy.window_size = 4_096
    return Session(policy)


class MediaParty:
    """Joins `plane` as peer `index` on creation, unless told to stay outside."""

    def __init__(
        self,
        plane: Plane,
        index: int,
        profile: Profile = Profile.AEAD_AES_128_GCM,
        *,
        joins: bool = True,
        host: str = "127.0.0.1",
    ) -> None:
        random = Random(index)
        size = _KEY_BYTES[profile]
        self.plane = plane
        self.peer = PeerIndex(index)
        self.keys = SrtpKeys(profile, receive=random.randbytes(size), send=random.randbytes(size))
        self._protect = session(profile, self.keys.receive, Policy.SSRC_ANY_OUTBOUND)
        self._unprotect = session(profile, self.keys.send, Policy.SSRC_ANY_INBOUND)
        self.host = host
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.setblocking(False)
        if joins:
            plane.add_peer(self.peer, self.keys)
            plane.bind(self.peer, self.address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    @property
    def address(self) -> Address:
        address: Address = self.socket.getsockname()[:2]
        return address

    def send_raw(self, datagram: bytes) -> None:
        self.socket.sendto(datagram, (self.host, self.plane.port))

    def protect(self, packet: bytes) -> bytes:
        return self._protect.protect(packet)

    def send(self, payload: bytes, **fields: Any) -> None:
        """Sends one RTP packet; `fields` are those of `header.build`."""
        self.send_raw(self.protect(header.build(payload, **fields)))

    def protect_rtcp(self, compound: bytes) -> bytes:
        return self._protect.protect_rtcp(compound)

    def send_rtcp(self, compound: bytes) -> None:
        self.send_raw(self.protect_rtcp(compound))

    def received_raw(self) -> list[bytes]:
        datagrams = []
        while True:
            try:
                datagrams.append(self.socket.recv(4_096))
            except BlockingIOError:
                return datagrams

    def received(self) -> list[tuple[Header, bytes]]:
        """Headers and payloads, without padding, of the RTP packets that have come. Raises what libsrtp raises."""
        return [self.read(datagram) for datagram in self.received_raw()]

    def read(self, datagram: bytes) -> tuple[Header, bytes]:
        packet = self._unprotect.unprotect(datagram)
        head = header.parse(packet)
        return head, packet[head.payload_start : head.payload_end]

    def received_rtcp(self) -> list[bytes]:
        return [self._unprotect.unprotect_rtcp(datagram) for datagram in self.received_raw()]
