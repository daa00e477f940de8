"""Who may hold a line."""

import pytest

from media.tcp.places import (
    MAX_FROM_ONE_ADDRESS,
    MAX_LINES,
    MAX_STRANGERS,
    MAX_STRANGERS_FROM_ONE_ADDRESS,
    PROVE_S,
    QUIET_S,
    Place,
    Places,
    site_of,
)


def taken(places: Places, host: str, now: float = 0.0, *, proved: bool = False) -> Place:
    place = places.take(host, now)
    assert place is not None
    place.proved = proved
    return place


def test_a_stranger_has_a_few_seconds_to_prove_herself() -> None:
    places = Places()
    stranger, known = taken(places, "192.0.2.1"), taken(places, "192.0.2.1", proved=True)
    assert places.overdue(PROVE_S - 0.1) == []
    assert places.overdue(PROVE_S) == [stranger]
    assert known not in places.overdue(PROVE_S)


def test_a_line_over_which_nothing_comes_any_more_is_given_up() -> None:
    places = Places()
    place = taken(places, "192.0.2.1", proved=True)
    place.last = 10.0
    assert places.overdue(10.0 + QUIET_S - 0.1) == []
    assert places.overdue(10.0 + QUIET_S) == [place]


def test_the_lines_of_one_address_are_bounded() -> None:
    places = Places()
    for _ in range(MAX_FROM_ONE_ADDRESS):
        taken(places, "192.0.2.1", proved=True)
    assert places.take("192.0.2.1", 0.0) is None
    assert places.take("192.0.2.2", 0.0) is not None


def test_strangers_of_one_address_are_bounded_more_tightly() -> None:
    places = Places()
    first = [taken(places, "192.0.2.1") for _ in range(MAX_STRANGERS_FROM_ONE_ADDRESS)]
    assert places.take("192.0.2.1", 0.0) is None
    first[0].proved = True
    assert places.take("192.0.2.1", 0.0) is not None


def test_of_too_many_strangers_the_oldest_makes_room() -> None:
    places = Places()
    crowd = [taken(places, f"192.0.2.{number}") for number in range(MAX_STRANGERS + 2)]
    assert places.overdue(0.0) == crowd[:2]


def test_all_lines_together_are_bounded_and_one_that_leaves_makes_room() -> None:
    places = Places()
    lines = [taken(places, f"2001:db8:{number:x}::1", proved=True) for number in range(MAX_LINES)]
    assert places.take("192.0.2.1", 0.0) is None
    places.leave(lines[0])
    places.leave(lines[0])
    assert len(places) == MAX_LINES - 1
    assert places.take("192.0.2.1", 0.0) is not None


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_a_customer_with_a_whole_network_of_addresses_counts_as_one(host: str, site: str) -> None:
    assert site_of(host) == site
