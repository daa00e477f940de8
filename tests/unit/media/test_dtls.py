"""The relay's side of DTLS with aiortc's own client: keys agree, strangers fail, nothing outlives its bound."""

import asyncio
from collections.abc import Callable

import pytest
from aiortc import rtcdtlstransport as aio

from media import dtls
from media.alerts import SUITES
from media.ids import PeerId
from media.ports import KeyingMaterial
from tests.support.dtls import Client, Outcome, Wishful, fingerprints, rsa_certificate
from tests.support.link import Link, Weather

PEER = PeerId("peer")
CHANGE_CIPHER_SPEC = 20  # with which a last flight begins
CERTIFICATES: list[Callable[[], aio.RTCCertificate]] = [aio.RTCCertificate.generateCertificate, rsa_certificate]


def under(cipher: str) -> Wishful:
    """A client's certificate that wants this cipher."""
    own = Wishful.generateCertificate()
    own.wish = lambda context: context.set_cipher_list(cipher.encode())
    return own


def client_keys(client: Client) -> KeyingMaterial:
    """The same keys as the client exports them, seen from the relay."""
    ssl = client.transport._ssl
    assert ssl is not None
    name = ssl.get_selected_srtp_profile()
    profile = next(one for one in aio.SRTP_PROFILES if one.openssl_profile == name)
    exported = ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (profile.key_length + profile.salt_length))
    return KeyingMaterial(name.decode(), profile.get_key_and_salt(exported, 0), profile.get_key_and_salt(exported, 1))


@pytest.mark.parametrize("certificate", CERTIFICATES)
async def test_both_sides_get_the_same_keys(certificate: Callable[[], aio.RTCCertificate]) -> None:
    own, outcome = certificate(), Outcome()
    async with asyncio.TaskGroup() as tasks:
        security = dtls.DtlsSecurity(tasks, outcome)
        client = Client(own, lambda datagram: line.receive(datagram))
        line = security.open(PEER, fingerprints(own), client.receive)
        assert await client.start(security.fingerprint) == "connected"
        await outcome.changed.wait()
        assert outcome.keys == client_keys(client)
        assert outcome.keys.profile == "SRTP_AEAD_AES_128_GCM", "the cheapest that both know"
        line.close()
    await client.transport.stop()
    assert outcome.reasons == []


async def test_a_certificate_that_was_not_announced_is_refused() -> None:
    own, other, outcome = *(aio.RTCCertificate.generateCertificate() for _ in range(2)), Outcome()
    async with asyncio.TaskGroup() as tasks:
        security = dtls.DtlsSecurity(tasks, outcome)
        client = Client(own, lambda datagram: line.receive(datagram))
        line = security.open(PEER, fingerprints(other), client.receive)
        await client.start(security.fingerprint)
    await client.transport.stop()
    assert outcome.keys is None
    assert outcome.reasons == ["dtls-failed"]


async def test_a_peer_that_never_speaks_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dtls, "HANDSHAKE_S", 0.05)
    outcome = Outcome()
    async with asyncio.TaskGroup() as tasks:
        dtls.DtlsSecurity(tasks, outcome).open(PEER, (("sha-256", "AB"),), lambda _: None)
    assert outcome.reasons == ["dtls-failed"]


@pytest.mark.parametrize("cipher", SUITES)
async def test_the_client_hears_that_we_close(cipher: str) -> None:
    own, outcome = under(cipher), Outcome()
    async with asyncio.TaskGroup() as tasks:
        security = dtls.DtlsSecurity(tasks, outcome)
        client = Client(own, lambda datagram: line.receive(datagram))
        line = security.open(PEER, fingerprints(own), client.receive)
        await client.start(security.fingerprint)
        await outcome.changed.wait()
        line.close()
        async with asyncio.timeout(60):
            while client.transport.state != "closed":
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("cipher", SUITES)
async def test_we_hear_that_the_client_closes_and_nobody_else_can_say_so(cipher: str) -> None:
    own, outcome, sent = under(cipher), Outcome(), list[bytes]()

    def receive(datagram: bytes) -> None:
        sent.append(datagram)
        if outcome.keys is None:
            line.receive(datagram)

    async with asyncio.TaskGroup() as tasks:
        security = dtls.DtlsSecurity(tasks, outcome)
        client = Client(own, receive)
        line = security.open(PEER, fingerprints(own), client.receive)
        await client.start(security.fingerprint)
        await outcome.changed.wait()
        await client.transport.stop()
        goodbye = sent[-1]
        line.receive(goodbye[:-1] + bytes((goodbye[-1] ^ 1,)))
        line.receive(goodbye[:-1])
        line.receive(goodbye[:11] + b"\x00\x02\x01\x00")
        await asyncio.sleep(0)
        assert outcome.reasons == []
        line.receive(b"\x17\xfe\xfd" + bytes(8) + b"\x00\x01?" + goodbye)
        line.receive(goodbye)
        await asyncio.sleep(0)
        assert outcome.reasons == ["dtls-closed"]


async def test_our_last_flight_goes_again_to_a_client_that_did_not_get_it() -> None:
    own, outcome, lost = aio.RTCCertificate.generateCertificate(), Outcome(), list[bytes]()

    def send(datagram: bytes) -> None:
        if datagram[0] == CHANGE_CIPHER_SPEC and not lost:
            lost.append(datagram)
        else:
            client.receive(datagram)

    async with asyncio.TaskGroup() as tasks:
        security = dtls.DtlsSecurity(tasks, outcome)
        client = Client(own, lambda datagram: line.receive(datagram))
        line = security.open(PEER, fingerprints(own), send)
        async with asyncio.timeout(60):
            assert await client.start(security.fingerprint) == "connected"
    assert lost
    assert outcome.keys == client_keys(client)
    await client.transport.stop()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_handshake_survives_loss(seed: int) -> None:
    """In real time, for OpenSSL repeats flights by a clock of its own: 1 s, 2 s, 4 s."""
    own, outcome = aio.RTCCertificate.generateCertificate(), Outcome()
    loop = asyncio.get_running_loop()
    up, down = Link(Weather(0.0, loss=0.25), seed), Link(Weather(0.0, loss=0.25), seed + 100)

    def over(link: Link, receive: Callable[[bytes], None]) -> Callable[[bytes], None]:
        def send(datagram: bytes) -> None:
            link.send(datagram, loop.time())
            for arrived in link.due(loop.time() + 1):
                receive(arrived)

        return send

    async with asyncio.TaskGroup() as tasks:
        security = dtls.DtlsSecurity(tasks, outcome)
        client = Client(own, over(up, lambda datagram: line.receive(datagram)))
        line = security.open(PEER, fingerprints(own), over(down, client.receive))
        async with asyncio.timeout(60):
            assert await client.start(security.fingerprint) == "connected"
            await outcome.changed.wait()
        assert outcome.keys == client_keys(client)
        line.close()
    await client.transport.stop()
    assert up.lost + down.lost > 0


async def test_as_a_client_it_sends_with_what_the_server_receives_with() -> None:
    relay, guest = Outcome(), Outcome()
    async with asyncio.TaskGroup() as tasks:
        server, client = dtls.DtlsSecurity(tasks, relay), dtls.DtlsSecurity(tasks, guest, "client")
        near = server.open(PEER, (("sha-256", client.fingerprint),), lambda datagram: far.receive(datagram))
        far = client.open(PEER, (("sha-256", server.fingerprint),), near.receive)
        await relay.changed.wait()
        await guest.changed.wait()
        assert relay.keys is not None
        assert guest.keys == KeyingMaterial(relay.keys.profile, receive=relay.keys.send, send=relay.keys.receive)
        far.close()
        near.close()
