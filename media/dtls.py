"""DTLS with each peer, by aiortc's RTCDtlsTransport on the relay's own socket (RFC 5763, RFC 5764).

The only file that touches aiortc's private names; a contract test pins what it relies on. aiortc asks its ICE side
for `_recv`, `_send` and `role` and nothing else, so a queue and a callback stand in for it. RTP never comes here: the
keys are exported after the handshake and handed to the packet plane.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Literal, cast

from aiortc import rtcdtlstransport as aio
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceTransport
from OpenSSL import SSL

from media.ids import PeerId
from media.ports import KeyingMaterial, SecurityListener

log = logging.getLogger(__name__)

HANDSHAKE_S = 30.0  # as long as the relay waits for a peer to connect
MAX_DATAGRAM = 1500  # bytes
INBOX = 64  # datagrams; a handshake has a dozen
PROFILES = [aio.SRTP_AEAD_AES_128_GCM, aio.SRTP_AEAD_AES_256_GCM, aio.SRTP_AES128_CM_SHA1_80]  # cheapest first
CIPHERS = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384"
DTLS_1_2 = 0xFEFD  # pyOpenSSL has no name for it
_EXPORTER = b"EXTRACTOR-dtls_srtp"
Role = Literal["server", "client"]


class Certificate(RTCCertificate):
    """P-256, made for one process and never written down. Its ciphers authenticate what they hide (RFC 9325 §4.2)."""

    _context: SSL.Context | None = None

    def _create_ssl_context(self, srtp_profiles: list[aio.SRTPProtectionProfile]) -> SSL.Context:
        """One for all lines, for one each costs dozens of kB; so no line may go on with another's session."""
        if self._context is None:
            self._context = context = super()._create_ssl_context(srtp_profiles)
            context.set_min_proto_version(DTLS_1_2)
            context.set_cipher_list(CIPHERS)
            context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
            context.set_mode(SSL.MODE_RELEASE_BUFFERS)
        return self._context


class _Line:
    """What RTCDtlsTransport takes for its ICE transport."""

    role = "controlled"  # ICE-lite always is; aiortc looks at it only when the DTLS role is not set

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.send = send
        self._inbox: deque[bytes] = deque()
        self._filled = asyncio.Event()
        self._ended = False

    def put(self, datagram: bytes) -> None:
        if len(self._inbox) < INBOX:
            self._inbox.append(datagram)
            self._filled.set()

    def end(self) -> None:
        self._ended = True
        self._filled.set()

    async def _recv(self) -> bytes:
        while not self._inbox:
            if self._ended:
                raise ConnectionError
            self._filled.clear()
            await self._filled.wait()
        return self._inbox.popleft()

    async def _send(self, datagram: bytes) -> None:
        self.send(datagram)


class DtlsLine:
    """One peer's DTLS association; `role` is our own in it."""

    def __init__(self, certificate: RTCCertificate, send: Callable[[bytes], None], role: Role) -> None:
        self._line = _Line(send)
        self._is_server = role == "server"
        self._transport = RTCDtlsTransport(cast(RTCIceTransport, self._line), [certificate])
        self._transport._set_role(role)
        self._transport._srtp_profiles = PROFILES

    def receive(self, datagram: bytes) -> None:
        self._line.put(datagram)

    def close(self) -> None:
        ssl = self._transport._ssl
        if ssl is not None and self._transport.state == "connected":
            try:
                ssl.shutdown()
                self._line.send(ssl.bio_read(MAX_DATAGRAM))
            except SSL.Error:
                log.info("close_notify could not be written")  # the other side will miss our checks instead
        self._line.end()

    async def handshake(self, fingerprints: tuple[tuple[str, str], ...]) -> KeyingMaterial | None:
        """The keys, or None if there is no agreement in time or the certificate is not the announced one."""
        announced = [RTCDtlsFingerprint(algorithm, value) for algorithm, value in fingerprints]
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                await self._transport.start(RTCDtlsParameters(announced))
        except TimeoutError:
            return None
        return self._keys() if self._transport.state == "connected" else None

    async def ended(self) -> None:
        """Returns when either side has closed."""
        if self._transport._task is not None:
            await asyncio.wait([self._transport._task])

    async def stop(self) -> None:
        await self._transport.stop()

    def _keys(self) -> KeyingMaterial:
        ssl = self._transport._ssl
        if ssl is None:
            raise RuntimeError("a connected transport has a TLS connection")
        name = ssl.get_selected_srtp_profile()
        profile = next(profile for profile in PROFILES if profile.openssl_profile == name)
        exported = ssl.export_keying_material(_EXPORTER, 2 * (profile.key_length + profile.salt_length))
        of_client, of_server = (profile.get_key_and_salt(exported, index) for index in (0, 1))
        receive, send = (of_client, of_server) if self._is_server else (of_server, of_client)
        vars(self._transport).update(_rx_srtp=None, _tx_srtp=None)  # the plane has its own
        return KeyingMaterial(name.decode(), receive, send)


class DtlsSecurity:
    """Opens DTLS lines; each is a task of the worker's group, named after its peer and bounded in time.

    The relay is the server, so that its order of profiles decides; `visite load` is a client.
    """

    def __init__(self, tasks: asyncio.TaskGroup, listener: SecurityListener, role: Role = "server") -> None:
        self._tasks = tasks
        self._listener = listener
        self._role: Role = role
        self._certificate = Certificate.generateCertificate()
        digests = {digest.algorithm: digest.value for digest in self._certificate.getFingerprints()}
        self.fingerprint = digests["sha-256"]

    def open(self, peer: PeerId, fingerprints: tuple[tuple[str, str], ...], send: Callable[[bytes], None]) -> DtlsLine:
        line = DtlsLine(self._certificate, send, self._role)
        self._tasks.create_task(self._run(peer, line, fingerprints), name=f"{peer}/dtls")
        return line

    async def _run(self, peer: PeerId, line: DtlsLine, fingerprints: tuple[tuple[str, str], ...]) -> None:
        try:
            keys = await line.handshake(fingerprints)
            if keys is None:
                self._listener.insecure(peer, "dtls-failed")
                return
            self._listener.secured(peer, keys)
            await line.ended()
            self._listener.insecure(peer, "dtls-closed")
        except Exception:
            log.exception("DTLS failed", extra={"peer": peer})  # one peer's fault ends that peer only
            self._listener.insecure(peer, "dtls-failed")
        finally:
            await line.stop()
