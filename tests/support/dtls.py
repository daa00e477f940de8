"""DTLS clients in one process with the relay's side, joined by a function instead of a network."""

import asyncio
import datetime
from collections.abc import Callable

from aiortc import rtcdtlstransport as aio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from OpenSSL import SSL

from media.ids import PeerId
from media.ports import KeyingMaterial

Fingerprints = tuple[tuple[str, str], ...]


def rsa_certificate() -> aio.RTCCertificate:
    """As GStreamer presents it."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "client")])
    now = datetime.datetime.now(tz=datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    return aio.RTCCertificate(key, certificate)  # type: ignore[arg-type]  # it only hands both to OpenSSL


def fingerprints(certificate: aio.RTCCertificate) -> Fingerprints:
    return tuple((one.algorithm, one.value) for one in certificate.getFingerprints()[:1])


class Wishful(aio.RTCCertificate):
    """A client's certificate, with whatever it wants of the connection."""

    wish: Callable[[SSL.Context], None]

    def _create_ssl_context(self, srtp_profiles: list[aio.SRTPProtectionProfile]) -> SSL.Context:
        context = super()._create_ssl_context(srtp_profiles)
        self.wish(context)
        return context


class Outcome:
    """`SecurityListener` that remembers."""

    def __init__(self) -> None:
        self.keys: KeyingMaterial | None = None
        self.reasons: list[str] = []
        self.changed = asyncio.Event()

    def secured(self, peer: PeerId, keys: KeyingMaterial) -> None:
        self.keys = keys
        self.changed.set()

    def insecure(self, peer: PeerId, reason: str) -> None:
        self.reasons.append(reason)
        self.changed.set()


class Client:
    """aiortc's own client over a pair of functions."""

    role = "controlling"

    def __init__(self, certificate: aio.RTCCertificate, send: Callable[[bytes], None]) -> None:
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._send_datagram = send
        self.transport = aio.RTCDtlsTransport(self, [certificate])  # type: ignore[arg-type]  # stands in for ICE
        self.transport._set_role("client")

    def receive(self, datagram: bytes) -> None:
        self._inbox.put_nowait(datagram)

    async def start(self, expected: str) -> str:
        """Runs the handshake; returns the state it ended in."""
        announced = [aio.RTCDtlsFingerprint("sha-256", expected)]
        await self.transport.start(aio.RTCDtlsParameters(announced))
        return self.transport.state

    def protect(self, packet: bytes) -> bytes:
        """As SRTP, under the keys of the handshake."""
        return self.transport._tx_srtp.protect(packet)

    def unprotect(self, datagram: bytes) -> bytes:
        return self.transport._rx_srtp.unprotect(datagram)

    async def _recv(self) -> bytes:
        return await self._inbox.get()

    async def _send(self, datagram: bytes) -> None:
        self._send_datagram(datagram)
