"""S11: consent for each purpose and person, and recording: never without the yes of everybody who is there."""

import pytest

from rooms.errors import Refused
from rooms.facts import RecordingStopped
from rooms.ids import RecordingId
from rooms.plan import ActPlan
from rooms.service import RoomService
from rooms.views import ConsentValue, DeviceKind, Kind, Outcome, Presence, Purpose, RecordingState, Role
from tests.support.acts import ADMIN, Act, Consultation

OFF, ASKED, ON = RecordingState.OFF, RecordingState.ASKED, RecordingState.ON


async def recording(act: Act) -> RecordingState:
    return (await act.view()).recording.state


async def late_joiner(act: Act, role: Role = Role.RADIOLOGIST) -> None:
    await act.seat("late", role)
    await act.join("late")


async def test_it_runs_once_everybody_present_has_agreed() -> None:
    act = await Consultation().call()
    await act.record("requester")
    view = (await act.view()).recording
    assert (view.state, view.asked_by, view.missing) == (ASKED, act.seats["expert"], (act.seats["patient"],))
    await act.agree("patient")
    assert await recording(act) is ON


async def test_one_refusal_and_there_is_no_recording() -> None:
    act = await Consultation().call()
    await act.record("requester")
    await act.says("patient", ConsentValue.REFUSED)
    assert await recording(act) is OFF
    assert "recording-refused" in act.told()
    assert "recording-started" not in act.told()


async def test_a_new_request_asks_everybody_anew() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    await act.service.stop_recording(act.caller("expert"), act.act)
    await act.record()
    assert set((await act.view()).recording.missing) == {act.seats["requester"], act.seats["patient"]}


async def test_after_who_refused_has_left_the_others_may_record() -> None:
    act = await Consultation().call()
    await act.record("requester")
    await act.says("patient", ConsentValue.REFUSED)
    await act.leave("patient")
    await act.record("requester")
    assert await recording(act) is ON


@pytest.mark.parametrize("role", [Role.PATIENT, Role.ATTENDANT, Role.RADIOLOGIST])
async def test_only_a_moderator_asks(role: Role) -> None:
    act = await Consultation().open_act()
    await act.seat("other", role)
    with pytest.raises(Refused, match="not-allowed"):
        await act.service.ask_recording(act.caller("other"), act.act)


async def test_a_moderator_who_is_not_in_the_room_does_not_ask() -> None:
    act = await Consultation().open_act()
    await act.seat("expert", Role.EXPERT)
    with pytest.raises(Refused, match="not-present"):
        await act.record()


async def test_an_installation_that_does_not_record_refuses() -> None:
    consultation = Consultation()
    act = await consultation.call()
    consultation.service = RoomService(
        consultation.journal,
        consultation.spool,
        clock=consultation.clock,
        publish=lambda *_: None,
        recording_allowed=False,
    )
    with pytest.raises(Refused, match="recording-off"):
        await act.record()


async def test_two_recordings_do_not_run_at_once() -> None:
    act = await Consultation().call()
    await act.record()
    with pytest.raises(Refused, match="recording-already"):
        await act.record()


async def test_a_late_joiner_is_asked_before_she_hears_or_is_heard() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    await late_joiner(act)
    assert await act.presence("late") is Presence.ASKED
    assert await recording(act) is ON
    assert (await act.facts())[-3:-1] == ["device-joined", "seat-asked"]  # and the reading of these two lines
    await act.agree("late")
    assert await act.presence("late") is Presence.PRESENT
    assert await recording(act) is ON


async def test_a_late_joiner_who_says_no_stays_out_until_the_recording_stops() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    await late_joiner(act)
    await act.says("late", ConsentValue.REFUSED)
    assert (await act.presence("late"), await recording(act)) == (Presence.ASKED, ON)
    await act.service.stop_recording(act.caller("expert"), act.act)
    assert await act.presence("late") is Presence.PRESENT


async def test_a_late_joiner_who_said_no_does_not_slip_in_over_a_lost_line() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    await late_joiner(act)
    await act.says("late", ConsentValue.REFUSED)
    await act.interrupt("late")
    assert (await act.resume("late")).outcome is Outcome.ASKED
    assert (await act.presence("late"), await recording(act)) == (Presence.ASKED, ON)


async def test_who_is_admitted_during_a_recording_is_asked_too() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    await act.seat("interpreter", Role.INTERPRETER)
    await act.join("interpreter")
    await act.admit("interpreter")
    assert await act.presence("interpreter") is Presence.ASKED


async def test_who_lost_her_line_when_it_was_asked_is_asked_on_her_return() -> None:
    act = await Consultation().call()
    await act.interrupt("patient")
    await act.record("requester")
    assert await recording(act) is ON
    assert (await act.resume("patient")).outcome is Outcome.ASKED


async def test_who_lost_her_line_is_out_of_a_recording_from_its_first_moment() -> None:
    act = await Consultation().call()
    await act.interrupt("patient")
    await act.record("requester")
    assert (await act.presence("patient"), await recording(act)) == (Presence.ASKED, ON)
    await act.service.stop_recording(act.caller("expert"), act.act)
    assert await act.presence("patient") is Presence.INTERRUPTED
    assert (await act.resume("patient")).outcome is Outcome.PRESENT


async def test_who_agreed_and_then_lost_her_line_stays_on_the_recording() -> None:
    act = await Consultation().call()
    await act.record("patient")
    await act.interrupt("patient")
    await act.agree("requester")
    assert (await act.presence("patient"), await recording(act)) == (Presence.INTERRUPTED, ON)
    assert (await act.resume("patient")).outcome is Outcome.PRESENT


async def test_who_comes_while_it_is_asked_is_waited_for() -> None:
    act = await Consultation().call()
    await act.record("requester")
    await late_joiner(act)
    await act.agree("patient")
    assert await recording(act) is ASKED
    await act.agree("late")
    assert await recording(act) is ON


async def test_a_word_taken_back_stops_it_with_the_same_command() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    await act.says("patient", ConsentValue.WITHDRAWN)
    _, facts, view = act.consultation.published[-1]
    assert view.recording.state is OFF
    assert any(isinstance(fact, RecordingStopped) and fact.reason == "consent-withdrawn" for fact in facts)


async def test_a_patient_without_a_seat_answers_through_a_professional() -> None:
    consultation = Consultation()
    act = Act(consultation, (await consultation.service.create_act(ADMIN, ActPlan(Kind.TLC, start="now"))).act)
    for name, role in (("expert", Role.EXPERT), ("nurse", Role.ATTENDANT)):
        await act.seat(name, role)
        await act.join(name)
    await act.record("nurse")
    assert (await act.view()).recording.missing == (None,)
    nurse = act.caller("nurse")
    await act.service.consent(nurse, act.act, Purpose.RECORDING, ConsentValue.BY_TRUSTED_PERSON, None, "la fille")
    assert await recording(act) is ON
    await act.service.consent(nurse, act.act, Purpose.RECORDING, ConsentValue.WITHDRAWN, None)
    assert await recording(act) is OFF


async def test_a_patient_without_a_seat_is_not_answered_for_by_her_family() -> None:
    act = await Consultation().open_act()
    await act.seat("family", Role.FAMILY)
    with pytest.raises(Refused, match="not-allowed"):
        await act.service.consent(act.caller("family"), act.act, Purpose.ACT, ConsentValue.OBTAINED, None)


async def test_nobody_agrees_for_somebody_who_can_answer() -> None:
    act = await Consultation().call()
    await act.record()
    with pytest.raises(Refused, match="answers-for-herself"):
        await act.says("expert", ConsentValue.OBTAINED, of="patient")
    with pytest.raises(Refused, match="not-allowed"):
        await act.says("patient", ConsentValue.OBTAINED, of="requester")


async def test_a_professional_writes_down_what_the_patient_says_aloud() -> None:
    act = await Consultation().call()
    await act.says("expert", ConsentValue.OBTAINED, Purpose.ACT, of="patient")
    (view,) = (await act.view()).consents
    assert (view.seat, view.recorded_by) == (act.seats["patient"], act.seats["expert"])


async def test_a_camera_without_a_person_is_answered_for_by_a_moderator() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    await act.seat("cart", Role.SMUR)
    assert (await act.join("cart", kind=DeviceKind.WHIP)).outcome is Outcome.ASKED
    await act.says("expert", ConsentValue.OBTAINED, of="cart")
    assert await act.presence("cart") is Presence.PRESENT


async def test_a_consent_not_possible_is_none_to_a_recording() -> None:
    act = await Consultation().call()
    await act.record("requester")
    await act.says("patient", ConsentValue.NOT_POSSIBLE_EMERGENCY)
    assert await recording(act) is OFF


async def test_it_stops_with_the_act_and_when_the_room_is_empty() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    for name in ("patient", "requester", "expert"):
        await act.leave(name)
    assert await recording(act) is OFF
    await act.join("expert")
    await act.join("requester")
    await act.record("requester")
    await act.service.end(act.caller("expert"), act.act)
    assert await recording(act) is OFF


async def test_a_failed_recorder_is_written_down_once() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    running = (await act.view()).recording.recording
    assert running is not None
    await act.service.recording_failed(act.act, RecordingId("another"), "disk-full")
    assert await recording(act) is ON
    await act.service.recording_failed(act.act, running, "disk-full")
    assert await recording(act) is OFF


async def test_a_recording_that_was_cut_off_goes_on_in_another_by_the_same_answers() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    first = (await act.view()).recording.recording
    assert first is not None
    await act.service.continue_recording(act.act, first)
    second = (await act.view()).recording
    assert (second.state, second.continues) == (ON, first)
    assert second.recording != first
    await act.service.continue_recording(act.act, first)  # it does not run any more
    assert (await act.view()).recording == second
    await act.says("patient", ConsentValue.WITHDRAWN)
    assert await recording(act) is OFF
    assert (await act.view()).recording.continues is None


async def test_a_recording_ends_with_the_server() -> None:
    act = await Consultation().call()
    await act.record("requester", "patient")
    consultation = act.consultation
    consultation.service = consultation.serve()
    await act.service.start()
    assert await recording(act) is OFF
    assert (await act.facts())[-5] == "recording-stopped"
    for name in ("expert", "requester", "patient"):
        await act.resume(name)
    await act.record("requester", "patient")
    assert await recording(act) is ON


async def test_how_a_consent_was_given_is_erasable() -> None:
    act = await Consultation().call()
    expert = act.caller("expert")
    await act.service.consent(expert, act.act, Purpose.ACT, ConsentValue.BY_TRUSTED_PERSON, None, "dit par sa fille")
    rows = await act.consultation.journal.rows(act.act)
    assert all("fille" not in row.body for row in rows)
    entries = await act.service.timeline(expert, act.act)
    assert entries[-1].data["how"] == "dit par sa fille"
