"""Layers of one picture: each a track of its own, and a route that moves between them without a hole."""

from dataclasses import replace

from media.plane.interface import Codec, Extensions, Ingress, Plane, Route, TrackIndex
from media.rtp.codecs import vp8
from tests.support.media_party import MediaParty
from tests.support.media_stage import SUBSCRIBED, video_route

SMALL, LARGE = TrackIndex(10), TrackIndex(11)
SSRCS = {SMALL: 40, LARGE: 60}
RIDS = {SMALL: b"q", LARGE: b"f"}
IDS = Extensions(mid=4, transport_cc=3, rid=10, repaired_rid=11)
CODECS = (Codec("vp8", 96, 97, 90_000),)


def layers() -> tuple[Ingress, ...]:
    return tuple(
        Ingress(track, True, "v", frozenset(), frozenset(), CODECS, rid=rid.decode()) for track, rid in RIDS.items()
    )


def publish(plane: Plane, publisher: MediaParty) -> None:
    plane.set_ingress(publisher.peer, layers(), IDS)


def watch(plane: Plane, publisher: MediaParty, subscriber: MediaParty) -> Route:
    """The layers are published, and the subscriber is to get the small one."""
    publish(plane, publisher)
    route = video_route(subscriber)
    plane.set_route(SMALL, route)
    return route


def payload(picture: int, base: int, *, key: bool = False) -> bytes:
    """A whole VP8 frame with a picture number of 15 bits, the index of its base layer, and a temporal layer."""
    return bytes((0x90, 0xE0, 0x80 | picture >> 8, picture & 0xFF, base, 0x00, 0 if key else 1)) + b"frame"


def send(publisher: MediaParty, track: TrackIndex, sequence: int, content: bytes = b"", **fields: object) -> None:
    content = content or payload(sequence, sequence & 0xFF)
    fields = {"timestamp": 90 * sequence, "marker": True, "extensions": {4: b"v", 10: RIDS[track]}} | fields
    publisher.send(content, sequence=sequence & 0xFFFF, ssrc=SSRCS[track], payload_type=96, **fields)


def move(plane: Plane, route: Route, origin: TrackIndex, goal: TrackIndex) -> None:
    plane.set_route(origin, going(route))
    plane.set_route(goal, route)


def going(route: Route) -> Route:
    return replace(route, begins=False)


def test_a_layer_is_known_by_its_rid_and_its_repairs_by_the_repaired_one(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    publish(plane, publisher)
    plane.set_route(LARGE, video_route(subscriber))
    send(publisher, SMALL, 1, payload(1, 1, key=True))
    send(publisher, LARGE, 500, payload(1, 1, key=True))
    send(publisher, LARGE, 502, payload(3, 3), extensions={})
    repaired = (501).to_bytes(2) + payload(2, 2)
    publisher.send(repaired, sequence=9, timestamp=90 * 501, ssrc=61, payload_type=97, extensions={4: b"v", 11: b"f"})
    turn = plane.poll(0.0)
    assert turn.started == [(SMALL, 96), (LARGE, 96)]
    assert [vp8.picture(content) for _, content in subscriber.received()] == [(1, 1), (3, 3), (2, 2)]
    counted = {source.ssrc: (source.track, source.packets, source.frames) for source in plane.sources(publisher.peer)}
    assert counted == {40: (SMALL, 1, 1), 60: (LARGE, 2, 2)}


def test_a_rid_that_was_not_negotiated_belongs_to_no_layer(plane: Plane, publisher: MediaParty) -> None:
    publish(plane, publisher)
    send(publisher, SMALL, 1, extensions={4: b"v", 10: b"x"})
    send(publisher, LARGE, 1, extensions={4: b"v"})
    assert plane.poll(0.0).started == []
    assert plane.counters()["dropped_unassigned"] == 2


def test_a_route_moves_at_the_first_packet_of_a_key_frame_and_no_earlier(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    route = watch(plane, publisher, subscriber)
    send(publisher, SMALL, 10, payload(10, 10, key=True))
    assert plane.poll(0.0).begun == [(route.route, SMALL)]
    move(plane, route, SMALL, LARGE)
    send(publisher, SMALL, 11)
    send(publisher, LARGE, 900)
    turn = plane.poll(0.1)
    assert (turn.begun, turn.waiting) == ([], [LARGE])
    send(publisher, SMALL, 12)
    plane.poll(0.2)
    send(publisher, LARGE, 901, payload(901, 0, key=True))
    assert plane.poll(0.3).begun == [(route.route, LARGE)]
    send(publisher, SMALL, 13)
    send(publisher, LARGE, 902)
    plane.poll(0.4)
    plane.end_route(SMALL, route.route)
    send(publisher, LARGE, 903)
    plane.poll(0.5)
    heads, contents = zip(*subscriber.received(), strict=True)
    assert [head.sequence - heads[0].sequence for head in heads] == [0, 1, 2, 3, 4, 5]
    assert {head.ssrc for head in heads} == {route.ssrc}
    assert [len(content) for content in contents] == [len(payload(1, 1))] * 6


def test_picture_numbers_go_on_over_moves_there_and_back(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    route = watch(plane, publisher, subscriber)
    send(publisher, SMALL, 10, payload(0x7FFE, 254, key=True))
    plane.poll(0.0)
    move(plane, route, SMALL, LARGE)
    send(publisher, LARGE, 901, payload(300, 7, key=True))
    send(publisher, LARGE, 902, payload(301, 8))
    plane.poll(0.1)
    move(plane, route, LARGE, SMALL)
    send(publisher, SMALL, 40, payload(20, 90, key=True))
    plane.poll(0.2)
    pictures = [vp8.picture(content) for _, content in subscriber.received()]
    assert pictures == [(0x7FFE, 254), (0x7FFF, 255), (0, 0), (1, 1)]


def test_a_repeat_carries_the_numbers_its_packet_had(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    route = watch(plane, publisher, subscriber)
    send(publisher, SMALL, 10, payload(5, 5, key=True))
    plane.poll(0.0)
    move(plane, route, SMALL, LARGE)
    send(publisher, LARGE, 901, payload(300, 7, key=True))
    plane.poll(0.1)
    (_, (head, content)) = subscriber.received()
    assert plane.retransmit(route.route, [head.sequence], 0.2) == 1
    ((repeat, again),) = subscriber.received()
    assert (repeat.ssrc, again) == (7_001, head.sequence.to_bytes(2) + content)
    assert vp8.picture(content) == (6, 6)


def test_with_both_clocks_a_move_keeps_the_time_of_the_pictures(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    """At the publisher's zero one layer shows 1,000 ticks, the other 4,000,000,000; packets come late and early."""
    route = watch(plane, publisher, subscriber)
    send(publisher, SMALL, 10, payload(1, 1, key=True), timestamp=1_000 + 90_000)
    plane.poll(0.0)
    plane.set_clock(SMALL, 1_000)
    plane.set_clock(LARGE, 5)  # nothing came of it yet: it has no clock
    move(plane, route, SMALL, LARGE)
    send(publisher, LARGE, 900, timestamp=7)
    plane.poll(0.1)
    plane.set_clock(LARGE, 4_000_000_000)
    send(publisher, LARGE, 901, payload(1, 1, key=True), timestamp=4_000_000_000 + 2 * 90_000)
    plane.poll(1.7)
    send(publisher, LARGE, 902, payload(2, 2), timestamp=4_000_000_000 + 2 * 90_000 + 3_000)
    plane.poll(1.8)
    first, *others = (head.timestamp for head, _ in subscriber.received())
    assert [other - first for other in others] == [90_000, 93_000]


def test_a_picture_of_the_same_moment_comes_a_tick_later_and_the_next_move_is_exact_again(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    publish(plane, publisher)
    route = video_route(subscriber)
    plane.set_route(LARGE, route)
    send(publisher, SMALL, 1, timestamp=0)
    send(publisher, LARGE, 10, payload(1, 1, key=True), timestamp=90_000)
    plane.poll(0.0)
    plane.set_clock(LARGE, 0)
    plane.set_clock(SMALL, 50)
    move(plane, route, LARGE, SMALL)
    send(publisher, SMALL, 2, payload(1, 1, key=True), timestamp=90_000 + 20)
    plane.poll(0.0)
    move(plane, route, SMALL, LARGE)
    send(publisher, LARGE, 20, payload(9, 9, key=True), timestamp=93_000)
    plane.poll(0.033)
    first, second, third = (head.timestamp for head, _ in subscriber.received())
    assert (second - first, third - first) == (1, 3_000)


def test_a_clock_that_cannot_be_true_is_not_believed(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    route = watch(plane, publisher, subscriber)
    send(publisher, SMALL, 10, payload(1, 1, key=True), timestamp=0)
    send(publisher, LARGE, 1)
    plane.poll(0.0)
    plane.set_clock(SMALL, 0)
    plane.set_clock(LARGE, 4_000_000)
    move(plane, route, SMALL, LARGE)
    send(publisher, LARGE, 2, payload(1, 1, key=True), timestamp=3_000)
    plane.poll(0.5)
    first, second = (head.timestamp for head, _ in subscriber.received())
    assert second - first == 45_000


def test_what_was_hidden_goes_on_with_a_key_frame_and_the_next_number(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    route = watch(plane, publisher, subscriber)
    send(publisher, SMALL, 10, payload(10, 10, key=True))
    plane.poll(0.0)
    plane.end_route(SMALL, route.route)
    for sequence in range(11, 20):
        send(publisher, SMALL, sequence)
    plane.poll(0.1)
    plane.set_route(SMALL, route)
    send(publisher, SMALL, 20)
    assert plane.poll(0.2).waiting == [SMALL]
    send(publisher, SMALL, 21, payload(21, 21, key=True))
    assert plane.poll(0.3).begun == [(route.route, SMALL)]
    (first, _), (second, content) = subscriber.received()
    assert second.sequence == first.sequence + 1
    assert vp8.picture(content) == (11, 11)


def test_a_move_taken_back_before_it_happened_leaves_no_trace(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    route = watch(plane, publisher, subscriber)
    send(publisher, SMALL, 10, payload(10, 10, key=True))
    plane.poll(0.0)
    move(plane, route, SMALL, LARGE)
    plane.set_route(SMALL, route)
    send(publisher, LARGE, 900, payload(9, 9, key=True))
    send(publisher, SMALL, 11)
    turn = plane.poll(0.1)
    assert (turn.begun, turn.waiting) == ([], [])
    assert [vp8.picture(content) for _, content in subscriber.received()] == [(10, 10), (11, 11)]
    assert plane.route(route.route) is not None


def test_a_route_that_only_goes_on_never_begins(plane: Plane, publisher: MediaParty, subscriber: MediaParty) -> None:
    publish(plane, publisher)
    plane.set_route(SMALL, going(video_route(subscriber)))
    send(publisher, SMALL, 10, payload(10, 10, key=True))
    turn = plane.poll(0.0)
    assert (turn.begun, turn.waiting, subscriber.received()) == ([], [], [])


def test_padding_probes_the_line_under_numbers_of_its_own(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    route = watch(plane, publisher, subscriber)
    assert plane.probe(route.route, 3, 200, 0.0) == 0
    send(publisher, SMALL, 10, payload(10, 10, key=True))
    plane.poll(0.0)
    (picture,) = subscriber.received_raw()
    media, _ = subscriber.read(picture)
    assert plane.probe(route.route, 3, 400, 1.0) == 3
    probes = subscriber.received_raw()
    departed = [(0.0, len(picture)), *((1.0, len(probe)) for probe in probes)]
    assert plane.departures(subscriber.peer, 0, 5) == [*departed, None]
    heads = [subscriber.read(probe) for probe in probes]
    assert [(head.ssrc, head.payload_type, head.timestamp) for head, _ in heads] == [(7_001, 101, media.timestamp)] * 3
    assert [content for _, content in heads] == [b""] * 3
    assert [head.sequence - heads[0][0].sequence for head, _ in heads] == [0, 1, 2]
    assert [head.extensions[SUBSCRIBED.transport_cc] for head, _ in heads] == [b"\0\1", b"\0\2", b"\0\3"]


def test_a_route_without_rtx_is_not_probed(plane: Plane, publisher: MediaParty, subscriber: MediaParty) -> None:
    publish(plane, publisher)
    route = video_route(subscriber, rtx=False)
    plane.set_route(SMALL, route)
    send(publisher, SMALL, 10, payload(10, 10, key=True))
    plane.poll(0.0)
    assert plane.probe(route.route, 3, 200, 0.0) == 0
    assert plane.probe(video_route(subscriber, number=77).route, 3, 200, 0.0) == 0
