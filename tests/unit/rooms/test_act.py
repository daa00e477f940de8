"""The life cycles: what may follow what, with which guard, and that everything else is refused."""

from itertools import product

import pytest

from rooms.act import BEFORE_OPEN, FIRST, OVER, ROOM_OPEN, TABLES, Guard, Life, State
from rooms.errors import Refused
from rooms.roles import AdminCaller
from rooms.views import ConsentValue, Kind, Purpose, Role, Urgency
from tests.support.acts import ADMIN, Consultation

EVENTS = sorted({event for table in TABLES.values() for _, event in table})


@pytest.mark.parametrize("urgency", Urgency)
def test_every_event_that_has_no_step_is_refused(urgency: Urgency) -> None:
    for state, event in product(State, EVENTS):
        life = Life(Kind.TLC, urgency, state)
        if (state, event) in TABLES[urgency]:
            assert life.step(event).before is state
        else:
            with pytest.raises(Refused, match="wrong-state"):
                life.step(event)


@pytest.mark.parametrize("urgency", Urgency)
def test_every_state_of_a_table_is_reached_from_its_first(urgency: Urgency) -> None:
    steps = TABLES[urgency].values()
    reached = {FIRST[urgency]}
    while more := {step.after for step in steps if step.before in reached} - reached:
        reached |= more
    assert reached == {state for step in steps for state in (step.before, step.after)}


@pytest.mark.parametrize("urgency", Urgency)
def test_no_step_leads_back_into_the_room_once_the_act_is_over(urgency: Urgency) -> None:
    for step in TABLES[urgency].values():
        if step.before in OVER:
            assert step.after in OVER


def test_every_state_is_before_during_or_after_the_meeting() -> None:
    assert set(State) == BEFORE_OPEN | ROOM_OPEN | OVER


@pytest.mark.parametrize("urgency", Urgency)
def test_only_scheduled_acts_have_a_guarded_start(urgency: Urgency) -> None:
    guards = {step.guard for step in TABLES[urgency].values() if step.event == "start"}
    assert guards == {Guard.PREPARED if urgency is Urgency.SCHEDULED else Guard.NONE}


async def test_a_wrong_step_changes_nothing() -> None:
    act = await Consultation().call()
    before = await act.view()
    with pytest.raises(Refused, match="wrong-state"):
        await act.service.advance(act.caller("expert"), act.act, "validate")
    assert await act.view() == before


async def test_a_step_needs_the_right_that_its_table_names() -> None:
    act = await Consultation().call()
    with pytest.raises(Refused, match="not-allowed"):
        await act.service.advance(act.caller("patient"), act.act, "cancel")


async def test_the_start_waits_for_identity_and_consent() -> None:
    act = await Consultation().call()
    expert = act.caller("expert")
    with pytest.raises(Refused, match="identity-missing"):
        await act.service.advance(expert, act.act, "start")
    await act.service.check_identity(expert, act.act, "document", "confirmed")
    with pytest.raises(Refused, match="consent-missing"):
        await act.service.advance(expert, act.act, "start")
    await act.says("patient", ConsentValue.OBTAINED, Purpose.ACT)
    assert (await act.service.advance(expert, act.act, "start")).state == "in_progress"


async def test_an_identity_that_was_not_confirmed_is_no_identity_check() -> None:
    act = await Consultation().call()
    await act.service.check_identity(act.caller("expert"), act.act, "document", "doubtful")
    with pytest.raises(Refused, match="identity-missing"):
        await act.service.advance(act.caller("expert"), act.act, "start")


async def test_a_reason_stands_in_for_what_is_missing_and_the_journal_says_what_that_was() -> None:
    act = await Consultation().call()
    await act.service.advance(act.caller("expert"), act.act, "start", "patient-aphasic")
    entries = await act.service.timeline(act.caller("expert"), act.act)
    started = next(entry for entry in entries if entry.data.get("event") == "start")
    assert started.data["reason"] == "patient-aphasic"
    assert started.data["missing"] == ["identity-missing", "consent-missing"]


async def test_no_reason_stands_in_for_a_refusal() -> None:
    act = await Consultation().call()
    await act.says("patient", ConsentValue.REFUSED, Purpose.ACT)
    with pytest.raises(Refused, match="consent-refused"):
        await act.service.advance(act.caller("expert"), act.act, "start", "no-time")


async def test_a_patient_who_refuses_ends_the_act_as_not_completed() -> None:
    act = await Consultation().call()
    await act.says("patient", ConsentValue.REFUSED, Purpose.ACT)
    view = await act.service.end(act.caller("expert"), act.act, "consent_refused")
    assert (view.state, view.outcome) == ("not_completed", "consent_refused")


async def test_an_act_starts_by_itself_when_both_sides_send_and_it_is_prepared() -> None:
    act = await Consultation().call()
    await act.media("expert", "patient")
    assert await act.state() == "open"
    await act.service.check_identity(act.caller("expert"), act.act, "known", "confirmed")
    await act.says("patient", ConsentValue.OBTAINED, Purpose.ACT)
    assert await act.state() == "in_progress"


async def test_a_requester_alone_with_her_patient_makes_two_sides() -> None:
    act = await Consultation().open_act()
    await act.seat("requester", Role.REQUESTER)
    await act.seat("patient", Role.PATIENT)
    await act.join("requester")
    await act.join("patient")
    await act.admit("patient", by="requester")
    await act.service.check_identity(act.caller("requester"), act.act, "known", "confirmed")
    await act.says("patient", ConsentValue.OBTAINED, Purpose.ACT)
    await act.media("requester")
    assert await act.state() == "open"
    await act.media("patient")
    assert await act.state() == "in_progress"


@pytest.mark.parametrize("kind", [Kind.MTG, Kind.RCP])
async def test_a_meeting_starts_when_two_are_present(kind: Kind) -> None:
    act = await Consultation().open_act(kind)
    await act.seat("coordinator", Role.COORDINATOR)
    await act.seat("presenter", Role.PRESENTER)
    await act.join("coordinator")
    assert await act.state() == "open"
    with pytest.raises(Refused, match="two-needed"):
        await act.service.advance(act.caller("coordinator"), act.act, "start", "in a hurry")
    await act.join("presenter")
    assert await act.state() == "in_progress"


async def test_nothing_blocks_an_emergency_and_what_is_missing_is_written_down() -> None:
    act = await Consultation().open_act(urgency=Urgency.EMERGENCY)
    assert await act.state() == "alerted"
    await act.seat("requester", Role.REQUESTER)
    await act.seat("expert", Role.EXPERT)
    await act.join("requester")
    await act.join("expert")
    assert await act.state() == "taken"
    await act.media("requester", "expert")
    assert await act.state() == "in_progress"
    entries = await act.service.timeline(ADMIN, act.act)
    started = next(entry for entry in entries if entry.data.get("event") == "start")
    assert started.data["missing"] == ["identity-missing", "consent-missing"]


async def test_ending_before_the_start_gives_not_completed() -> None:
    act = await Consultation().call()
    view = await act.service.end(act.caller("requester"), act.act, "no-sound")
    assert (view.state, view.outcome, view.ended_at) == ("not_completed", "no-sound", act.consultation.clock.now)


async def test_an_ended_act_goes_its_way_to_the_report() -> None:
    act = await Consultation().call()
    expert = act.caller("expert")
    await act.service.advance(expert, act.act, "start", "drill")
    await act.service.end(expert, act.act)
    for event, state in (("validate", "reported"), ("send", "sent"), ("close", "closed")):
        assert (await act.service.advance(expert, act.act, event)).state == state


async def test_only_a_meeting_closes_without_a_report() -> None:
    act = await Consultation().call()
    await act.service.advance(act.caller("expert"), act.act, "start", "drill")
    await act.service.end(act.caller("expert"), act.act)
    with pytest.raises(Refused, match="report-missing"):
        await act.service.advance(AdminCaller("tests"), act.act, "close")


async def test_an_act_is_only_struck_out_with_a_reason() -> None:
    act = await Consultation().call()
    with pytest.raises(Refused, match="reason-missing"):
        await act.service.advance(act.caller("expert"), act.act, "mark_error")
    assert (await act.service.advance(act.caller("expert"), act.act, "mark_error", "wrong patient")).state == (
        "entered_in_error"
    )


async def test_an_act_is_interrupted_when_one_side_is_away_for_long_and_goes_on_when_it_is_back() -> None:
    act = await Consultation().call()
    await act.service.advance(act.caller("expert"), act.act, "start", "drill")
    await act.interrupt("expert")
    await act.consultation.pass_time(9.9)
    assert await act.state() == "in_progress"
    await act.consultation.pass_time(0.2)
    assert await act.state() == "interrupted"
    await act.resume("expert")
    assert await act.state() == "in_progress"


async def test_a_room_that_empties_never_closes_its_act() -> None:
    act = await Consultation().call()
    await act.service.advance(act.caller("expert"), act.act, "start", "drill")
    for name in ("expert", "requester", "patient"):
        await act.leave(name)
    await act.consultation.pass_time(3600)
    assert await act.state() == "interrupted"
    await act.join("expert")
    await act.join("requester")
    assert await act.state() == "in_progress"
