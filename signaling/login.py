"""Professionals sign in: a single-use link becomes a cookie. OpenID Connect will later yield the same person.

The cookie's value is a random number; the server keeps only its SHA-256, so that a stolen database signs nobody in.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rooms.ids import PersonId
from signaling.errors import Refused
from signaling.tokens import LEEWAY_S, SignIn, Tokens


class SignIns(Protocol):
    """Who is signed in, and which links were used; kept in the directory's tables. Times in seconds since the epoch."""

    async def spend(self, number: str, until: float, now: float) -> bool:
        """Remembers a used link until it would have died anyway; False if it was used before."""

    async def keep(self, digest: str, person: PersonId, until: float) -> None: ...

    async def person_of(self, digest: str, now: float) -> PersonId | None: ...

    async def forget(self, digest: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Login:
    """`lifetime_s` is how long a person stays signed in."""

    tokens: Tokens
    store: SignIns
    clock: Callable[[], float]
    lifetime_s: float

    async def sign_in(self, token: str) -> str:
        """The cookie's value for the holder of a sign-in link. Raises Refused("token-invalid" | "token-expired")."""
        content, signed = self.tokens.read_signed(token, SignIn)
        now = self.clock()
        if not await self.store.spend(signed.jti, signed.exp + LEEWAY_S, now):
            raise Refused("token-invalid", "this link was used before")
        cookie = secrets.token_urlsafe(32)
        await self.store.keep(_digest(cookie), PersonId(content.person), now + self.lifetime_s)
        return cookie

    async def person_of(self, cookie: str) -> PersonId:
        """Raises Refused("sign-in-required") when the cookie signs nobody in, or no longer."""
        person = await self.store.person_of(_digest(cookie), self.clock())
        if person is None:
            raise Refused("sign-in-required")
        return person

    async def sign_out(self, cookie: str) -> None:
        await self.store.forget(_digest(cookie))


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
