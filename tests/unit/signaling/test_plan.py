"""What media should be: who talks over which path, who receives whom, what is recorded."""

from media.ids import TrackId
from rooms.ids import ActId, DeviceId, SeatId
from rooms.views import (
    ActView,
    DeviceKind,
    DeviceView,
    Kind,
    Path,
    PathView,
    Presence,
    RecordingState,
    RecordingView,
    Role,
    SeatView,
    Urgency,
)
from signaling.messages import MediaKind, Source
from signaling.plan import Device, Direct, MediaPlan, Shown, Track, desired, track_id

NOBODY = Direct()


def seat(name: str, *devices: str, presence: Presence = Presence.PRESENT, role: Role = Role.EXPERT) -> SeatView:
    views = tuple(DeviceView(DeviceId(device), DeviceKind.MAIN, "", True) for device in devices)
    return SeatView(SeatId(name), role, name, None, presence, views)


def act(*seats: SeatView, path: Path = Path.NONE, direct: bool = True, recording: bool = False) -> ActView:
    return ActView(
        act=ActId("act"),
        number="2026-0001",
        kind=Kind.MTG,
        components=(),
        urgency=Urgency.SCHEDULED,
        title="",
        requesting=None,
        expert=None,
        subject=None,
        subject_seat=None,
        direct=direct,
        state="in_progress",
        outcome="",
        planned_start=None,
        planned_minutes=None,
        started_at=None,
        ended_at=None,
        version=1,
        seats=seats,
        recording=RecordingView(RecordingState.ON if recording else RecordingState.OFF),
        path=PathView(path, 1, "before"),
    )


def device(seat: str, name: str, kind: DeviceKind = DeviceKind.MAIN) -> Device:
    return Device(DeviceId(name), SeatId(seat), kind)


def track(owner: Device, source: Source, *, started: bool = True) -> Track:
    return Track(track_id(owner.device, source), owner.device, owner.seat, source, started)


ANNE, BRUNO, CHLOE = device("anne", "a1"), device("bruno", "b1"), device("chloe", "c1")
TWO = (seat("anne", "a1"), seat("bruno", "b1"))
THREE = (*TWO, seat("chloe", "c1"))
ENDS = (DeviceId("a1"), DeviceId("b1"))


def path(plan: MediaPlan) -> tuple[Path, str]:
    return plan.path, plan.reason


# -- the path ----------------------------------------------------------------------------------------------------


def test_somebody_alone_sends_to_nobody() -> None:
    assert desired(act(seat("anne", "a1")), [ANNE], [], NOBODY).path is Path.NONE


def test_two_people_talk_directly_where_the_act_allows_it() -> None:
    plan = desired(act(*TWO), [ANNE, BRUNO], [], NOBODY)
    assert (path(plan), plan.ends) == ((Path.DIRECT, "second-person"), ENDS)
    assert plan.publishers == frozenset()


def test_two_people_talk_over_the_relay_where_it_does_not() -> None:
    plan = desired(act(*TWO, direct=False), [ANNE, BRUNO], [], NOBODY)
    assert path(plan) == (Path.RELAY, "direct-off")


def test_a_third_person_moves_the_room_to_the_relay() -> None:
    plan = desired(act(*THREE, path=Path.DIRECT), [ANNE, BRUNO, CHLOE], [], Direct(ENDS))
    assert path(plan) == (Path.RELAY, "third-person")


def test_a_third_person_who_waits_does_not() -> None:
    waiting = seat("chloe", "c1", presence=Presence.WAITING)
    plan = desired(act(*TWO, waiting, path=Path.DIRECT), [ANNE, BRUNO, CHLOE], [], Direct(ENDS))
    assert plan.path is Path.DIRECT


def test_a_recording_that_starts_moves_the_room_to_the_relay() -> None:
    plan = desired(act(*TWO, path=Path.DIRECT, recording=True), [ANNE, BRUNO], [], Direct(ENDS))
    assert path(plan) == (Path.RELAY, "recording")


def test_a_camera_beside_the_person_moves_the_room_to_the_relay() -> None:
    camera = device("anne", "a2", DeviceKind.WHIP)
    plan = desired(
        act(seat("anne", "a1", "a2"), seat("bruno", "b1"), path=Path.DIRECT), [ANNE, BRUNO, camera], [], NOBODY
    )
    assert path(plan) == (Path.RELAY, "companion")


def test_a_direct_path_that_failed_moves_the_room_to_the_relay() -> None:
    plan = desired(act(*TWO, path=Path.DIRECT), [ANNE, BRUNO], [], Direct(ENDS, failed=True))
    assert path(plan) == (Path.RELAY, "direct-failed")


def test_the_room_never_goes_back_from_the_relay() -> None:
    assert desired(act(*TWO, path=Path.RELAY), [ANNE, BRUNO], [], NOBODY).path is Path.RELAY
    assert desired(act(seat("anne", "a1"), path=Path.RELAY), [ANNE], [], NOBODY).path is Path.RELAY


def test_a_direct_path_ends_with_one_of_its_ends_and_another_begins_with_the_next() -> None:
    alone = desired(act(seat("anne", "a1"), path=Path.DIRECT), [ANNE], [], Direct(ENDS))
    assert alone.path is Path.NONE
    other = device("bruno", "b2")
    replaced = act(seat("anne", "a1"), seat("bruno", "b2"), path=Path.DIRECT)
    assert desired(replaced, [ANNE, other], [], Direct(ENDS)).path is Path.NONE
    again = act(seat("anne", "a1"), seat("bruno", "b2"), path=Path.NONE)
    assert desired(again, [ANNE, other], [], NOBODY).ends == (DeviceId("a1"), DeviceId("b2"))


def test_a_lost_line_does_not_end_a_direct_path() -> None:
    lost = act(seat("anne", "a1"), seat("bruno", "b1", presence=Presence.INTERRUPTED), path=Path.DIRECT)
    assert desired(lost, [ANNE, BRUNO], [], Direct(ENDS)).path is Path.DIRECT


def test_a_seat_that_moves_to_a_second_device_moves_the_room_to_the_relay() -> None:
    second = device("anne", "a2")
    moving = act(seat("anne", "a1", "a2"), seat("bruno", "b1"), path=Path.DIRECT)
    assert path(desired(moving, [ANNE, BRUNO, second], [], Direct(ENDS))) == (Path.RELAY, "second-device")


# -- who receives whom -------------------------------------------------------------------------------------------


def test_everybody_receives_the_others_and_not_herself() -> None:
    tracks = [track(one, source) for one in (ANNE, BRUNO, CHLOE) for source in ("microphone", "camera")]
    plan = desired(act(*THREE, path=Path.RELAY), [ANNE, BRUNO, CHLOE], tracks, NOBODY)
    assert set(plan.receives[ANNE.device]) == {t.track for t in tracks if t.device != ANNE.device}
    assert plan.publishers == {ANNE.device, BRUNO.device, CHLOE.device}


def test_who_waits_or_is_asked_neither_sends_nor_receives() -> None:
    tracks = [track(one, "microphone") for one in (ANNE, BRUNO, CHLOE)]
    for presence in (Presence.WAITING, Presence.ASKED, Presence.REVOKED, Presence.INVITED):
        view = act(*TWO, seat("chloe", "c1", presence=presence), path=Path.RELAY, recording=True)
        plan = desired(view, [ANNE, BRUNO, CHLOE], tracks, NOBODY)
        assert CHLOE.device not in plan.publishers | plan.receives.keys()
        assert all(t.device != CHLOE.device for t in tracks if t.track in plan.receives[ANNE.device])
        assert plan.taps == {track_id(ANNE.device, "microphone"), track_id(BRUNO.device, "microphone")}


def test_a_role_without_the_right_neither_sends_nor_receives() -> None:
    tracks = [track(one, "microphone") for one in (ANNE, BRUNO)]
    for role, sends, receives in ((Role.OBSERVER, False, True), (Role.SECRETARY, False, False)):
        view = act(*TWO, seat("chloe", "c1", role=role), path=Path.RELAY)
        plan = desired(view, [ANNE, BRUNO, CHLOE], tracks, NOBODY)
        assert (CHLOE.device in plan.publishers, CHLOE.device in plan.receives) == (sends, receives)


def test_somebody_who_only_listens_gets_no_direct_path_and_one_without_media_is_no_third() -> None:
    observer = act(seat("anne", "a1"), seat("bruno", "b1", role=Role.OBSERVER))
    assert path(desired(observer, [ANNE, BRUNO], [], NOBODY)) == (Path.RELAY, "listener")
    secretary = act(*TWO, seat("chloe", "c1", role=Role.SECRETARY))
    assert desired(secretary, [ANNE, BRUNO, CHLOE], [], NOBODY).ends == ENDS


def test_ones_own_second_camera_is_seen_but_not_heard() -> None:
    camera = device("anne", "a2", DeviceKind.WHIP)
    tracks = [track(camera, "camera"), track(camera, "microphone")]
    view = act(seat("anne", "a1", "a2"), seat("bruno", "b1"), path=Path.RELAY)
    plan = desired(view, [ANNE, BRUNO, camera], tracks, NOBODY)
    assert plan.receives[ANNE.device] == (track_id(camera.device, "camera"),)
    assert len(plan.receives[BRUNO.device]) == 2
    assert camera.device not in plan.receives


def test_the_two_devices_of_a_moving_seat_do_not_receive_each_other() -> None:
    second = device("anne", "a2")
    tracks = [track(ANNE, "microphone"), track(second, "microphone"), track(BRUNO, "microphone")]
    view = act(seat("anne", "a1", "a2"), seat("bruno", "b1"), path=Path.RELAY)
    plan = desired(view, [ANNE, BRUNO, second], tracks, NOBODY)
    assert plan.receives[ANNE.device] == plan.receives[second.device] == (track_id(BRUNO.device, "microphone"),)


# -- viewers -----------------------------------------------------------------------------------------------------


def viewer(*seats: str, shown: Shown = "camera") -> Device:
    pair: tuple[MediaKind, MediaKind] = ("audio", "video")
    named = tuple(SeatId(name) for name in seats)
    return Device(DeviceId("w1"), SeatId("bruno"), DeviceKind.WHEP, pair * len(seats), named, shown)


def slots(viewer: Device, tracks: list[Track]) -> tuple[TrackId | None, ...]:
    view = act(seat("anne", "a1"), seat("bruno", "b1", "w1"), seat("chloe", "c1"), path=Path.RELAY)
    return desired(view, [ANNE, BRUNO, CHLOE, viewer], tracks, NOBODY).slots[viewer.device]


def test_a_viewers_sections_are_filled_seat_by_seat() -> None:
    tracks = [track(one, source) for one in (CHLOE, ANNE) for source in ("camera", "microphone", "screen")]
    assert slots(viewer("anne", "chloe"), tracks) == ("a1.microphone", "a1.camera", "c1.microphone", "c1.camera")


def test_a_viewer_chooses_which_picture_it_is_shown() -> None:
    tracks = [track(ANNE, source) for source in ("camera", "microphone", "screen")]
    assert slots(viewer("anne", shown="screen"), tracks) == ("a1.microphone", "a1.screen")
    assert slots(viewer("anne", shown="detail"), tracks) == ("a1.microphone", None)


def test_a_seat_that_sends_nothing_leaves_its_sections_empty() -> None:
    assert slots(viewer("anne", "chloe"), [track(CHLOE, "camera")]) == (None, None, None, "c1.camera")


# -- recording ---------------------------------------------------------------------------------------------------


def test_everything_that_flows_is_recorded_while_a_recording_runs() -> None:
    tracks = [track(ANNE, "camera"), track(BRUNO, "microphone"), track(BRUNO, "camera", started=False)]
    assert desired(act(*TWO, path=Path.RELAY), [ANNE, BRUNO], tracks, NOBODY).taps == frozenset()
    recorded = desired(act(*TWO, path=Path.RELAY, recording=True), [ANNE, BRUNO], tracks, NOBODY)
    assert recorded.taps == {"a1.camera", "b1.microphone"}
