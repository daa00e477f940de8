"""Carries what happened from the rooms to whoever shows it or acts on it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from rooms.facts import Fact
from rooms.ids import ActId
from rooms.views import ActView

log = logging.getLogger(__name__)

Listener = Callable[[ActId, tuple[Fact, ...], ActView], None]


@dataclass(slots=True)
class News:
    """`publish` is given to `RoomService`; the root adds the listeners later, for they need the service themselves."""

    listeners: list[Listener] = field(default_factory=list)

    def publish(self, act: ActId, facts: tuple[Fact, ...], view: ActView) -> None:
        """Tells every listener in order; none of them may wait.

        What is told has happened: a fault in one listener neither undoes it nor keeps the next one from knowing.
        """
        for listener in self.listeners:
            try:
                listener(act, facts, view)
            except Exception:
                log.exception("news not taken", extra={"act": act})
