"""F12: people who come, send, receive and go leave nothing behind in the relay.

`hardening/test_f12_coming_and_going.py` counts what a server holds, `load/soak.py` weighs whole processes.
"""

import gc
from collections import Counter

from media.commands import ClosePeer
from tests.support.calls import Publisher, Subscriber
from tests.support.engines import World

FORGOTTEN_S = 4.0  # by when the relay has looked at all that was due for those who left


def meeting(world: World, number: int) -> None:
    """Three people who all see each other, for a moment."""
    publishers = [Publisher(world, f"up-{number}-{place}", bitrate_bps=300_000) for place in range(3)]
    people = [Subscriber(world, f"down-{number}-{place}") for place in range(3)]
    for publisher in publishers:
        publisher.publish()
    for place, person in enumerate(people):
        others = [one for one in publishers if one is not publishers[place]]
        person.subscribe(*(track for other in others for track in other.tracks))
    world.run(0.6)
    assert all(person.client.media for person in people)
    for client in list(world.clients.values()):
        world.obey(ClosePeer(client.peer, "left"))
        client.close()
    for told in (world.clients, world.every_step, world.events, world.keys.opened):
        told.clear()
    world.run(FORGOTTEN_S)


def held() -> Counter[str]:
    """Objects of the house, by their types."""
    gc.collect()
    names = (f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
    return Counter(name for name in names if name.startswith("media."))


def test_the_relay_holds_nothing_of_those_who_left(world: World) -> None:
    meeting(world, 0)
    before = held()
    for number in range(1, 4):
        meeting(world, number)
    assert held() - before == Counter()
    assert world.relay.size() == (0, 0)
