"""Every signed token: invitations, entry tickets, API tokens, sign-in links. One key, one algorithm, an audience each.

A token is a JWT (RFC 7519) signed with HS256. Its header is exactly `alg` and `typ`: whatever would let a token
say how it wants to be checked (kid, jku, x5u, jwk, crit …) makes it worthless (RFC 8725 §3.1, §3.10). Kinds never
stand in for each other: audience and `typ` both name the kind (§3.9, §3.11), and no other claims are taken.
"""

import secrets
from typing import Annotated, Any, ClassVar, TypeVar

import jwt
import msgspec
from msgspec import Meta

from rooms.ids import ActId, SeatId
from signaling.errors import Refused
from signaling.keys import KEY_BYTES, BadKey

ALGORITHM = "HS256"
ISSUER = "visite"
LEEWAY_S = 30  # clocks of two nodes may differ this much
TICKET_S = 120  # from the join page to the socket
MAX_TOKEN = 2_048  # characters; as messages.Token
REQUIRED = ("iss", "aud", "iat", "exp", "jti")

Text = Annotated[str, Meta(min_length=1, max_length=128)]


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a kind of token says, beside the claims that all have."""

    kind: ClassVar[str]


class Invitation(Content, frozen=True):
    """Names one seat. A seat's older serials are dead, which the rooms judge."""

    kind: ClassVar[str] = "invitation"
    act: Text
    seat: Text
    serial: Annotated[int, Meta(ge=0)]


class Ticket(Content, frozen=True):
    """Lets the holder's socket into one seat within two minutes. `serial` is that of the invitation it was got with."""

    kind: ClassVar[str] = "ticket"
    act: Text
    seat: Text
    serial: Annotated[int, Meta(ge=0)] | None = None


class ApiToken(Content, frozen=True):
    """Lets a program act with a role."""

    kind: ClassVar[str] = "api"
    role: Text
    subject: Text  # names the program in the journal


class SignIn(Content, frozen=True):
    """Signs a person of the directory in, once: `jti` is remembered when it is used."""

    kind: ClassVar[str] = "sign-in"
    person: Text


C = TypeVar("C", bound=Content)


class Signed(msgspec.Struct, frozen=True):
    """The claims that every token has. Times are seconds since the epoch."""

    iss: str
    aud: str
    iat: int
    exp: int
    jti: Text


class Entry(msgspec.Struct, frozen=True):
    """The seat that a token opens. `serial` None: of a professional, who has no invitation."""

    act: ActId
    seat: SeatId
    serial: int | None


class Tokens:
    """Mints and reads with one key. Raises BadKey for a key that HS256 must not use."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise BadKey(f"the token key is shorter than {KEY_BYTES} bytes")
        self._key = key

    def mint(self, content: Content, now: float, lifetime_s: float) -> str:
        """A token that is good until `now + lifetime_s`."""
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": _audience(content.kind),
            "iat": int(now),
            "exp": int(now + lifetime_s),
            "jti": secrets.token_urlsafe(16),
            **msgspec.to_builtins(content),
        }
        return jwt.encode(claims, self._key, ALGORITHM, headers={"typ": _type(content.kind)})

    def read(self, token: str, kind: type[C]) -> C:
        """What a token of this kind says. Raises Refused("token-invalid" | "token-expired")."""
        return self.read_signed(token, kind)[0]

    def read_signed(self, token: str, kind: type[C]) -> tuple[C, Signed]:
        """As `read`, with the claims that all tokens have."""
        _check_header(token, kind)
        claims = self._verified(token, kind)
        try:
            signed = msgspec.convert({name: claims.pop(name) for name in REQUIRED}, Signed)
            return msgspec.convert(claims, kind), signed
        except msgspec.ValidationError:
            raise Refused("token-invalid") from None

    def read_any(self, token: str, *kinds: type[Content]) -> Content:
        """What a token of one of these kinds says. Raises as `read`."""
        type_ = _header(token).get("typ")
        for kind in kinds:
            if type_ == _type(kind.kind):
                return self.read(token, kind)
        raise Refused("token-invalid")

    def read_entry(self, token: str) -> Entry:
        """The seat that an invitation or a ticket opens. Raises as `read`."""
        match self.read_any(token, Ticket, Invitation):
            case Ticket(act, seat, serial) | Invitation(act, seat, serial):
                return Entry(ActId(act), SeatId(seat), serial)
        raise Refused("token-invalid")

    def _verified(self, token: str, kind: type[Content]) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=_audience(kind.kind),
                issuer=ISSUER,
                leeway=LEEWAY_S,
                options={"require": list(REQUIRED), "strict_aud": True},
            )
        except jwt.ExpiredSignatureError:
            raise Refused("token-expired") from None
        except jwt.PyJWTError:
            raise Refused("token-invalid") from None


def _audience(kind: str) -> str:
    return f"visite/{kind}"


def _type(kind: str) -> str:
    return f"visite-{kind}+jwt"


def _header(token: str) -> dict[str, Any]:
    if len(token) > MAX_TOKEN or not token.isascii():
        raise Refused("token-invalid")
    try:
        return jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise Refused("token-invalid") from None


def _check_header(token: str, kind: type[Content]) -> None:
    if _header(token) != {"alg": ALGORITHM, "typ": _type(kind.kind)}:
        raise Refused("token-invalid")
