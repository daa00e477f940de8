"""The relay's commands: what each is answered with, and what a refused one leaves (nothing)."""

import socket

import pytest

from media.commands import Answer, ClosePeer, Describe, Fill, Mute, Publish, PublishedTrack, Stop, Subscribe, Tap, View
from media.events import Answered, Described, Disconnected, Ended, Failed, Offered, Speaking
from media.ids import PeerId, RoomId, TrackId
from media.plane.pure import PurePlane
from media.recorder import tap
from media.relay import Relay
from media.rtcp import packets as rtcp
from media.rtp import header
from media.worker import RecorderTap
from tests.support.calls import MID_ID, NTP_ZERO, ROOM, Publisher, Subscriber
from tests.support.descriptions import application, description, section
from tests.support.engines import World, answer_to

LEVEL_ID = 1  # header extension id in the offers of descriptions.py
ELSEWHERE = RoomId("elsewhere")
CAMERA = PublishedTrack(TrackId("camera"), "video", "1")
MICROPHONE = PublishedTrack(TrackId("microphone"), "audio", "0")


def publish(world: World, *tracks: PublishedTrack, peer: str = "anne", sdp: str = "", room: RoomId = ROOM) -> object:
    offer = sdp or description(section("audio", "0"), section("video", "1"))
    events = world.obey(Publish(1, PeerId(peer), room, offer, tracks or (MICROPHONE, CAMERA)))
    return next(event for event in events if isinstance(event, Answered | Failed))


def view(world: World, *slots: TrackId | None, room: RoomId = ROOM) -> object:
    offer = description(section("audio", "0", direction="recvonly"), section("video", "1", direction="recvonly"))
    (told,) = world.obey(View(2, PeerId("viewer"), room, offer, slots))
    return told


def code_of(told: object) -> str:
    assert isinstance(told, Failed)
    return told.code


def sections_of(sdp: str) -> list[list[str]]:
    return [text.splitlines() for text in ("\r\n" + sdp).split("\r\nm=")[1:]]


def test_an_answer_receives_what_was_announced_and_rejects_data_channels(world: World) -> None:
    offer = description(section("audio", "0"), section("video", "1", "a=bundle-only", port=0), application("2"))
    told = publish(world, sdp=offer)
    assert isinstance(told, Answered)
    audio, video, data = sections_of(told.sdp)
    assert "a=recvonly" in audio
    assert video[0] == "video 9 UDP/TLS/RTP/SAVPF 96 97"
    assert "a=setup:passive" in video
    assert "a=rtcp-fb:96 transport-cc" in video
    assert data[0].startswith("application 0 ")
    assert "a=group:BUNDLE 0 1" in told.sdp


def test_what_was_offered_but_not_announced_stays_inactive(world: World) -> None:
    told = publish(world, MICROPHONE)
    assert isinstance(told, Answered)
    assert "a=inactive" in sections_of(told.sdp)[1]
    assert world.relay.size() == (1, 1)


def test_tracks_without_a_mid_take_the_next_section_of_their_kind(world: World) -> None:
    told = publish(world, PublishedTrack(TrackId("a"), "video"), PublishedTrack(TrackId("b"), "audio"))
    assert isinstance(told, Answered)
    assert world.relay.size() == (1, 2)


@pytest.mark.parametrize(
    ("track", "code"),
    [
        (PublishedTrack(TrackId("t"), "video", "7"), "unknown-track"),
        (PublishedTrack(TrackId("t"), "audio", "1"), "unknown-track"),
    ],
)
def test_a_track_without_its_section_is_refused_and_nothing_stays(
    world: World, track: PublishedTrack, code: str
) -> None:
    assert code_of(publish(world, track)) == code
    assert world.relay.size() == (0, 0)
    assert not world.told(Disconnected), "nobody ever heard of the peer"


def test_a_peer_stays_what_it_is_and_where_it_is(world: World) -> None:
    publish(world)
    (told,) = world.obey(View(3, PeerId("anne"), ROOM, description(section("audio", "0", direction="recvonly")), ()))
    assert code_of(told) == "wrong-peer-kind"
    assert code_of(publish(world, room=ELSEWHERE)) == "wrong-room"
    assert code_of(publish(world, peer="bruno")) == "unknown-track", "the track is Anne's"
    assert code_of(publish(world, peer="carla", room=ELSEWHERE)) == "wrong-room"
    assert world.relay.size() == (1, 2)


def test_a_viewer_of_another_room_is_refused(world: World) -> None:
    publish(world)
    assert code_of(view(world, MICROPHONE.track, room=ELSEWHERE)) == "wrong-room"
    told = view(world, None, None, room=ELSEWHERE)
    assert isinstance(told, Answered)
    world.obey(Fill(PeerId("viewer"), (MICROPHONE.track, CAMERA.track)))
    (described,) = world.obey(Describe(9))
    assert isinstance(described, Described)
    assert [one["track"] for one in described.state["peers"]["viewer"]["sections"]] == [None, None]


def test_a_section_taken_out_of_the_offer_ends_its_track(world: World) -> None:
    publish(world)
    again = description(section("audio", "0"), section("video", "1", direction="inactive"))
    events = world.obey(Publish(2, PeerId("anne"), ROOM, again, (MICROPHONE,)))
    assert [event.track for event in events if isinstance(event, Ended)] == ["camera"]


def test_closing_ends_the_tracks_before_the_peer(world: World) -> None:
    publish(world)
    events = world.obey(ClosePeer(PeerId("anne"), "left"))
    assert [type(event) for event in events] == [Ended, Ended, Disconnected]
    assert world.obey(ClosePeer(PeerId("anne"), "left")) == []
    assert world.relay.size() == (0, 0)


def test_stopping_closes_everybody(world: World) -> None:
    publish(world)
    world.obey(Subscribe(PeerId("bruno"), ROOM, (CAMERA.track,)))
    reasons = [event.reason for event in world.obey(Stop()) if isinstance(event, Disconnected)]
    assert reasons == ["worker-stopping", "worker-stopping"]


def test_who_never_connects_is_closed(world: World) -> None:
    publish(world)
    world.obey(Subscribe(PeerId("waits"), ROOM, (TrackId("later"),)))
    world.obey(Subscribe(PeerId("bruno"), ROOM, (CAMERA.track,)))
    world.run(29.0)
    assert world.relay.size() == (3, 2)
    world.run(2.0)
    ends = {event.peer: event.reason for _, event in world.told(Disconnected) if isinstance(event, Disconnected)}
    assert ends == {"anne": "never-connected", "bruno": "never-connected"}, "who was offered nothing may wait"


def test_an_offer_is_followed_by_another_only_when_answered(world: World) -> None:
    publish(world)
    (offered,) = (
        event for event in world.obey(Subscribe(PeerId("b"), ROOM, (CAMERA.track,))) if isinstance(event, Offered)
    )
    world.obey(Subscribe(PeerId("b"), ROOM, (CAMERA.track, MICROPHONE.track)))
    world.run(1.0)
    assert len(world.told(Offered)) == 1
    world.obey(Answer(PeerId("b"), offered.number + 5, answer_to(offered.sdp)))
    assert len(world.told(Offered)) == 1, "a stale or foreign number is ignored"
    world.obey(Answer(PeerId("b"), offered.number, "nonsense"))
    assert len(world.told(Offered)) == 1
    world.obey(Answer(PeerId("b"), offered.number, answer_to(offered.sdp)))
    second = world.told(Offered)[-1][1]
    assert isinstance(second, Offered)
    assert second.mids == {CAMERA.track: "0", MICROPHONE.track: "1"}


def test_a_section_is_used_again_under_new_names_once_the_client_knows_it_is_free(world: World) -> None:
    anne, carla = Publisher(world, "anne"), Publisher(world, "carla")
    bruno = Subscriber(world, "bruno")
    anne.publish()
    carla.publish()
    bruno.subscribe(*anne.tracks)
    world.run(1.0)
    before = bruno.ssrc_of(anne.tracks[1])
    bruno.subscribe()
    world.run(1.0)
    assert bruno.offers[-1].sdp.count("a=inactive") == 2
    bruno.subscribe(*carla.tracks)
    world.run(1.0)
    assert set(bruno.offers[-1].mids.values()) == {"0", "1"}
    assert bruno.ssrc_of(carla.tracks[1]) != before
    assert bruno.payloads(carla.tracks[1])


def test_a_viewers_slots_are_filled_without_another_word(world: World) -> None:
    anne = Publisher(world, "anne")
    viewer = world.client("viewer")
    told = view(world, None, None)
    assert isinstance(told, Answered)
    viewer.connect(told.sdp, world.now)
    anne.publish()
    world.run(1.0)
    assert viewer.media == []
    world.obey(Fill(viewer.peer, anne.tracks))
    world.run(1.0)
    assert len(viewer.sources()) == 2
    assert told.sdp.count("a=sendonly") == 2
    count = len(viewer.media)
    world.obey(Fill(viewer.peer, (anne.tracks[1], anne.tracks[0])))
    world.run(0.5)
    late = len(viewer.media)
    world.run(1.0)
    assert len(viewer.media) == late, "a slot of another kind stays silent"
    assert late - count < 20


def test_a_viewers_slot_that_changes_its_track_keeps_its_numbers(world: World) -> None:
    anne, bruno = Publisher(world, "anne"), Publisher(world, "bruno", first_sequence=40_000)
    viewer = world.client("viewer")
    anne.publish()
    bruno.publish()
    told = view(world, *anne.tracks)
    assert isinstance(told, Answered)
    viewer.connect(told.sdp, world.now)
    world.run(2.0)
    world.obey(Fill(viewer.peer, bruno.tracks))
    world.run(2.0)
    for ssrc in viewer.sources():
        numbers = [packet.sequence for packet in viewer.of(ssrc)]
        assert [(number - numbers[0]) & 0xFFFF for number in numbers] == list(range(len(numbers)))


def test_only_ones_own_sources_are_touched_by_feedback(world: World) -> None:
    anne = Publisher(world, "anne")
    bruno, liar = Subscriber(world, "bruno"), Subscriber(world, "liar")
    anne.publish()
    bruno.subscribe(*anne.tracks)
    world.run(2.0)
    liar.subscribe(anne.tracks[0])
    world.run(1.0)
    frames, keyframes, sent = anne.frames, anne.keyframes, len(bruno.client.media)
    his = bruno.ssrc_of(anne.tracks[1])
    for _ in range(50):
        liar.client.send_rtcp(
            rtcp.PictureLoss(1, his),
            rtcp.PictureLoss(1, anne.picture.ssrc),
            rtcp.Nack(1, his, (1, 2, 3)),
            rtcp.BitrateEstimate(1, 1, (his, anne.picture.ssrc)),
            rtcp.Goodbye((his, anne.picture.ssrc)),
            rtcp.SenderReport(anne.picture.ssrc, 1, 1, 1, 1),
        )
        world.run(0.02)
    assert anne.keyframes == keyframes
    assert anne.frames - frames >= 29
    assert len(bruno.client.media) - sent > 150
    assert not any(packet.repaired for packet in bruno.client.media)


def test_key_frames_are_asked_for_twice_a_second_at_most(world: World) -> None:
    anne = Publisher(world, "anne")
    subscribers = [Subscriber(world, f"s{number}") for number in range(3)]
    anne.publish()
    for subscriber in subscribers:
        subscriber.subscribe(*anne.tracks)
    world.run(2.0)
    begun = anne.keyframes
    for _ in range(200):
        for subscriber in subscribers:
            ssrc = subscriber.ssrc_of(anne.tracks[1])
            subscriber.client.send_rtcp(rtcp.PictureLoss(1, ssrc), rtcp.FullIntraRequest(1, ((ssrc, 1),)))
        world.run(0.02)
    assert 7 <= anne.keyframes - begun <= 9, "four seconds"


def test_the_recorder_gets_packets_and_the_senders_clock(world: World) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setblocking(False)
    world.plane.close()
    world.plane = PurePlane("127.0.0.1", tap=ours)
    world.relay = Relay(world.settings, world.plane, world.keys, RecorderTap(ours))
    anne = Publisher(world, "anne")
    anne.publish()
    world.run(1.5)
    keyframes = anne.keyframes
    world.obey(Tap(anne.tracks[1], 7))
    world.run(2.0)
    taken = []
    while True:
        try:
            taken.append(tap.unpack(theirs.recv(tap.MAX_DATAGRAM)))
        except BlockingIOError:
            break
    reports = [one for one in taken if isinstance(one, tap.TappedReport)]
    assert {one.stream for one in taken} == {7}
    assert anne.keyframes == keyframes + 1, "a recording begins with a key frame"
    assert len(reports) >= 3, "the one known before, and those since"
    for report in reports:
        assert anne.picture.timestamp((report.ntp - NTP_ZERO) / (1 << 32)) == pytest.approx(report.rtp, abs=90)
    ours.close()
    theirs.close()


def test_a_room_is_told_who_speaks_by_the_levels_in_her_packets(world: World) -> None:
    anne, bruno = Publisher(world, "anne"), Publisher(world, "bruno")
    for publisher in (anne, bruno):
        publisher.publish()
    world.run(0.5)
    assert not world.told(Speaking), "packets that tell no level tell nothing"
    for _ in range(50):
        for publisher, level in ((anne, 30), (bruno, 80)):
            publisher.client.send_rtp(with_level(publisher, level, world.now))
        world.run(0.02)
    ((_, begun),) = world.told(Speaking)
    assert begun == Speaking(ROOM, (anne.tracks[0],), anne.tracks[0])
    world.obey(Mute(anne.tracks[0], True))
    world.run(1.0)
    assert world.told(Speaking)[-1][1] == Speaking(ROOM, (), anne.tracks[0])


def with_level(publisher: Publisher, level: int, now: float) -> bytes:
    stream = publisher.sound
    stream.sequence = (stream.sequence + 1) & 0xFFFF
    return header.build(
        b"sound",
        payload_type=stream.payload_type,
        sequence=stream.sequence,
        timestamp=stream.timestamp(now),
        ssrc=stream.ssrc,
        extensions={MID_ID: stream.mid.encode(), LEVEL_ID: bytes((0x80 | level,))},
    )
