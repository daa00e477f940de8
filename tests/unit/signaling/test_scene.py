"""What a client is told when the act changes."""

from dataclasses import replace

from rooms.ids import DeviceId
from rooms.views import Path, PathView
from signaling.messages import PathChanged, Snapshot
from signaling.scene import Media, Pair, changes, scene
from tests.unit.signaling.test_plan import ENDS, TWO, act

ANNE = TWO[0].seat


def shown(path: Path, number: int, pair: Pair | None) -> Snapshot:
    """What Anne is shown of a room for two."""
    view = replace(act(*TWO), path=PathView(path, number, "second-person"))
    return scene(view, {}, Media(pair=pair), refused=False).snapshot(ANNE, DeviceId("a1"))


def told(before: Snapshot, after: Snapshot) -> list[tuple[str, int]]:
    return [(event.path.path, event.path.number) for event in changes(before, after) if isinstance(event, PathChanged)]


def test_a_path_between_direct_and_relay_is_not_told() -> None:
    direct, between, relay = shown(Path.DIRECT, 4, ENDS), shown(Path.DIRECT, 4, None), shown(Path.RELAY, 5, None)
    assert between.path.path == "none"
    assert told(direct, between) == []
    assert told(between, relay) == [("relay", 5)]


def test_a_path_that_ended_is_told_by_its_own_number() -> None:
    direct, between, ended = shown(Path.DIRECT, 4, ENDS), shown(Path.DIRECT, 4, None), shown(Path.NONE, 5, None)
    assert told(direct, ended) == [("none", 5)]
    assert told(between, ended) == [("none", 5)]


def test_a_direct_path_is_told_once_its_ends_are_known() -> None:
    alone, unknown, direct = shown(Path.NONE, 3, None), shown(Path.DIRECT, 4, None), shown(Path.DIRECT, 4, ENDS)
    assert told(alone, direct) == [("direct", 4)]
    assert told(unknown, direct) == [("direct", 4)]
