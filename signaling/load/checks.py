"""Connectivity checks towards an ICE-lite relay: it only answers, so one side's work is enough (RFC 8445 §7.2)."""

import secrets
import struct
from dataclasses import dataclass, field

from media import stun
from signaling.load.description import Credentials

FIRST_S = 0.05  # to the second check; doubled until the relay has answered
CONSENT_S = 4.0  # between two checks on a line that works (RFC 7675 asks for one in 5 s)
SILENCE_S = 15.0  # without an answer: the line is dead
PRIORITY = 110 << 24 | 65_535 << 8 | 255  # of a peer-reflexive candidate


@dataclass(slots=True)
class Checks:
    """`due` says what to send, `receive` whether an answer is one; times are monotonic seconds."""

    local: Credentials
    remote: Credentials
    begun: float
    answered: float | None = None  # when the relay last answered
    _next: float = field(init=False)
    _pause: float = FIRST_S
    _transaction: bytes = b""
    _tie_breaker: bytes = field(default_factory=lambda: secrets.token_bytes(8))

    def __post_init__(self) -> None:
        self._next = self.begun

    def next_deadline(self) -> float:
        return self._next

    def is_dead(self, now: float) -> bool:
        return now - (self.begun if self.answered is None else self.answered) > SILENCE_S

    def due(self, now: float) -> bytes | None:
        if now < self._next:
            return None
        self._next = now + (self._pause if self.answered is None else CONSENT_S)
        self._pause = min(2 * self._pause, CONSENT_S)
        self._transaction = secrets.token_bytes(12)
        attributes = [
            (stun.USERNAME, f"{self.remote.ufrag}:{self.local.ufrag}".encode()),
            (stun.ICE_CONTROLLING, self._tie_breaker),
            (stun.PRIORITY, struct.pack("!I", PRIORITY)),
            (stun.USE_CANDIDATE, b""),
        ]
        return stun.build(stun.BINDING_REQUEST, self._transaction, attributes, self.remote.password.encode())

    def receive(self, datagram: bytes, now: float) -> bool:
        """Whether this answers our latest check, proved by the relay's password."""
        try:
            message = stun.parse(datagram)
        except ValueError:
            return False
        ours = message.kind == stun.BINDING_SUCCESS and message.transaction == self._transaction
        if not ours or not message.is_signed_with(self.remote.password.encode()):
            return False
        self.answered = now
        self._next = max(self._next, now + CONSENT_S)
        return True
