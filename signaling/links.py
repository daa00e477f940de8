"""Links that people open. What must stay secret stands in the fragment, which no browser sends to any server."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from rooms.ids import ActId, PersonId, SeatId
from signaling.config import SignalingSettings
from signaling.tokens import Invitation, SignIn, Tokens


@dataclass(frozen=True, slots=True)
class Address:
    """Where people reach this server: scheme, host and port, without a slash at the end."""

    base: str

    @classmethod
    def of(cls, settings: SignalingSettings, port: int) -> "Address":
        """The public address; `port` is the one that was bound."""
        if settings.public_url:
            return cls(settings.public_url.rstrip("/"))
        scheme, usual = ("https", 443) if settings.tls_certificate else ("http", 80)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        return cls(f"{scheme}://{host}" if port == usual else f"{scheme}://{host}:{port}")

    @property
    def secure(self) -> bool:
        return self.base.startswith("https:")

    @property
    def origins(self) -> frozenset[str]:
        """What a browser may say in Origin. This machine has two names, and people type either."""
        other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}.get(urlsplit(self.base).hostname or "")
        here = {self.base}
        if other:
            here.add(self.base.replace(f"//{urlsplit(self.base).hostname}", f"//{other}", 1))
        return frozenset(here)


@dataclass(frozen=True, slots=True)
class Links:
    """Mints tokens and puts them into links. Lifetimes in seconds."""

    address: Address
    tokens: Tokens
    clock: Callable[[], float]
    invitation_s: float
    sign_in_s: float

    def invitation(self, act: ActId, seat: SeatId, serial: int, planned_end: float = 0.0) -> str:
        """An invitation that outlives the planned end, or now if that is later, by `invitation_s`."""
        now = self.clock()
        lifetime = max(0.0, planned_end - now) + self.invitation_s
        return self.tokens.mint(Invitation(act=act, seat=seat, serial=serial), now, lifetime)

    def join_with(self, invitation: str) -> str:
        return f"{self.address.base}/join#t={invitation}"

    def join(self, act: ActId, seat: SeatId, serial: int) -> str:
        """The link of a new invitation to an act that runs."""
        return self.join_with(self.invitation(act, seat, serial))

    def sign_in(self, person: PersonId) -> str:
        """A link that signs a professional in, once."""
        token = self.tokens.mint(SignIn(person=person), self.clock(), self.sign_in_s)
        return f"{self.address.base}/sign-in#s={token}"
