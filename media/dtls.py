"""DTLS with each peer, by aiortc's RTCDtlsTransport on the relay's own socket (RFC 5763, RFC 5764).

The only file that touches aiortc's private names; a contract test pins what it relies on. aiortc asks its ICE side
for `_recv`, `_send` and `role` and nothing else, so a queue and a callback stand in for it. RTP never comes here: the
keys are exported after the handshake and handed to the packet plane. Then aiortc and OpenSSL go, with the memory they
hold; `alerts.py` does what is left to do.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Literal, cast

from aiortc import rtcdtlstransport as aio
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceTransport
from OpenSSL import SSL

from media.alerts import SUITES, VERSION, Alerts, Word, alerts
from media.ids import PeerId
from media.ports import KeyingMaterial, SecurityListener

log = logging.getLogger(__name__)

HANDSHAKE_S = 30.0  # as long as the relay waits for a peer to connect
INBOX = 64  # datagrams; a handshake has a dozen
PROFILES = [aio.SRTP_AEAD_AES_128_GCM, aio.SRTP_AEAD_AES_256_GCM, aio.SRTP_AES128_CM_SHA1_80]  # cheapest first
REPEATS = 8  # of our last flight: clients wait twice as long each time, so that is minutes
_EXPORTER = b"EXTRACTOR-dtls_srtp"
Role = Literal["server", "client"]


class Certificate(RTCCertificate):
    """P-256, made for one process and never written down. Its ciphers authenticate what they hide (RFC 9325 §4.2)."""

    _context: SSL.Context | None = None

    def _create_ssl_context(self, srtp_profiles: list[aio.SRTPProtectionProfile]) -> SSL.Context:
        """One for all lines, for one each costs dozens of kB; so no line may go on with another's session."""
        if self._context is None:
            self._context = context = super()._create_ssl_context(srtp_profiles)
            context.set_min_proto_version(VERSION)
            context.set_max_proto_version(VERSION)  # whose keys `alerts` knows to derive
            context.set_cipher_list(":".join(SUITES).encode())
            context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        return self._context


class _Line:
    """What RTCDtlsTransport takes for its ICE transport."""

    role = "controlled"  # ICE-lite always is; aiortc looks at it only when the DTLS role is not set

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.send = send
        self.sent = b""  # last
        self.inbox: deque[bytes] = deque()
        self._filled = asyncio.Event()
        self._ended = False

    def put(self, datagram: bytes) -> None:
        if len(self.inbox) < INBOX:
            self.inbox.append(datagram)
            self._filled.set()

    def end(self) -> None:
        self._ended = True
        self._filled.set()

    async def _recv(self) -> bytes:
        while not self.inbox:
            if self._ended:
                raise ConnectionError
            self._filled.clear()
            await self._filled.wait()
        return self.inbox.popleft()

    async def _send(self, datagram: bytes) -> None:
        self.sent = datagram
        self.send(datagram)


class _Handshake:
    """What is there only until there are keys."""

    def __init__(self, certificate: RTCCertificate, line: _Line, role: Role) -> None:
        self._is_server = role == "server"
        self._ssl = SSL.Connection(certificate._create_ssl_context(PROFILES))
        if self._is_server:
            self._ssl.set_accept_state()
        else:
            self._ssl.set_connect_state()
        self._transport = RTCDtlsTransport(cast(RTCIceTransport, line), [certificate])
        self._transport._set_role(role)
        self._transport._ssl = self._ssl

    async def run(self, fingerprints: tuple[tuple[str, str], ...]) -> bool:
        """Whether there is agreement, with somebody who has the announced certificate."""
        await self._transport._do_handshake()
        if self._transport.encrypted:
            announced = [RTCDtlsFingerprint(algorithm, value) for algorithm, value in fingerprints]
            self._transport._validate_peer_identity(RTCDtlsParameters(announced))
        return self._transport.encrypted and self._transport.state != "failed"

    def keys(self) -> KeyingMaterial | None:
        name = self._ssl.get_selected_srtp_profile()
        profile = next((profile for profile in PROFILES if profile.openssl_profile == name), None)
        if profile is None:
            return None
        exported = self._ssl.export_keying_material(_EXPORTER, 2 * (profile.key_length + profile.salt_length))
        of_client, of_server = (profile.get_key_and_salt(exported, index) for index in (0, 1))
        receive, send = (of_client, of_server) if self._is_server else (of_server, of_client)
        return KeyingMaterial(name.decode(), receive, send)

    def alerts(self) -> Alerts:
        cipher, master = self._ssl.get_cipher_name(), self._ssl.master_key()
        client, server = self._ssl.client_random(), self._ssl.server_random()
        if cipher is None or master is None or client is None or server is None:
            raise RuntimeError("a connected transport has agreed on all of them")
        return alerts(cipher, master, (client, server), is_server=self._is_server)


class DtlsLine:
    """One peer's DTLS association; `role` is our own in it, `closed` is called when the other side says goodbye."""

    def __init__(self, send: Callable[[bytes], None], role: Role, closed: Callable[[], None]) -> None:
        self._send = send
        self._role: Role = role
        self._closed = closed
        self._line: _Line | None = _Line(send)  # until there are keys
        self._alerts: Alerts | None = None  # from then on
        self._last_flight = b""
        self._repeats = 0

    def receive(self, datagram: bytes) -> None:
        if self._line is not None:
            self._line.put(datagram)
        elif self._alerts is not None:
            self._hear(self._alerts.hear(datagram))

    def close(self) -> None:
        if self._line is not None:
            self._line.end()
        elif self._alerts is not None:
            self._send(self._alerts.goodbye())
            self._alerts = None

    async def handshake(
        self, certificate: RTCCertificate, fingerprints: tuple[tuple[str, str], ...]
    ) -> KeyingMaterial | None:
        """The keys, or None if there is no agreement in time or the certificate is not the announced one."""
        line = self._line
        if line is None:
            raise RuntimeError("there is one handshake on a line")
        try:
            handshake = _Handshake(certificate, line, self._role)
            async with asyncio.timeout(HANDSHAKE_S):
                keys = handshake.keys() if await handshake.run(fingerprints) else None
            if keys is not None:
                self._alerts = handshake.alerts()
                if self._role == "server":
                    self._last_flight, self._repeats = line.sent, REPEATS
        except TimeoutError:
            return None
        finally:
            self._line = None
        for datagram in line.inbox:
            self.receive(datagram)
        return keys

    def _hear(self, word: Word) -> None:
        if word is Word.AGAIN and self._repeats:
            self._repeats -= 1
            self._send(self._last_flight)
        elif word is Word.CLOSE:
            self._alerts = None
            self._closed()


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
        line = DtlsLine(send, self._role, partial(self._end, peer))
        self._tasks.create_task(self._run(peer, line, fingerprints), name=f"{peer}/dtls")
        return line

    async def _run(self, peer: PeerId, line: DtlsLine, fingerprints: tuple[tuple[str, str], ...]) -> None:
        try:
            keys = await line.handshake(self._certificate, fingerprints)
        except Exception:
            log.exception("DTLS failed", extra={"peer": peer})  # one peer's fault ends that peer only
            keys = None
        if keys is None:
            self._listener.insecure(peer, "dtls-failed")
        else:
            self._listener.secured(peer, keys)

    def _end(self, peer: PeerId) -> None:
        """When what is being read has been read: the listener may take the line away."""
        asyncio.get_running_loop().call_soon(self._listener.insecure, peer, "dtls-closed")
