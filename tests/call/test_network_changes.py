"""People whose network changes in the middle of a call: same peer, same keys, media from another address."""

from contextlib import closing

from media.commands import Restart
from media.events import Connected, Disconnected
from media.ids import PeerId
from tests.support.calls import Publisher, Subscriber
from tests.support.engines import Client, World


def call(world: World) -> tuple[Publisher, Subscriber]:
    """Anne is seen and heard by Bruno for a second."""
    anne, bruno = Publisher(world, "anne"), Subscriber(world, "bruno")
    anne.publish()
    bruno.subscribe(*anne.tracks)
    world.run(1.0)
    assert bruno.payloads(anne.tracks[1])
    return anne, bruno


def lose_network(world: World, client: Client) -> None:
    """From a new address, with nothing that the relay would believe."""
    client.move()
    client._next_check = world.now + 60
    world.run(0.05)  # what was under way arrives


def received_in(world: World, subscriber: Subscriber, seconds: float) -> int:
    before = len(subscriber.client.media)
    world.run(seconds)
    return len(subscriber.client.media) - before


def credentials(sdp: str) -> str:
    return next(line for line in sdp.splitlines() if line.startswith("a=ice-ufrag:"))


def test_a_subscriber_who_changes_networks_asks_for_a_restart_and_receives_on(world: World) -> None:
    _, bruno = call(world)
    lose_network(world, bruno.client)
    assert received_in(world, bruno, 1.0) == 0
    world.obey(Restart(bruno.client.peer))
    assert received_in(world, bruno, 0.3) > 30
    assert credentials(bruno.offers[-1].sdp) != credentials(bruno.offers[-2].sdp)
    assert len(world.told(Connected)) == 2, "no new handshake"
    assert not world.told(Disconnected)


def test_pictures_begin_anew_on_the_new_network_without_being_asked_for(world: World) -> None:
    anne, bruno = call(world)
    lose_network(world, bruno.client)
    world.run(1.0)
    before = anne.keyframes
    world.obey(Restart(bruno.client.peer))
    world.run(1.0)
    assert anne.keyframes == before + 1


def test_until_the_new_network_has_spoken_media_flow_over_the_old_one(world: World) -> None:
    _, bruno = call(world)
    bruno._thinks_s = 0.5
    world.obey(Restart(bruno.client.peer))
    assert received_in(world, bruno, 0.4) > 50
    assert received_in(world, bruno, 1.0) > 130


def test_a_restart_while_an_offer_is_out_comes_with_the_next_one(world: World) -> None:
    anne, bruno = call(world)
    carla = Publisher(world, "carla")
    carla.publish()
    bruno._thinks_s = 0.2
    bruno.subscribe(*anne.tracks, *carla.tracks)
    world.run(0.1)
    out = len(bruno.offers)
    world.obey(Restart(bruno.client.peer))
    world.obey(Restart(bruno.client.peer))
    world.run(1.0)
    first, *later = [credentials(offer.sdp) for offer in bruno.offers[out - 1 :]]
    assert first not in later
    assert len(set(later)) == 1, "asked for twice, done once"
    assert received_in(world, bruno, 1.0) > 250


def test_whoever_has_no_receiving_connection_has_nothing_to_restart(world: World) -> None:
    anne, _ = call(world)
    assert world.obey(Restart(anne.client.peer)) == []
    assert world.obey(Restart(PeerId("nobody"))) == []


def test_a_publisher_who_offers_anew_is_heard_from_her_new_address(world: World) -> None:
    anne, bruno = call(world)
    lose_network(world, anne.client)
    assert received_in(world, bruno, 1.0) == 0
    anne.publish()
    assert received_in(world, bruno, 0.5) > 50
    assert len(world.told(Connected)) == 2


def test_media_are_heard_from_an_address_that_is_checked_and_not_yet_nominated(world: World) -> None:
    anne, bruno = call(world)
    with closing(anne.client.lean()):
        assert received_in(world, bruno, 1.0) > 130
