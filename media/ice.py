"""The relay's side of ICE: it never sends checks, it answers those that are authenticated (ICE-lite, RFC 8445 §2.5).

One peer has one `Agent`. `Agents` finds it by the user fragment of a check and by the address of everything else;
who does not know a password makes no state here and gets no byte back.
"""

import secrets
from collections import Counter
from dataclasses import dataclass, field

from media import stun
from media.stun import Address

MAX_VALIDATED = 4  # addresses one peer may speak from: its networks, and one left behind
HANDOVER_S = 15.0  # s without a check after which another peer may prove that an address is now its own


@dataclass(frozen=True, slots=True)
class Credentials:
    """User fragment and password of one ICE session (RFC 8445 §5.3)."""

    ufrag: str
    password: str

    @classmethod
    def fresh(cls) -> "Credentials":
        """48 random bits to be found by, 192 to be believed by: twice and more of what the RFC asks."""
        return cls(secrets.token_hex(6), secrets.token_urlsafe(24).replace("_", "/").replace("-", "+"))


@dataclass(frozen=True, slots=True)
class Check:
    """An authenticated check: whose it is, what to send back, and whether it moved the peer."""

    agent: "Agent"
    answer: bytes | None  # None: the answer would be longer than the request
    moved: bool  # the agent's address is another than before
    found: Address | None  # from which it may speak from now on, too
    username: bytes
    settled: bool  # the same check again would change nothing but when it came


@dataclass(slots=True, eq=False)
class Agent:
    """Where one peer is, and when it last said so. Times are seconds on the caller's monotonic clock."""

    local: Credentials = field(default_factory=Credentials.fresh)
    retired: Credentials | None = None  # those before the last restart: checks under way stay valid
    remote_ufrag: str = ""  # of the client's last description; a new one is an ICE restart
    address: Address | None = None  # where to send; None until the first check
    last_check: float | None = None
    heard: bool = False  # a check of the current session came
    validated: list[Address] = field(default_factory=list)  # it may speak from each of these; the latest last

    def hear(self, source: Address, ufrag: str, nominates: bool, now: float) -> bool:
        """Takes an authenticated check; returns whether the address to send to changed (RFC 8445 §7.3.1.5).

        The first check of a session already gives an address, for clients start DTLS on it before they nominate;
        afterwards the latest nomination decides. A session before a restart decides until the new one has spoken.
        """
        self.last_check = now
        current = ufrag == self.local.ufrag
        decides = not self.heard if current and not nominates else nominates and (current or not self.heard)
        self.heard = self.heard or current
        if not decides or source == self.address:
            return False
        self.address = source
        return True

    def session(self, ufrag: str) -> Credentials | None:
        """The current or the retired credentials, whichever `ufrag` belongs to."""
        for credentials in (self.local, self.retired):
            if credentials is not None and credentials.ufrag == ufrag:
                return credentials
        return None


class _Unanswered(Exception):
    """A datagram that gets no answer; `reason` is what we count it under."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Agents:
    """All agents behind one socket."""

    refused: Counter[str] = field(default_factory=Counter)  # reason → checks left without an answer
    _by_ufrag: dict[str, Agent] = field(default_factory=dict)
    _by_address: dict[Address, Agent] = field(default_factory=dict)

    def add(self) -> Agent:
        agent = Agent()
        self._by_ufrag[agent.local.ufrag] = agent
        return agent

    def remove(self, agent: Agent) -> None:
        self._forget(agent.local)
        self._forget(agent.retired)
        while agent.validated:
            self._by_address.pop(agent.validated.pop(), None)

    def restart(self, agent: Agent) -> None:
        """New credentials; the ones before stay valid until the next restart, so that media never pauses.

        The client may come from a new network: the first check under the new credentials moves the address.
        """
        self._forget(agent.retired)
        agent.retired, agent.local, agent.heard = agent.local, Credentials.fresh(), False
        self._by_ufrag[agent.local.ufrag] = agent

    def at(self, address: Address) -> Agent | None:
        """The agent that has validated `address`."""
        return self._by_address.get(address)

    def receive(self, data: bytes, source: Address, now: float) -> Check | None:
        """Judges one STUN datagram; None (and silence) for all but authenticated binding requests."""
        try:
            request, agent, credentials = self._authenticate(data)
            if not self._may_own(agent, source, now):
                raise _Unanswered("address-of-another")
        except _Unanswered as unanswered:
            self.refused[unanswered.reason] += 1
            return None
        moved = agent.hear(source, credentials.ufrag, stun.USE_CANDIDATE in request.attributes, now)
        found = self._validate(agent, source)
        answer = stun.success(request, source, credentials.password.encode())
        settled = credentials is agent.local and source == agent.address
        username = request.attributes[stun.USERNAME]
        return Check(agent, answer if len(answer) <= len(data) else None, moved, found, username, settled)

    def _authenticate(self, data: bytes) -> tuple[stun.Message, Agent, Credentials]:
        try:
            request = stun.parse(data)
            ufrag, _ = request.username
        except ValueError as error:
            raise _Unanswered("malformed") from error
        if request.kind != stun.BINDING_REQUEST:
            raise _Unanswered("not-a-request")
        agent = self._by_ufrag.get(ufrag)
        credentials = agent.session(ufrag) if agent is not None else None
        if agent is None or credentials is None:
            raise _Unanswered("unknown-ufrag")
        if not request.is_signed_with(credentials.password.encode()):
            raise _Unanswered("wrong-password")
        return request, agent, credentials

    def _validate(self, agent: Agent, source: Address) -> Address | None:
        """The source, if it is new to the agent."""
        owner = self._by_address.get(source)
        if owner is not None and owner is not agent:
            owner.validated.remove(source)
        self._by_address[source] = agent
        if source in agent.validated:
            return None
        agent.validated.append(source)
        for old in [address for address in agent.validated[:-MAX_VALIDATED] if address != agent.address]:
            agent.validated.remove(old)
            del self._by_address[old]
        return source

    def _may_own(self, agent: Agent, source: Address, now: float) -> bool:
        """A peer that forges another's address in its own valid checks must not draw away that one's packets."""
        owner = self._by_address.get(source)
        if owner is None or owner is agent or owner.last_check is None:
            return True
        return now - owner.last_check > HANDOVER_S

    def _forget(self, credentials: Credentials | None) -> None:
        if credentials is not None:
            self._by_ufrag.pop(credentials.ufrag, None)
