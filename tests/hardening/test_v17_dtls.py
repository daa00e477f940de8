"""ASVS 17.2.2: media are keyed by DTLS 1.2, under ciphers of today, and profiles with whole tags."""

import asyncio
from collections.abc import Callable

import pytest
from OpenSSL import SSL

from media import dtls
from media.ids import PeerId
from tests.support.dtls import Client, Outcome, Wishful, fingerprints

DTLS_1_0 = 0xFEFF
OLD = b"ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0"


async def agreed(wish: Callable[[SSL.Context], None], monkeypatch: pytest.MonkeyPatch) -> tuple[str, Outcome]:
    """The cipher of a client with that wish, or nothing, and what the relay made of it."""
    monkeypatch.setattr(dtls, "HANDSHAKE_S", 2.0)
    own, outcome = Wishful.generateCertificate(), Outcome()
    own.wish = wish
    async with asyncio.TaskGroup() as tasks:
        security = dtls.DtlsSecurity(tasks, outcome)
        client = Client(own, lambda datagram: line.receive(datagram))
        line = security.open(PeerId("peer"), fingerprints(own), client.receive)
        greeting = tasks.create_task(client.start(security.fingerprint))
        await outcome.changed.wait()
        ssl = client.transport._ssl
        cipher = ssl.get_cipher_name() if ssl is not None and outcome.keys is not None else None
        line.close()
        greeting.cancel()
    await client.transport.stop()
    return cipher or "", outcome


async def test_what_browsers_prefer_is_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    cipher, outcome = await agreed(lambda context: None, monkeypatch)
    assert cipher == "ECDHE-ECDSA-AES128-GCM-SHA256"
    assert outcome.keys is not None
    assert outcome.keys.profile == "SRTP_AEAD_AES_128_GCM"


@pytest.mark.parametrize(
    "wish",
    [
        lambda context: context.set_cipher_list(OLD),
        lambda context: (context.set_max_proto_version(DTLS_1_0), context.set_cipher_list(OLD)),
        lambda context: context.set_tlsext_use_srtp(b"SRTP_AES128_CM_SHA1_32"),
    ],
    ids=["ciphers of the past", "DTLS 1.0", "short tags"],
)
async def test_what_is_too_weak_is_refused(
    wish: Callable[[SSL.Context], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cipher, outcome = await agreed(wish, monkeypatch)
    assert cipher == ""
    assert outcome.keys is None
    assert outcome.reasons == ["dtls-failed"]


def test_the_relay_offers_no_cipher_without_forward_secrecy_and_authentication() -> None:
    context = dtls.Certificate.generateCertificate()._create_ssl_context(dtls.PROFILES)
    offered = SSL.Connection(context).get_cipher_list()
    assert all(name.startswith(("ECDHE-", "TLS_")) and ("GCM" in name or "CHACHA20" in name) for name in offered)


def test_each_process_has_a_certificate_of_its_own() -> None:
    made = {dtls.Certificate.generateCertificate().getFingerprints()[0].value for _ in range(3)}
    assert len(made) == 3
