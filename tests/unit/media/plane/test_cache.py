from media.plane.cache import CAPACITY, Cache
from media.plane.packet import PLAIN, Packet


def packet(number: int) -> Packet:
    return Packet(number, 0, PLAIN | 96, 0, b"x")


def test_a_packet_stays_until_one_a_whole_ring_later_takes_its_place() -> None:
    cache = Cache()
    for number in range(CAPACITY):
        cache.store(packet(number))
    assert cache.get(0) == packet(0)
    cache.store(packet(CAPACITY))
    assert cache.get(0) is None
    assert cache.get(CAPACITY) == packet(CAPACITY)


def test_what_never_came_is_not_there() -> None:
    cache = Cache()
    cache.store(packet(5))
    assert cache.get(6) is None
    assert cache.get(5 + CAPACITY) is None
    assert cache.get(-1) is None
