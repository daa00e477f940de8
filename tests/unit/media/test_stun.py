"""STUN messages: what we read is what others write, and nothing else is read at all."""

import aioice.stun
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import stun
from tests.support.checks import binding_request

TRANSACTION = bytes(range(12))


def by_aioice(password: bytes = b"relay-password") -> bytes:
    """A request written by another implementation."""
    message = aioice.stun.Message(aioice.stun.Method.BINDING, aioice.stun.Class.REQUEST, TRANSACTION)
    message.attributes["USERNAME"] = "relay:client"
    message.attributes["PRIORITY"] = 1
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password)
    return bytes(message)


def test_a_request_of_another_implementation_is_read() -> None:
    request = stun.parse(by_aioice())
    assert request.kind == stun.BINDING_REQUEST
    assert request.transaction == TRANSACTION
    assert request.username == ("relay", "client")
    assert stun.USE_CANDIDATE in request.attributes
    assert request.fingerprinted


def test_only_the_right_password_proves_the_sender() -> None:
    request = stun.parse(by_aioice())
    assert request.is_signed_with(b"relay-password")
    assert not request.is_signed_with(b"relay-passwore")


def test_a_request_without_integrity_proves_nothing() -> None:
    message = aioice.stun.Message(aioice.stun.Method.BINDING, aioice.stun.Class.REQUEST, TRANSACTION)
    message.attributes["USERNAME"] = "relay:client"
    assert not stun.parse(bytes(message)).is_signed_with(b"relay-password")


@pytest.mark.parametrize("source", [("192.0.2.7", 50000), ("2001:db8::7", 50001), ("::ffff:192.0.2.7", 50000)])
def test_another_implementation_reads_its_address_from_our_answer(source: stun.Address) -> None:
    answer = stun.success(stun.parse(by_aioice()), source, b"relay-password")
    read = aioice.stun.parse_message(answer)
    assert read.message_class == aioice.stun.Class.RESPONSE
    assert read.transaction_id == TRANSACTION
    assert read.attributes["XOR-MAPPED-ADDRESS"] == (source[0].removeprefix("::ffff:"), source[1])
    assert read.check_message_integrity(b"relay-password")
    assert "FINGERPRINT" in read.attributes


def test_an_attribute_behind_the_integrity_is_not_believed() -> None:
    signed = stun.parse(binding_request("relay", "relay-password"))
    length = len(signed.covered) - 20 + 24 + 4
    forged = (
        signed.covered[:2]
        + length.to_bytes(2, "big")
        + signed.covered[4:]
        + stun._pack(stun.MESSAGE_INTEGRITY, signed.integrity or b"")
        + stun._pack(stun.USE_CANDIDATE, b"")
    )
    request = stun.parse(forged)
    assert request.is_signed_with(b"relay-password")
    assert stun.USE_CANDIDATE not in request.attributes


def test_one_flipped_bit_is_noticed() -> None:
    message = bytearray(by_aioice())
    message[30] ^= 1
    with pytest.raises(ValueError, match="fingerprint"):
        stun.parse(bytes(message))


@given(st.binary(max_size=1600))
def test_any_bytes_are_a_message_or_a_value_error(data: bytes) -> None:
    try:
        stun.parse(data)
    except ValueError:
        return
    assert len(data) >= 20


@given(st.data())
def test_a_damaged_message_is_a_message_or_a_value_error(data: st.DataObject) -> None:
    message = bytearray(by_aioice())
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(message)))
    try:
        assert not stun.parse(bytes(message[:cut])).is_signed_with(b"another-password")
    except ValueError:
        return
