"""What is true for a moment and kept nowhere, in the words of the wire: who speaks."""

from collections.abc import Callable

from media import events
from media.ids import TrackId
from rooms.ids import SeatId
from signaling.messages import Speaking

SeatOf = Callable[[TrackId], SeatId | None]  # None: its device has left


def speaking(event: events.Speaking, seat_of: SeatOf) -> Speaking:
    """Somebody who speaks into two devices is one person."""
    seats = dict.fromkeys(seat for track in event.tracks if (seat := seat_of(track)) is not None)
    return Speaking(seats=tuple(seats), floor=None if event.floor is None else seat_of(event.floor))
