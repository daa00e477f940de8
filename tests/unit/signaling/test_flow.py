"""The media of one act: which commands make the relay be as the plan says."""

from dataclasses import dataclass, field, replace

import pytest

from media import commands
from media.events import Started
from media.ids import PeerId
from rooms.ids import ActId, DeviceId, SeatId
from rooms.views import ActView, DeviceKind, DeviceView, Path, PathView, Presence, RecordingState, RecordingView
from signaling.client import Client
from signaling.errors import Refused
from signaling.flow import Flow
from signaling.messages import (
    AnyEvent,
    MediaReset,
    PublishedSource,
    ShownPicture,
    Source,
    SourceState,
    Subscribe,
)
from signaling.plan import Device, track_id
from tests.unit.signaling.test_plan import act, seat

CAMERA = (PublishedSource("0", "camera"),)
BOTH = (PublishedSource("0", "camera"), PublishedSource("1", "microphone", muted=True))


@dataclass(slots=True)
class World:
    """What a flow asked for, in order."""

    sent: list[commands.Command] = field(default_factory=list)
    told: list[tuple[str, AnyEvent]] = field(default_factory=list)
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def send(self, command: commands.Command) -> None:
        self.sent.append(command)

    def tell(self, device: DeviceId, event: AnyEvent) -> None:
        self.told.append((device, event))

    def change_path(self, path: Path, reason: str) -> None:
        self.asked.append(("path", path.value, reason))

    def media_up(self, device: DeviceId) -> None:
        self.asked.append(("media", device))

    def share(self, seat: SeatId, device: DeviceId, source: Source, on: bool) -> None:
        self.asked.append(("share", device, source, on))

    def sources_changed(self) -> None:
        """Looked at by `Flow.sources`."""

    def planned(self) -> None:
        """Recording is the tape's affair."""


@dataclass(slots=True)
class Call:
    """A flow with people in it by name."""

    world: World = field(default_factory=World)
    flow: Flow = field(init=False)

    def __post_init__(self) -> None:
        self.flow = Flow(ActId("act"), self.world)

    def open(self, *names: str) -> list[Client]:
        return [self.flow.open(Device(DeviceId(f"{name}1"), SeatId(name), DeviceKind.MAIN)) for name in names]

    def publish(self, client: Client, sources: tuple[PublishedSource, ...] = CAMERA) -> PeerId:
        self.flow.check_publisher(client)
        command = self.flow.publication(client, 1, "v=0", sources)
        self.flow.publishing(client, command.peer, sources)
        return command.peer

    def commands(self, kind: type[commands.Command]) -> list[commands.Command]:
        return [command for command in self.world.sent if isinstance(command, kind)]

    def subscribed(self, client: Client) -> tuple[str, ...]:
        """What the relay was told last that this client receives."""
        own = [c for c in self.world.sent if isinstance(c, commands.Subscribe) and c.peer == client.down]
        return own[-1].tracks if own else ()


def people(*names: str, path: Path = Path.RELAY, number: int = 1) -> ActView:
    view = act(*(seat(name, f"{name}1") for name in names), path=path)
    return replace(view, path=PathView(path, number, "test"))


def test_who_publishes_is_offered_to_the_others() -> None:
    call = Call()
    anne, bruno = call.open("anne", "bruno")
    call.flow.changed(people("anne", "bruno"))
    call.publish(anne, BOTH)
    assert set(call.subscribed(bruno)) == {"anne1.camera", "anne1.microphone"}
    assert call.subscribed(anne) == ()
    assert call.commands(commands.Mute) == [commands.Mute(track_id(anne.device.device, "microphone"), True)]


def test_media_are_compared_only_when_something_bears_on_them() -> None:
    call = Call()
    call.open("anne")
    call.flow.changed(people("anne"))
    plan, view = call.flow.plan, people("anne", "bruno")
    call.flow.changed(view)
    assert call.flow.plan is plan, "who was only invited, or has joined elsewhere, is nobody yet"
    (bruno,) = call.open("bruno")
    call.flow.changed(view)
    assert call.flow.admits(bruno)


def test_nothing_is_said_twice() -> None:
    call = Call()
    anne, _ = call.open("anne", "bruno")
    call.flow.changed(people("anne", "bruno"))
    call.publish(anne)
    said = len(call.world.sent)
    call.flow.reconcile()
    call.flow.changed(people("anne", "bruno"))
    assert len(call.world.sent) == said


def test_who_is_not_in_the_room_may_not_publish() -> None:
    call = Call()
    (anne,) = call.open("anne")
    with pytest.raises(Refused, match="not-admitted"):
        call.publish(anne)
    call.flow.changed(act(seat("anne", "anne1", presence=Presence.WAITING), path=Path.RELAY))
    with pytest.raises(Refused, match="not-admitted"):
        call.publish(anne)
    call.flow.changed(people("anne", path=Path.NONE))
    with pytest.raises(Refused, match="wrong-path"):
        call.publish(anne)


def test_who_leaves_the_room_is_cut_off_at_once() -> None:
    call = Call()
    anne, bruno = call.open("anne", "bruno")
    call.flow.changed(people("anne", "bruno"))
    peer = call.publish(anne)
    call.flow.changed(act(seat("anne", presence=Presence.REVOKED), seat("bruno", "bruno1"), path=Path.RELAY))
    assert commands.ClosePeer(peer, "left") in call.world.sent
    assert call.subscribed(bruno) == ()
    assert call.flow.sources()[SeatId("anne")] == ()


def test_who_was_asked_about_a_recording_does_not_get_in_by_losing_her_line() -> None:
    call = Call()
    anne, bruno = call.open("anne", "bruno")
    call.flow.changed(people("anne", "bruno"))
    call.publish(anne)
    for presence, heard in (
        (Presence.ASKED, ()),
        (Presence.INTERRUPTED, ()),
        (Presence.PRESENT, ("anne1.camera",)),
        (Presence.INTERRUPTED, ("anne1.camera",)),
    ):
        call.flow.changed(act(seat("anne", "anne1"), seat("bruno", "bruno1", presence=presence), path=Path.RELAY))
        assert call.subscribed(bruno) == heard


def test_a_source_published_twice_is_refused() -> None:
    call = Call()
    (anne,) = call.open("anne")
    call.flow.changed(people("anne"))
    with pytest.raises(Refused, match="malformed"):
        call.publish(anne, (*CAMERA, PublishedSource("1", "camera")))


def test_an_offer_says_whose_sections_are_whose_and_only_the_newest_can_be_answered() -> None:
    call = Call()
    anne, bruno = call.open("anne", "bruno")
    call.flow.changed(people("anne", "bruno"))
    call.publish(anne)
    assert bruno.down is not None
    for relayed in (1, 2):
        call.flow.offered(bruno, bruno.down, relayed, "offer", {track_id(anne.device.device, "camera"): "7"})
    first, second = [event for _, event in call.world.told if isinstance(event, Subscribe)]
    (track,) = second.tracks
    assert (track.mid, track.seat, track.source, track.device) == ("7", "anne", "camera", "anne1")
    call.flow.answered(bruno, first.number, "stale")
    call.flow.answered(bruno, second.number, "answer")
    assert call.commands(commands.Answer) == [commands.Answer(bruno.down, 2, "answer")]


def test_what_a_companion_mutes_is_told_apart_from_what_the_main_device_does() -> None:
    call = Call()
    (anne,) = call.open("anne")
    camera = call.flow.open(Device(DeviceId("anne2"), SeatId("anne"), DeviceKind.CAMERA))
    call.flow.changed(act(seat("anne", "anne1", "anne2"), seat("bruno", "bruno1"), path=Path.RELAY))
    call.publish(anne)
    call.publish(camera)
    call.flow.mute(camera, "camera", True)
    assert call.flow.sources()[SeatId("anne")] == (
        SourceState("camera", False),
        SourceState("camera", True, device="anne2"),
    )


def test_a_track_that_falls_silent_is_shown_so_until_it_sends_again() -> None:
    call = Call()
    anne, _ = call.open("anne", "bruno")
    call.flow.changed(people("anne", "bruno"))
    call.publish(anne)
    for silent in (True, False):
        call.flow.heard_again(anne, track_id(anne.device.device, "camera"), silent)
        assert call.flow.sources()[SeatId("anne")] == (SourceState("camera", False, silent),)


def test_a_lost_worker_is_a_comparison_with_nothing() -> None:
    call = Call()
    anne, bruno = call.open("anne", "bruno")
    call.flow.changed(people("anne", "bruno"))
    first = call.publish(anne)
    call.flow.lose_worker()
    call.flow.lose_worker()
    assert [event for _, event in call.world.told] == []  # there is nobody yet to publish to
    call.flow.begin_anew()
    call.flow.begin_anew()
    assert [event for _, event in call.world.told] == [MediaReset(reason="relay-restarted")]
    assert call.publish(anne) != first
    assert call.subscribed(bruno) == ("anne1.camera",)
    assert bruno.connection == 2


def test_a_lost_receiving_connection_is_offered_anew() -> None:
    call = Call()
    anne, bruno = call.open("anne", "bruno")
    call.flow.changed(people("anne", "bruno"))
    call.publish(anne)
    before = bruno.down
    assert before is not None
    call.flow.disconnected(bruno, before, "consent-lost")
    assert bruno.down != before
    assert call.subscribed(bruno) == ("anne1.camera",)


def test_a_page_loaded_anew_gives_a_direct_path_new_ends() -> None:
    call = Call()
    anne, _ = call.open("anne", "bruno")
    call.flow.changed(people("anne", "bruno", path=Path.NONE))
    call.flow.changed(people("anne", "bruno", path=Path.DIRECT, number=2))
    assert call.flow.ends == ("anne1", "bruno1")
    call.flow.reload(anne)
    call.flow.reconcile()
    call.flow.changed(people("anne", "bruno", path=Path.NONE, number=3))
    assert call.world.asked == [
        ("path", "direct", "second-person"),
        ("path", "none", "end-lost"),
        ("path", "direct", "second-person"),
    ]


def test_an_answer_to_the_page_before_leaves_the_page_loaded_anew_alone() -> None:
    call = Call()
    (anne,) = call.open("anne")
    call.flow.changed(people("anne"))
    late = call.flow.publication(anne, 1, "v=0", CAMERA)
    call.flow.reload(anne)
    call.flow.publishing(anne, late.peer, CAMERA)
    assert call.world.sent == [commands.ClosePeer(late.peer, "left")]
    fresh = call.flow.client(anne.device.device)
    assert call.publish(fresh) != late.peer
    assert call.flow.sources()[SeatId("anne")] == (SourceState("camera", False),)


def test_a_viewer_who_left_before_the_answer_leaves_no_peer_behind() -> None:
    call = Call()
    (anne,) = call.open("anne")
    call.flow.changed(people("anne"))
    call.flow.drop(anne)
    call.flow.viewed(anne, PeerId("anne1-down-1"), ())
    assert call.world.sent == [commands.ClosePeer(PeerId("anne1-down-1"), "left")]


def test_a_new_offer_says_anew_what_is_muted() -> None:
    call = Call()
    (anne,) = call.open("anne")
    call.flow.changed(people("anne"))
    call.publish(anne, BOTH)
    call.publish(anne, (*CAMERA, PublishedSource("1", "microphone")))
    call.publish(anne, (*CAMERA, PublishedSource("1", "microphone")))
    microphone = track_id(anne.device.device, "microphone")
    assert call.commands(commands.Mute) == [commands.Mute(microphone, True), commands.Mute(microphone, False)]
    assert call.flow.sources()[SeatId("anne")] == (SourceState("camera", False), SourceState("microphone", False))


def test_a_change_of_path_is_asked_for_once() -> None:
    call = Call()
    call.open("anne", "bruno")
    for _ in range(3):
        call.flow.changed(people("anne", "bruno", path=Path.NONE))
    assert call.world.asked == [("path", "direct", "second-person")]


def test_a_direct_path_both_ends_of_which_are_up_does_not_fail_by_time() -> None:
    call = Call()
    anne, bruno = call.open("anne", "bruno")
    call.flow.changed(people("anne", "bruno", path=Path.DIRECT, number=2))
    call.flow.direct_state(anne, 2, connected=True)
    call.flow.fail_direct(1, unless_up=True)
    call.flow.direct_state(bruno, 2, connected=True)
    call.flow.fail_direct(2, unless_up=True)
    assert call.world.asked == [("media", "anne1"), ("media", "bruno1")]
    call.flow.direct_state(bruno, 2, connected=False)
    assert call.world.asked[-1] == ("path", "relay", "direct-failed")


def test_what_is_sent_directly_is_shown_as_published() -> None:
    call = Call()
    anne, _ = call.open("anne", "bruno")
    call.flow.changed(people("anne", "bruno", path=Path.DIRECT, number=2))
    call.flow.sends_directly(anne, BOTH)
    call.flow.mute(anne, "camera", muted=True)
    shown = call.flow.sources()[SeatId("anne")]
    assert shown == (SourceState("camera", True), SourceState("microphone", True))


def test_a_shared_screen_comes_and_goes_in_the_journal() -> None:
    call = Call()
    (anne,) = call.open("anne")
    call.flow.changed(people("anne"))
    call.publish(anne, (*CAMERA, PublishedSource("1", "screen")))
    call.publish(anne)
    shares = [wish for wish in call.world.asked if wish[0] == "share"]
    assert shares == [("share", "anne1", "screen", True), ("share", "anne1", "screen", False)]


def test_a_seat_that_moves_where_nobody_else_is_has_nothing_to_wait_for() -> None:
    call = Call()
    (_,) = call.open("anne")
    second = call.flow.open(Device(DeviceId("anne2"), SeatId("anne"), DeviceKind.MAIN))
    moving = replace(seat("anne", "anne1", "anne2"), moving_to=DeviceId("anne2"))
    call.flow.changed(act(moving, path=Path.RELAY))
    assert call.world.asked == [("media", "anne2")]
    assert second.media


def test_only_what_flows_is_recorded() -> None:
    call = Call()
    anne, _ = call.open("anne", "bruno")
    view = replace(people("anne", "bruno"), recording=RecordingView(RecordingState.ON))
    call.flow.changed(view)
    call.publish(anne)
    assert call.flow.plan is not None
    assert call.flow.plan.taps == frozenset()
    camera = track_id(anne.device.device, "camera")
    call.flow.started(anne, Started(camera, "VP8", 90_000, 0, ""))
    assert call.flow.plan.taps == {camera}


def test_a_viewers_sections_fill_when_a_seat_publishes_and_empty_when_it_stops() -> None:
    call = Call()
    (anne,) = call.open("anne")
    view = people("anne", "bruno")
    viewers = DeviceView(DeviceId("v1"), DeviceKind.WHEP, "", True)
    view = replace(view, seats=(view.seats[0], replace(view.seats[1], devices=(viewers,))))
    seats = (SeatId("anne"),)
    viewer = call.flow.open(Device(DeviceId("v1"), SeatId("bruno"), DeviceKind.WHEP, ("audio", "video"), seats))
    call.flow.changed(view)
    call.flow.viewed(viewer, PeerId("v1-down-1"), (None, None))
    call.publish(anne)
    call.flow.unpublish(anne)
    fills = [command for command in call.world.sent if isinstance(command, commands.Fill)]
    assert [fill.slots for fill in fills] == [(None, "anne1.camera"), (None, None)]


def test_what_a_client_shows_goes_with_every_connection_it_receives_on() -> None:
    call = Call()
    anne, bruno = call.open("anne", "bruno")
    call.flow.changed(people("anne", "bruno"))
    bruno.shows([ShownPicture("anne1", "camera", 320, 176)])
    call.publish(anne, (PublishedSource("0", "camera", width=1280, height=720),))
    shown = (commands.ShownTrack(track_id(anne.device.device, "camera"), 320, 176),)
    assert call.world.sent[-1] == commands.Show(PeerId("bruno1-down-1"), shown)
    call.flow.disconnected(bruno, PeerId("bruno1-down-1"), "consent-lost")
    assert call.world.sent[-1] == commands.Show(PeerId("bruno1-down-2"), shown)


def test_the_relay_is_told_the_size_of_what_is_published() -> None:
    call = Call()
    (anne,) = call.open("anne")
    call.flow.changed(people("anne"))
    command = call.flow.publication(anne, 1, "v=0", (PublishedSource("0", "camera", width=1280, height=720),))
    assert command.tracks == (commands.PublishedTrack(track_id(DeviceId("anne1"), "camera"), "video", "0", 1280, 720),)
