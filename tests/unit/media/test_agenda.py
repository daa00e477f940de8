import math
from dataclasses import dataclass

from media.peer.agenda import Agenda


@dataclass(eq=False)
class Person:
    due: float

    def run(self, now: float) -> None:
        self.due = now


def test_who_is_due_is_called_once_however_often_the_time_was_changed() -> None:
    agenda: Agenda[Person] = Agenda()
    anne, bruno = Person(5.0), Person(2.0)
    agenda.put(anne)
    agenda.put(bruno)
    anne.due = 1.0
    agenda.put(anne)
    assert agenda.next() == 1.0
    assert agenda.take(1.5) == [anne]
    anne.due = 5.0
    agenda.put(anne)
    assert agenda.take(4.0) == [bruno]
    assert agenda.take(6.0) == [anne]
    assert agenda.take(60.0) == []
    assert agenda.next() == math.inf


def test_who_is_gone_is_not_called() -> None:
    agenda: Agenda[Person] = Agenda()
    anne = Person(1.0)
    agenda.put(anne)
    anne.due = math.inf
    assert agenda.take(2.0) == []
