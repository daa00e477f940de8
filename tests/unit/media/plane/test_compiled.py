"""The compiled plane as it runs in a worker: by a thread of its own that wakes nobody without need."""

import select
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from media.plane import choice, compiled
from media.plane.compiled import CompiledPlane
from media.plane.interface import PeerIndex, Profile, SrtpKeys
from media.plane.pure import PurePlane
from tests.support.media_party import MediaParty
from tests.support.media_stage import (
    AUDIO,
    KEY,
    VIDEO,
    audio_route,
    send_audio,
    send_video,
    video_route,
)

BOUND_S = 10.0


@pytest.fixture
def plane() -> Iterator[CompiledPlane]:
    plane = CompiledPlane("127.0.0.1")
    yield plane
    plane.close()


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + BOUND_S
    while not done():
        assert time.monotonic() < end
        time.sleep(0.001)


def has_sent(plane: CompiledPlane, packets: int) -> bool:
    return plane.counters()["packets_out"] == packets


def is_ready(plane: CompiledPlane, wait_s: float = BOUND_S) -> bool:
    return bool(select.select([plane.fileno()], [], [], wait_s)[0])


def test_packets_are_forwarded_though_nobody_polls(
    plane: CompiledPlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    for sequence in range(200):
        send_video(publisher, sequence, KEY, marker=sequence % 5 == 4)
        if sequence % 20 == 19:
            until(partial(has_sent, plane, sequence + 1))
    assert [payload for _, payload in subscriber.received()] == [KEY] * 200


def test_whoever_waits_is_woken_for_what_must_not_wait_and_not_for_packets(
    plane: CompiledPlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
    send_audio(publisher, 1, extensions={3: b"\x00\x01"})
    assert is_ready(plane)
    turn = plane.poll(0.0)
    assert (turn.started, turn.begun) == ([(AUDIO, 111)], [(9, AUDIO)])
    for sequence in range(2, 50):
        send_audio(publisher, sequence, extensions={3: sequence.to_bytes(2)})
    until(partial(has_sent, plane, 49))
    assert not is_ready(plane, 0.0)
    arrivals = plane.poll(0.0).arrivals
    assert [arrival.transport_sequence for arrival in turn.arrivals + arrivals] == list(range(1, 50))
    publisher.send_raw(b"\x16\xfe\xfddtls")
    assert is_ready(plane)
    assert plane.poll(0.0).datagrams == [(b"\x16\xfe\xfddtls", publisher.address)]
    assert not is_ready(plane, 0.0)


def test_arrivals_are_told_on_the_callers_clock(plane: CompiledPlane, publisher: MediaParty) -> None:
    before = time.monotonic()
    send_audio(publisher, 1, extensions={3: b"\x00\x01"})
    assert is_ready(plane)
    (arrival,) = plane.poll(0.0).arrivals
    assert before <= arrival.time <= time.monotonic()


def test_reports_wait_to_be_fetched_with_others_and_keep_their_time(
    plane: CompiledPlane, publisher: MediaParty
) -> None:
    report = b"\x80\xc9\x00\x01\x00\x00\x00\x01"
    before = time.monotonic()
    publisher.send_rtcp(report)
    assert not is_ready(plane, 0.2)
    ((peer, compound, came),) = plane.poll(0.0).rtcp
    assert (peer, compound) == (publisher.peer, report)
    assert before <= came <= time.monotonic()


@pytest.mark.parametrize(
    "compound", [b"\x81\xcd\x00\x03", b"\x81\xce\x00\x02", b"\x84\xce\x00\x04", b"\x81\xcb\x00\x01"]
)
def test_whoever_asks_for_packets_or_key_frames_or_leaves_is_heard_at_once(
    plane: CompiledPlane, publisher: MediaParty, compound: bytes
) -> None:
    receiver_report = b"\x80\xc9\x00\x01\x00\x00\x00\x01"
    publisher.send_rtcp(receiver_report + compound + bytes(4 * compound[3]))
    assert is_ready(plane)


def test_what_nobody_fetches_is_bounded_and_counted(plane: CompiledPlane, publisher: MediaParty) -> None:
    sent = 0
    while not plane.counters().get("dropped_backlog"):
        assert sent < 100_000
        for _ in range(50):
            publisher.send_raw(b"\x00\x01" + bytes(1_000))
        sent += 50
    assert 0 < len(plane.poll(0.0).datagrams) <= 1_024


def test_a_plane_that_is_closed_while_packets_come_ends(plane: CompiledPlane, publisher: MediaParty) -> None:
    for sequence in range(300):
        send_audio(publisher, sequence)
    started = time.monotonic()
    plane.close()
    assert time.monotonic() - started < BOUND_S


def test_keys_of_another_length_are_refused(plane: CompiledPlane) -> None:
    with pytest.raises(ValueError, match="length"):
        plane.add_peer(PeerIndex(1), SrtpKeys(Profile.AEAD_AES_256_GCM, bytes(28), bytes(28)))


@pytest.mark.parametrize(
    ("wanted", "kind"), [("auto", CompiledPlane), ("compiled", CompiledPlane), ("pure", PurePlane)]
)
def test_the_setting_says_which_plane_runs(wanted: choice.Choice, kind: type) -> None:
    plane = choice.open_plane(wanted, "127.0.0.1", 0, 100_000, None)
    assert isinstance(plane, kind)
    plane.close()


def test_where_it_was_not_built_the_pure_one_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "BUILT", False)
    monkeypatch.setattr(compiled, "BUILT", False)
    plane = choice.open_plane("auto", "127.0.0.1", 0, 100_000, None)
    assert isinstance(plane, PurePlane)
    plane.close()
    with pytest.raises(RuntimeError, match="built"):
        choice.open_plane("compiled", "127.0.0.1", 0, 100_000, None)
