"""Coming and going: who waits, who enters, how a seat moves to another device, and what keeps a seat."""

import pytest

from rooms.errors import NotFound, Refused
from rooms.ids import ActId, DeviceId, SeatId
from rooms.plan import ActPlan
from rooms.roles import MODERATORS, SEATED, WAITING_ROLES
from rooms.views import DeviceKind, Kind, Outcome, Presence, Role
from tests.support.acts import ADMIN, MORNING, Act, Consultation

SECOND = "second"


async def test_who_accompanies_waits_and_professionals_enter() -> None:
    for role in SEATED:
        act = await Consultation().open_act()
        await act.seat("somebody", role)
        joined = await act.join("somebody")
        assert joined.outcome is (Outcome.WAITING if role in WAITING_ROLES else Outcome.PRESENT), role


def test_patient_family_and_interpreter_are_among_those_who_wait() -> None:
    assert {Role.PATIENT, Role.FAMILY, Role.INTERPRETER, Role.TECHNICIAN} <= WAITING_ROLES
    assert not MODERATORS & WAITING_ROLES


async def test_a_moderator_admits_who_waits() -> None:
    act = await Consultation().call()
    assert await act.presence("patient") is Presence.PRESENT


@pytest.mark.parametrize("role", sorted(SEATED - MODERATORS))
async def test_nobody_else_admits(role: Role) -> None:
    act = await Consultation().open_act()
    await act.seat("other", role)
    await act.seat("family", Role.FAMILY)
    await act.join("family")
    with pytest.raises(Refused, match="not-allowed"):
        await act.admit("family", by="other")
    assert await act.presence("family") is Presence.WAITING


async def test_who_was_turned_away_may_come_again() -> None:
    act = await Consultation().open_act()
    await act.seat("expert", Role.EXPERT)
    await act.seat("family", Role.FAMILY)
    await act.join("expert")
    await act.join("family")
    await act.service.turn_away(act.caller("expert"), act.act, act.seats["family"], "later")
    assert await act.presence("family") is Presence.INVITED
    assert (await act.join("family")).outcome is Outcome.WAITING


async def test_who_left_waits_again_but_who_lost_her_line_does_not() -> None:
    act = await Consultation().call()
    await act.interrupt("patient")
    assert await act.presence("patient") is Presence.INTERRUPTED
    assert (await act.resume("patient")).outcome is Outcome.PRESENT
    await act.leave("patient")
    assert (await act.join("patient")).outcome is Outcome.WAITING


async def test_who_waits_keeps_her_turn_over_a_lost_line() -> None:
    act = await Consultation().open_act()
    await act.seat("expert", Role.EXPERT)
    await act.seat("patient", Role.PATIENT)
    await act.join("expert")
    await act.join("patient")
    await act.interrupt("patient")
    await act.admit("patient")
    assert await act.presence("patient") is Presence.INTERRUPTED
    await act.resume("patient")
    assert await act.presence("patient") is Presence.PRESENT


async def test_a_scheduled_act_opens_when_a_moderator_comes_and_not_before_its_time_for_others() -> None:
    act = await scheduled(in_seconds=7200)
    with pytest.raises(Refused, match="not-open"):
        await act.join("patient")
    await act.join("expert")
    assert await act.state() == "open"
    assert (await act.join("patient")).outcome is Outcome.WAITING


async def test_a_scheduled_act_opens_a_quarter_of_an_hour_before_its_time() -> None:
    act = await scheduled(in_seconds=1800)
    await act.consultation.pass_time(899)
    assert await act.state() == "scheduled"
    await act.consultation.pass_time(1)
    assert await act.state() == "open"


async def test_a_second_device_needs_the_yes_of_the_first_and_the_old_leaves_once_the_new_has_media() -> None:
    act = await Consultation().call()
    asked = await act.join("expert", SECOND)
    assert (asked.outcome, asked.deadline) == (Outcome.TAKEOVER_ASKED, act.consultation.clock.now + 10)
    assert [device.device for device in (await act.of("expert")).devices] == ["expert-1"]
    await act.service.answer_takeover(act.act, act.seats["expert"], DeviceId("expert-1"), accept=True)
    assert {device.device for device in (await act.of("expert")).devices} == {"expert-1", SECOND}
    await act.service.media_up(act.act, DeviceId(SECOND))
    seat = await act.of("expert")
    assert ([device.device for device in seat.devices], seat.moving_to) == ([SECOND], None)
    assert seat.presence is Presence.PRESENT


async def test_the_first_device_may_say_no() -> None:
    act = await Consultation().call()
    await act.join("expert", SECOND)
    await act.service.answer_takeover(act.act, act.seats["expert"], DeviceId("expert-1"), accept=False)
    seat = await act.of("expert")
    assert ([device.device for device in seat.devices], seat.moving_to) == (["expert-1"], None)


async def test_the_second_device_cannot_answer_for_the_first() -> None:
    act = await Consultation().call()
    await act.join("expert", SECOND)
    with pytest.raises(Refused, match="not-the-first-device"):
        await act.service.answer_takeover(act.act, act.seats["expert"], DeviceId(SECOND), accept=True)


async def test_ten_seconds_of_silence_are_a_yes() -> None:
    act = await Consultation().call()
    await act.join("expert", SECOND)
    await act.consultation.pass_time(9.9)
    assert len((await act.of("expert")).devices) == 1
    await act.consultation.pass_time(0.1)
    assert len((await act.of("expert")).devices) == 2


async def test_the_silence_of_a_lost_line_counts_from_its_loss() -> None:
    act = await Consultation().call()
    await act.interrupt("expert")
    await act.consultation.pass_time(30)
    assert (await act.join("expert", SECOND)).outcome is Outcome.PRESENT
    assert [device.device for device in (await act.of("expert")).devices] == [SECOND]


async def test_a_third_device_waits_until_the_second_is_answered() -> None:
    act = await Consultation().call()
    await act.join("expert", SECOND)
    with pytest.raises(Refused, match="takeover-pending"):
        await act.join("expert", "third")


async def test_a_first_device_that_leaves_gives_the_seat_to_the_one_that_asks() -> None:
    act = await Consultation().call()
    await act.join("expert", SECOND)
    await act.leave("expert")
    seat = await act.of("expert")
    assert ([device.device for device in seat.devices], seat.presence) == ([SECOND], Presence.PRESENT)


@pytest.mark.parametrize("granted", [False, True])
async def test_a_second_device_that_vanishes_leaves_the_seat_as_it_was(granted: bool) -> None:
    act = await Consultation().call()
    await act.join("expert", SECOND)
    if granted:
        await act.consultation.pass_time(10)
    await act.interrupt("expert", SECOND)
    seat = await act.of("expert")
    assert ([d.device for d in seat.devices], seat.moving_to, seat.presence) == (["expert-1"], None, Presence.PRESENT)


async def test_a_patient_who_waits_moves_without_media() -> None:
    act = await Consultation().open_act()
    await act.seat("patient", Role.PATIENT)
    await act.join("patient")
    await act.join("patient", SECOND)
    await act.service.answer_takeover(act.act, act.seats["patient"], DeviceId("patient-1"), accept=True)
    seat = await act.of("patient")
    assert ([device.device for device in seat.devices], seat.presence) == ([SECOND], Presence.WAITING)


async def test_up_to_three_companions_come_with_a_seat_and_leave_with_it() -> None:
    act = await Consultation().call()
    for number in range(3):
        await act.join("requester", f"camera-{number}", DeviceKind.WHIP)
    with pytest.raises(Refused, match="too-many-companions"):
        await act.join("requester", "camera-3", DeviceKind.CAMERA)
    await act.leave("requester")
    seat = await act.of("requester")
    assert (seat.devices, seat.presence) == ((), Presence.INVITED)
    assert (await act.facts()).count("device-left") == 4


async def test_a_companion_whose_person_still_waits_is_not_admitted() -> None:
    act = await Consultation().open_act()
    await act.seat("patient", Role.PATIENT)
    with pytest.raises(Refused, match="not-admitted"):
        await act.join("patient", "camera", DeviceKind.WHIP)
    await act.join("patient")
    with pytest.raises(Refused, match="not-admitted"):
        await act.join("patient", "camera", DeviceKind.WHIP)


async def test_a_camera_alone_makes_its_seat_present() -> None:
    act = await Consultation().open_act()
    await act.seat("smur", Role.SMUR)
    assert (await act.join("smur", kind=DeviceKind.WHIP)).outcome is Outcome.PRESENT
    await act.interrupt("smur")
    assert await act.presence("smur") is Presence.INTERRUPTED
    await act.leave("smur")
    assert await act.presence("smur") is Presence.INVITED


async def test_a_revoked_seat_is_out_and_stays_out() -> None:
    act = await Consultation().call()
    await act.service.remove(act.caller("expert"), act.act, act.seats["patient"], "wrong person")
    seat = await act.of("patient")
    assert (seat.presence, seat.devices) == (Presence.REVOKED, ())
    with pytest.raises(Refused, match="invitation-revoked"):
        await act.join("patient")
    with pytest.raises(Refused, match="invitation-revoked"):
        await act.service.check_invitation(act.act, act.seats["patient"], 1)


async def test_the_end_of_the_act_sends_everybody_home_and_kills_invitations() -> None:
    act = await Consultation().call()
    await act.service.end(act.caller("expert"), act.act)
    assert all(not seat.devices for seat in (await act.view()).seats)
    for name in act.seats:
        with pytest.raises(Refused, match="act-ended"):
            await act.service.check_invitation(act.act, act.seats[name], 1)
        with pytest.raises(Refused, match="act-ended"):
            await act.join(name)


async def test_a_reissued_invitation_kills_the_one_before() -> None:
    act = await Consultation().call()
    again = await act.service.reissue(act.caller("expert"), act.act, act.seats["patient"])
    assert again.serial == 2
    with pytest.raises(Refused, match="invitation-revoked"):
        await act.service.check_invitation(act.act, act.seats["patient"], 1)
    assert (await act.service.check_invitation(act.act, act.seats["patient"], 2)).role is Role.PATIENT


async def test_a_device_unknown_to_the_seat_does_not_resume() -> None:
    act = await Consultation().call()
    with pytest.raises(Refused, match="unknown-device"):
        await act.resume("patient", "stolen")


async def test_leaving_twice_is_no_error_and_leaves_no_second_trace() -> None:
    act = await Consultation().call()
    await act.leave("patient")
    before = await act.facts()
    await act.leave("patient")
    assert await act.facts() == before


async def test_an_unknown_act_or_seat_is_not_found() -> None:
    act = await Consultation().call()
    with pytest.raises(NotFound, match="no-such-seat"):
        await act.service.admit(act.caller("expert"), act.act, SeatId("nobody"))
    with pytest.raises(NotFound, match="no-such-act"):
        await act.service.act(ADMIN, ActId("nothing"))


async def test_at_start_everybody_who_was_there_is_interrupted_and_comes_back_to_the_same_seat() -> None:
    act = await Consultation().call()
    act.consultation.service = act.consultation.serve()
    await act.service.start()
    for name in act.seats:
        assert await act.presence(name) is Presence.INTERRUPTED
        assert (await act.resume(name)).outcome is Outcome.PRESENT


async def scheduled(in_seconds: float) -> Act:
    consultation = Consultation()
    plan = ActPlan(Kind.TLC, start=MORNING + in_seconds, minutes=20)
    act = Act(consultation, (await consultation.service.create_act(ADMIN, plan)).act)
    await act.seat("expert", Role.EXPERT)
    await act.seat("patient", Role.PATIENT)
    return act
