"""One peer: a transport with an address that ICE validated, keys that DTLS agreed on, and an end."""

import math
import secrets
from abc import ABC, abstractmethod
from collections.abc import Sequence

from media import ice
from media.events import Connected, Disconnected, PeerEnd
from media.ids import PeerId, RoomId
from media.peer.commons import Commons
from media.plane.interface import PeerIndex, Profile, SrtpKeys
from media.ports import KeyingMaterial, SecureLine
from media.rtcp.allowance import Allowance
from media.rtcp.packets import Packet
from media.sdp.description import Description, Line, Local, SdpError
from media.sdp.writing import write

FRESH_S = 2.0  # s for which a check is known well enough
CONNECT_S = 30.0  # s within which a peer must have keys
MAX_EARLY = 8  # DTLS datagrams kept until the description that says whom to believe is read


class Peer(ABC):
    """What publisher, subscriber and viewer have in common. Owned by the relay; times are monotonic seconds."""

    kind = "peer"

    def __init__(self, peer: PeerId, room: RoomId, commons: Commons, now: float) -> None:
        self.id = peer
        self.room = room
        self.commons = commons
        self.index = PeerIndex(commons.peer_indices.take())
        self.agent = commons.agents.add()
        self.reports = Allowance()
        self.connected_at: float | None = None
        self.due = now  # when `on_time` is to be called next
        commons.agenda.put(self)
        self._waiting_since: float | None = now  # for a connection
        self._fingerprints: tuple[tuple[str, str], ...] = ()
        self._secure: SecureLine | None = None
        self._early: list[bytes] = []
        self._consents_as = b""  # the username of checks that the plane may answer
        self._session = secrets.randbits(62)
        self._version = 0

    # ── descriptions

    def take_remote(self, description: Description, *, offered: bool = True) -> None:
        """The client's side of the transport, first or again.

        A new ufrag in an offer is an ICE restart (RFC 8445 §9); in an answer it is part of ours. Raises SdpError where
        the client wants to be the DTLS server, or is another one than before.
        """
        if description.setup == "passive":
            raise SdpError("sdp-unsupported", "the relay is the DTLS server: a=setup must allow active")
        if self._fingerprints and description.fingerprints != self._fingerprints:
            raise SdpError("sdp-invalid", "the fingerprint changed")
        self._fingerprints = description.fingerprints
        if offered and self.agent.remote_ufrag not in ("", description.ufrag):
            self.commons.agents.restart(self.agent)
        self.agent.remote_ufrag = description.ufrag
        self._agree_on_keys()

    def describe_to_client(self, lines: Sequence[Line], setup: str) -> str:
        """Our description with `lines`, under the next version."""
        self._version += 1
        credentials = self.agent.local
        local = Local(
            credentials.ufrag,
            credentials.password,
            self.commons.security.fingerprint,
            self.commons.addresses,
            self.commons.settings.tcp,
        )
        return write(lines, local, setup=setup, session=self._session, version=self._version)

    # ── transport

    def checked(self, check: ice.Check) -> None:
        """An authenticated check came in."""
        # A browser sends by the pair that it likes best, which it may nominate seconds later: media are heard from each
        # address that a check has proved. The last to be bound is the one that is sent to.
        for address in (check.found, self.agent.address if check.moved or check.found else None):
            if address is not None:
                self.commons.plane.bind(self.index, address)
        if check.settled and check.username != self._consents_as:
            self._consents_as = check.username
            self.commons.plane.answer_checks(self.index, check.username, self.agent.local.password.encode())
        self._agree_on_keys()

    def receive_dtls(self, datagram: bytes) -> None:
        if self._secure is not None:
            self._secure.receive(datagram)
        elif len(self._early) < MAX_EARLY:
            self._early.append(datagram)

    def secured(self, keys: KeyingMaterial, now: float) -> None:
        """The line is up: packets may flow."""
        self.connected_at = now
        self._waiting_since = None
        self.commons.plane.add_peer(self.index, SrtpKeys(Profile(keys.profile), keys.receive, keys.send))
        self.commons.tell(Connected(self.id))
        self.begin_flow(now)

    def overdue(self, now: float) -> PeerEnd | None:
        """Why the peer has to go now, if it has to."""
        if self._waiting_since is not None and now - self._waiting_since >= CONNECT_S:
            return "never-connected"
        last = self.agent.last_check = self._last_check(now)
        if self.connected_at is not None and last is not None and now - last >= self.commons.settings.consent_s:
            return "consent-lost"
        return None

    def _last_check(self, now: float) -> float | None:
        """The plane is only asked where it seems to be long ago."""
        last = self.agent.last_check
        return last if last is None or now - last < FRESH_S else max(last, self.commons.plane.checked(self.index))

    def close(self, reason: PeerEnd, now: float) -> None:
        """From outside in: what it published or received, then the line, then its place in the plane."""
        self.end_flow(now)
        if self._secure is not None:
            self._secure.close()
        self.commons.plane.remove_peer(self.index)
        self.commons.agents.remove(self.agent)
        self.commons.peer_indices.give_back(self.index)
        self.due = math.inf
        self.commons.tell(Disconnected(self.id, reason))

    def discard(self, now: float) -> None:
        """Takes back a peer whose first command was refused: nobody ever heard of it."""
        self.commons.agents.remove(self.agent)
        self.commons.peer_indices.give_back(self.index)
        self.due = math.inf

    def wake_by(self, time: float | None) -> None:
        if time is not None and time < self.due:
            self.due = time
            self.commons.agenda.put(self)

    def run(self, now: float) -> None:
        """Does what is due and says when more will be."""
        self.wake_by(self.on_time(now))

    def wait_for_connection(self, since: float | None) -> None:
        """Counts the time to connect from `since`; None: it need not connect yet."""
        if self.connected_at is None:
            self._waiting_since = since

    @property
    def has_keys(self) -> bool:
        return self.connected_at is not None

    def _agree_on_keys(self) -> None:
        """Begins as soon as an address is validated and somebody is announced there (ASVS 17.2.6)."""
        if self._secure is not None or self.agent.address is None or not self._fingerprints:
            return
        self._secure = self.commons.security.open(self.id, self._fingerprints, self._send)
        for datagram in self._early:
            self._secure.receive(datagram)
        self._early.clear()

    def _send(self, datagram: bytes) -> None:
        if self.agent.address is not None:
            self.commons.plane.send(datagram, self.agent.address)

    # ── what flows: each kind of peer says

    @abstractmethod
    def begin_flow(self, now: float) -> None:
        """Keys are there."""

    @abstractmethod
    def end_flow(self, now: float) -> None:
        """The peer goes."""

    @abstractmethod
    def receive_rtcp(self, packets: list[Packet], now: float) -> None:
        """One compound from the client, its authenticity proved."""

    @abstractmethod
    def on_time(self, now: float) -> float:
        """Does what is due and returns when to be called again."""

    def state(self) -> dict[str, object]:
        """For people who look for a fault; names no address and no key."""
        return {
            "kind": self.kind,
            "room": self.room,
            "connected": self.has_keys,
            "checked": self.agent.last_check,
            "versions": self._version,
        }
