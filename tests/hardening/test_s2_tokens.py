"""S2: whatever a token says about how it wants to be read, it is refused; and no server starts with a weak key."""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from signaling.errors import Refused
from signaling.keys import BadKey, read_or_make
from signaling.tokens import ApiToken, Invitation, SignIn, Ticket, Tokens

KEY = hashlib.sha256(b"a key of these tests").digest()
TYPE = "visite-invitation+jwt"
HEADER = {"alg": "HS256", "typ": TYPE}
DIGESTS = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


AWAY_S = 43_200  # tokens are forged when tests are collected: longer than any run of them


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"iss": "visite", "aud": "visite/invitation", "iat": now, "exp": now + 2 * AWAY_S, "jti": "n1"}
    good |= {"act": "a1", "seat": "s1", "serial": 1}
    return {name: value for name, value in (good | changes).items() if value is not ...}


def part(value: object) -> bytes:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def token(header: dict[str, Any], body: object, key: bytes = KEY, algorithm: str = "HS256") -> str:
    signed = part(header) + b"." + part(body)
    return (signed + b"." + part(hmac.new(key, signed, DIGESTS[algorithm]).digest())).decode()


def with_signature(header: dict[str, Any], signature: bytes) -> str:
    return (part(header) + b"." + part(claims()) + b"." + part(signature)).decode()


def rs256(private: rsa.RSAPrivateKey) -> str:
    signed = part({"alg": "RS256", "typ": TYPE}) + b"." + part(claims())
    return (signed + b"." + part(private.sign(signed, padding.PKCS1v15(), hashes.SHA256()))).decode()


def public_pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)

FORGED = {
    "alg none": (part({"alg": "none", "typ": TYPE}) + b"." + part(claims()) + b".").decode(),
    "alg None in odd case": (part({"alg": "nOnE", "typ": TYPE}) + b"." + part(claims()) + b".").decode(),
    "alg none with a signature": token({"alg": "none", "typ": TYPE}, claims()),
    "no alg": token({"typ": TYPE}, claims()),
    "alg a list": token({"alg": ["HS256"], "typ": TYPE}, claims()),
    "HS384 with the right key": token({"alg": "HS384", "typ": TYPE}, claims(), algorithm="HS384"),
    "HS512 with the right key": token({"alg": "HS512", "typ": TYPE}, claims(), algorithm="HS512"),
    "RS256": rs256(RSA),
    "HS256 with a public key as secret": token(HEADER, claims(), public_pem(RSA)),
    "HS256 with an empty key": token(HEADER, claims(), b""),
    "ES256 with a signature of zeros": with_signature({"alg": "ES256", "typ": TYPE}, b"\0" * 64),
    "kid": token({**HEADER, "kid": "../../../dev/null"}, claims()),
    "jku": token({**HEADER, "jku": "https://keys.example/jwks.json"}, claims()),
    "x5u": token({**HEADER, "x5u": "https://keys.example/chain.pem"}, claims()),
    "x5c": token({**HEADER, "x5c": ["MIIB"]}, claims()),
    "jwk": token({**HEADER, "jwk": {"kty": "oct", "k": part(KEY).decode()}}, claims()),
    "crit": token({**HEADER, "crit": ["exp"]}, claims()),
    "b64 false": token({**HEADER, "b64": False, "crit": ["b64"]}, claims()),
    "zip": token({**HEADER, "zip": "DEF"}, claims()),
    "no typ": token({"alg": "HS256"}, claims()),
    "another typ": token({"alg": "HS256", "typ": "JWT"}, claims()),
    "typ of another kind": token({"alg": "HS256", "typ": "visite-api+jwt"}, claims()),
    **{f"no {name}": token(HEADER, claims(**{name: ...})) for name in claims()},
    "exp in the past": token(HEADER, claims(exp=int(time.time()) - 61)),
    "exp a word": token(HEADER, claims(exp="never")),
    "exp a fraction": token(HEADER, claims(exp=1e400)),
    "exp null": token(HEADER, claims(exp=None)),
    "iat in the future": token(HEADER, claims(iat=int(time.time()) + AWAY_S)),
    "nbf in the future": token(HEADER, claims(nbf=int(time.time()) + AWAY_S)),
    "another audience": token(HEADER, claims(aud="visite/api")),
    "a list of audiences": token(HEADER, claims(aud=["visite/invitation", "visite/api"])),
    "another issuer": token(HEADER, claims(iss="visite.example")),
    "a claim nobody knows": token(HEADER, claims(role="expert")),
    "a negative serial": token(HEADER, claims(serial=-1)),
    "a serial as text": token(HEADER, claims(serial="1")),
    "claims that are a list": token(HEADER, [1, 2]),
    "claims that are no JSON": token(HEADER, b"{"),
    "the signature cut": token(HEADER, claims())[:-4],
    "the signature gone": token(HEADER, claims()).rpartition(".")[0] + ".",
    "two parts": token(HEADER, claims()).rpartition(".")[0],
    "four parts": token(HEADER, claims()) + ".AAAA",
    "the claims changed": token(HEADER, claims()).replace(part(claims()).decode(), part(claims(seat="s2")).decode()),
    "too long": token(HEADER, claims(seat="s" * 4_000)),
    "empty": "",
    "dots": "..",
    "not ASCII": "é" + token(HEADER, claims()),
    "a NUL": "\0" + token(HEADER, claims()),
}


def test_the_untouched_token_of_these_tests_is_good() -> None:
    assert Tokens(KEY).read(token(HEADER, claims()), Invitation) == Invitation(act="a1", seat="s1", serial=1)


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_refused_by_every_reader(forged: str) -> None:
    tokens = Tokens(KEY)
    for kind in (Invitation, Ticket, ApiToken, SignIn):
        with pytest.raises(Refused, match="token-"):
            tokens.read(forged, kind)
    with pytest.raises(Refused, match="token-"):
        tokens.read_entry(forged)
    with pytest.raises(Refused, match="token-"):
        tokens.read_any(forged, ApiToken, Invitation)


def test_clocks_may_differ_by_less_than_a_minute_only() -> None:
    now = int(time.time())
    assert Tokens(KEY).read(token(HEADER, claims(exp=now - 20)), Invitation).act == "a1"
    with pytest.raises(Refused, match="token-expired"):
        Tokens(KEY).read(token(HEADER, claims(exp=now - 60)), Invitation)


@pytest.mark.parametrize("length", [0, 1, 16, 31])
def test_no_key_shorter_than_32_bytes_is_taken(length: int, tmp_path: Path) -> None:
    with pytest.raises(BadKey):
        Tokens(KEY[:length])
    path = tmp_path / "tokens.key"
    path.touch(0o600)
    path.write_bytes(KEY[:length])
    with pytest.raises(BadKey):
        read_or_make(path)
