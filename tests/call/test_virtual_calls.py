"""Whole calls in virtual time, above DTLS with keys known beforehand: what people get over good and bad lines."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from media.commands import Describe, Mute
from media.events import Connected, Described, Disconnected, Ended, Resumed, Silent, Started
from media.ids import RoomId
from media.rtcp import packets as rtcp
from media.rtp import header
from tests.support.calls import FRAME_S, NTP_ZERO, PACKETS_A_FRAME, Publisher, Stream, Subscriber
from tests.support.engines import Received, World
from tests.support.link import Weather
from tests.support.planes import PlaneKind


@pytest.fixture
def world(plane_kind: PlaneKind) -> Iterator[World]:
    world = World(plane_kind=plane_kind)
    yield world
    world.close()


def whole_frames(payloads: list[bytes]) -> dict[int, int]:
    """Frame number → how many of its packets arrived."""
    frames: dict[int, int] = {}
    for payload in payloads:
        number = int(payload.split(b"frame ")[1].split()[0])
        frames[number] = frames.get(number, 0) + 1
    return frames


def test_a_late_joiner_begins_with_a_keyframe_at_once(world: World) -> None:
    anne = Publisher(world, "anne")
    anne.publish()
    world.run(5.0)
    bruno = Subscriber(world, "bruno")
    clicked = world.now
    bruno.subscribe(*anne.tracks)
    world.run(1.0)
    picture = [packet for packet in bruno.client.media if packet.ssrc == bruno.ssrc_of(anne.tracks[1])]
    assert b"part 0 key 1" in picture[0].payload, "decoders can begin with nothing else"
    assert picture[0].time - clicked < 0.3
    assert anne.keyframes == 2, "one for the first packet, one for the late joiner"


def test_five_percent_loss_on_both_lines_is_repaired(world: World) -> None:
    bad = Weather(delay_s=0.025, jitter_s=0.005, loss=0.05, duplicates=0.02, reorder=0.02)
    anne = Publisher(world, "anne", bad)
    anne.publish()
    bruno = Subscriber(world, "bruno", bad)
    bruno.subscribe(*anne.tracks)
    world.run(20.0)
    frames = whole_frames(bruno.payloads(anne.tracks[1]))
    first, last = min(frames), max(frames) - 15  # the last half second may still be under way
    complete = sum(frames.get(number) == PACKETS_A_FRAME for number in range(first, last))
    assert last - first > 500
    assert complete / (last - first) > 0.99
    assert anne.resent > 50, "the way up was repaired by rtx"
    assert sum(packet.repaired for packet in bruno.client.media) > 50, "the way down too"


@pytest.mark.parametrize("loss", [0.01, 0.10])
def test_repairs_go_out_twice_where_they_are_lost_as_well(world: World, loss: float) -> None:
    anne = Publisher(world, "anne")
    anne.publish()
    bruno = Subscriber(world, "bruno", Weather(delay_s=0.025, loss=loss))
    bruno.subscribe(*anne.tracks)
    world.run(10.0)
    repaired = [packet.sequence for packet in bruno.client.media if packet.repaired and packet.time > world.now - 8.0]
    assert (len(repaired) / len(set(repaired)) > 1.4) == (loss > 0.05)


def test_numbers_wrap_around_without_a_hole(world: World) -> None:
    anne = Publisher(world, "anne", first_sequence=65_500)
    anne.publish()
    bruno = Subscriber(world, "bruno")
    bruno.subscribe(*anne.tracks)
    world.run(10.0)
    for track in anne.tracks:
        packets = bruno.client.of(bruno.ssrc_of(track))
        numbers = [packet.sequence for packet in packets]
        assert [(number - numbers[0]) & 0xFFFF for number in numbers] == list(range(len(numbers)))
    frames = whole_frames(bruno.payloads(anne.tracks[1]))
    assert set(frames.values()) == {PACKETS_A_FRAME}
    assert len(frames) > 9 / FRAME_S


def test_numbers_of_the_subscriber_wrap_too(world: World) -> None:
    anne = Publisher(world, "anne")
    anne.publish()
    bruno = Subscriber(world, "bruno")
    bruno.subscribe(*anne.tracks)
    world.run(1.0)
    offset = (bruno.client.of(bruno.ssrc_of(anne.tracks[1]))[-1].sequence - anne.picture.sequence) & 0xFFFF
    jump = (65_530 - offset - anne.picture.sequence) & 0xFFFF
    for _ in range(jump // 2000 + 1):  # in steps that a receiver takes for losses
        anne.picture.sequence = (anne.picture.sequence + min(2000, jump)) & 0xFFFF
        jump -= min(2000, jump)
        world.run(0.2)
    world.run(3.0)
    last = bruno.client.media[-30:]
    assert any(b"frame" in packet.payload for packet in last)
    assert max(whole_frames(bruno.payloads(anne.tracks[1]))) > anne.frames - 5


def test_a_publisher_who_vanishes_is_silent_then_gone(world: World) -> None:
    anne = Publisher(world, "anne")
    anne.publish()
    bruno = Subscriber(world, "bruno")
    bruno.subscribe(*anne.tracks)
    world.run(3.0)
    anne.client.silent = True
    vanished = world.now
    world.run(6.0)
    assert {event.track for _, event in world.told(Silent) if isinstance(event, Silent)} == set(anne.tracks)
    world.run(27.0)
    ends = [(time, event) for time, event in world.told(Disconnected) if isinstance(event, Disconnected)]
    assert [event.reason for _, event in ends] == ["consent-lost"]
    assert 27.0 <= ends[0][0] - vanished <= 31.0
    assert {event.track for _, event in world.told(Ended) if isinstance(event, Ended)} == set(anne.tracks)
    assert "a=inactive" in bruno.offers[-1].sdp


def test_silence_of_the_muted_is_no_news_and_a_return_is(world: World) -> None:
    anne = Publisher(world, "anne")
    anne.publish()
    world.run(2.0)
    for track in anne.tracks:
        world.obey(Mute(track, True))
    anne.client.silent = True
    world.run(10.0)
    assert not world.told(Silent)
    for track in anne.tracks:
        world.obey(Mute(track, False))
    world.run(6.0)
    assert len(world.told(Silent)) == 2
    anne.client.silent = False
    world.run(1.0)
    assert {event.track for _, event in world.told(Resumed) if isinstance(event, Resumed)} == set(anne.tracks)


def offset_of(received: Received, stream: Stream) -> int:
    """The subscriber's ticks minus the publisher's, from one packet that both know."""
    packets = (header.parse(packet) for packet in stream.sent.values() if packet.endswith(received.payload))
    return (received.timestamp - next(packets).timestamp) % (1 << 32)


def test_sound_and_picture_stay_on_the_publishers_clock(world: World) -> None:
    anne = Publisher(world, "anne")
    anne.publish()
    bruno = Subscriber(world, "bruno")
    world.run(2.0)
    bruno.subscribe(*anne.tracks)
    world.run(5.0)
    for track, stream in zip(anne.tracks, (anne.sound, anne.picture), strict=True):
        ssrc = bruno.ssrc_of(track)
        reports = [one for _, one in bruno.client.rtcp if isinstance(one, rtcp.SenderReport) and one.ssrc == ssrc]
        assert len(reports) >= 4
        for report in reports:
            ticks = (report.timestamp - offset_of(bruno.client.of(ssrc)[-1], stream) - stream.first_timestamp) % (
                1 << 32
            )
            assert ticks / stream.clock_rate == pytest.approx((report.ntp - NTP_ZERO) / (1 << 32), abs=0.001)
    names = [one.names for _, one in bruno.client.rtcp if isinstance(one, rtcp.SourceDescription)]
    assert len({name for several in names for _, name in several}) == 1, "one name: they are played in step"


def test_reports_are_seldom_once_clocks_are_known_and_lines_are_never_silent(world: World) -> None:
    anne = Publisher(world, "anne")
    anne.publish()
    bruno = Subscriber(world, "bruno")
    bruno.subscribe(*anne.tracks)
    world.run(26.0)
    ssrc = bruno.ssrc_of(anne.tracks[1])
    heard = [when for when, one in bruno.client.rtcp if isinstance(one, rtcp.SenderReport) and one.ssrc == ssrc]
    assert heard[4] - heard[0] < 5, "often as long as a clock is new"
    assert [later - sooner for sooner, later in pairwise(heard[4:])] == pytest.approx([5.0] * len(heard[5:]), abs=0.6)
    assert len(heard[5:]) >= 3
    anne.pauses = True
    world.run(1.0)
    stopped = world.now
    world.run(6.0)
    silence = [when for when, _ in bruno.client.rtcp if when > stopped]
    assert max(later - sooner for sooner, later in pairwise([stopped, *silence])) < 1.2, "or it seems broken"


def test_a_room_hears_nothing_of_another(world: World) -> None:
    anne = Publisher(world, "anne")
    anne.publish()
    stranger = Subscriber(world, "stranger")
    stranger.subscribe(*anne.tracks, room=RoomId("elsewhere"))
    world.run(3.0)
    assert stranger.offers == []
    assert stranger.client.media == []


def test_who_subscribes_first_is_offered_what_comes_later(world: World) -> None:
    anne, carla = Publisher(world, "anne"), Publisher(world, "carla")
    bruno = Subscriber(world, "bruno")
    bruno.subscribe(*anne.tracks, *carla.tracks)
    world.run(0.5)
    assert bruno.offers == []
    anne.publish()
    world.run(0.005)
    carla.publish()
    world.run(3.0)
    assert [len(offered.mids) for offered in bruno.offers] == [2, 4], "one offer is out at a time"
    assert len(bruno.client.sources()) == 4
    assert {event.codec for _, event in world.told(Started) if isinstance(event, Started)} == {"opus", "VP8"}


def test_publishers_hear_how_they_are_received(world: World) -> None:
    anne = Publisher(world, "anne")
    anne.publish()
    world.run(5.0)
    blocks = [block for _, one in anne.client.rtcp if isinstance(one, rtcp.ReceiverReport) for block in one.blocks]
    assert {block.ssrc for block in blocks} == {anne.sound.ssrc, anne.picture.ssrc}
    assert blocks[-1].last_report, "they can reckon the round trip"
    assert world.told(Connected)


def test_the_relay_describes_itself_without_addresses_or_keys(world: World) -> None:
    anne = Publisher(world, "anne")
    answered = anne.publish()
    world.run(1.0)
    (described,) = world.obey(Describe(9))
    assert isinstance(described, Described)
    text = str(described.state)
    assert "anne-video" in text
    for secret in ("127.0.0.1", answered.sdp.split("a=ice-pwd:")[1].split()[0]):
        assert secret not in text
