"""The people of one act who are connected to this node, and what each is shown of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rooms.facts import (
    ActAdvanced,
    DeviceLeft,
    DeviceMoved,
    Fact,
    RecordingAsked,
    RecordingRefused,
    SeatRevoked,
    SeatTurnedAway,
    TakeoverAnswered,
    TakeoverAsked,
)
from rooms.ids import ActId, DeviceId, SeatId
from rooms.views import ActView
from signaling import messages
from signaling.messages import ChatLine, IceServer, IceServers, Said
from signaling.scene import Establishments, Media, Scene, outcome_of, scene, seat_of
from signaling.session import Session

CHAT_LINES = 200  # of the newest, in a snapshot


@dataclass(eq=False, slots=True)
class Meeting:
    """Told of every fact of its act in order, and of every change of what is published in it."""

    act: ActId
    establishments: Establishments
    servers: Callable[[SeatId], tuple[IceServer, ...]]  # that a seat's media may go through
    view: ActView | None = None
    media: Media = field(default_factory=Media)
    sessions: dict[DeviceId, Session] = field(default_factory=dict)
    chat: list[ChatLine] = field(default_factory=list)
    refused: bool = False

    def published(self, facts: Sequence[Fact], view: ActView) -> None:
        """Something happened. Whoever is out by it goes first: nobody is shown what is no longer hers to see."""
        self.view = view
        for fact in facts:
            self._note(fact)
        self._dismiss(facts)
        self.refresh()

    def media_changed(self, media: Media) -> None:
        self.media = media
        self.refresh()

    def said(self, number: int, seat: SeatId, text: str, at: float) -> None:
        """A line of chat, to everybody inside. `number` is the version of the act that has it first."""
        known = seat_of(self.view, seat) if self.view is not None else None
        line = ChatLine(number, seat, known.name if known is not None else "", text, at)
        self.chat = [*self.chat[1 - CHAT_LINES :], line]
        for session in self.sessions.values():
            if session.shown is not None:
                session.tell(Said(line=line))

    def refresh(self) -> None:
        """Tells every client what changed for it."""
        if self.view is None:
            return
        now = scene(self.view, self.establishments, self.media, self.refused)
        for session in list(self.sessions.values()):
            self._show(session, now)

    def greet(self, session: Session) -> None:
        """Notes how far a client that is welcomed now is in, and what its welcome shows it."""
        session.shown = None
        session.outcome = None if self.view is None else outcome_of(self.view, session.seat, session.device)
        if self.view is not None and session.outcome in {"present", "asked"}:
            now = scene(self.view, self.establishments, self.media, self.refused)
            session.shown = now.snapshot(session.seat, session.device, tuple(self.chat))

    def equip(self) -> None:
        """Renews the credentials of those inside."""
        for session in self.sessions.values():
            if session.outcome == "present":
                self._equip(session)

    # -- one client ----------------------------------------------------------------------------------------------

    def _show(self, session: Session, now: Scene) -> None:
        before, outcome = session.outcome, outcome_of(now.view, session.seat, session.device)
        if before is None or outcome is None:
            return  # not welcomed yet, or on her way out
        session.outcome = outcome
        if outcome in {"waiting", "takeover_asked"}:
            return
        if outcome == "present" != before:
            self._equip(session)
        snapshot = now.snapshot(session.seat, session.device, tuple(self.chat))
        if session.shown is not None:
            session.show(snapshot)
            return
        session.shown = snapshot
        if before == "takeover_asked":
            session.tell(messages.TakeoverAnswered(accepted=True, snapshot=snapshot))
        else:
            session.tell(messages.Admitted(snapshot=snapshot))

    def _equip(self, session: Session) -> None:
        servers = self.servers(session.seat)
        if servers:
            session.tell(IceServers(servers=servers))

    def _note(self, fact: Fact) -> None:
        match fact:
            case RecordingAsked():
                self.refused = False
            case RecordingRefused():
                self.refused = True
            case TakeoverAsked(seat=seat, device=new, label=label, deadline=deadline):
                for session in self.sessions.values():
                    if session.seat == seat and session.device != new and session.outcome != "takeover_asked":
                        session.tell(messages.TakeoverAsked(label=label, deadline=deadline))
            case TakeoverAnswered(device=new, accepted=False) if new in self.sessions:
                self.sessions[new].tell(messages.TakeoverAnswered(accepted=False))
                self.sessions[new].end("turned-away")

    def _dismiss(self, facts: Sequence[Fact]) -> None:
        """Ends the sessions whose device is no longer in the act."""
        if self.view is None:
            return
        for session in list(self.sessions.values()):
            if session.outcome is not None and outcome_of(self.view, session.seat, session.device) is None:
                session.end(_reason(facts, session))


def _reason(facts: Sequence[Fact], session: Session) -> str:
    """Why a device is out, in the words of `left`. Facts about its seat say more than the one about itself."""
    if any(isinstance(fact, ActAdvanced) for fact in facts):
        return "act-ended"
    if any(isinstance(fact, SeatRevoked) and fact.seat == session.seat for fact in facts):
        return "removed"
    if any(isinstance(fact, SeatTurnedAway) and fact.seat == session.seat for fact in facts):
        return "turned-away"
    if any(isinstance(fact, DeviceMoved) and fact.before == session.device for fact in facts):
        return "moved"
    own = (fact for fact in facts if isinstance(fact, DeviceLeft) and fact.device == session.device)
    return next((fact.reason for fact in own if fact.reason), "replaced")
