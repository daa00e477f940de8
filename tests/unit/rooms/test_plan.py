"""Planning: states from dates, other dates, numbers, and what is refused before anything is decided."""

import pytest

from rooms.errors import Refused
from rooms.ids import DeviceId, SubjectId
from rooms.plan import MAX_TITLE, ActChange, ActPlan
from rooms.roles import SYSTEM
from rooms.views import Kind, Path, Role, Urgency
from tests.support.acts import ADMIN, MORNING, Consultation


@pytest.mark.parametrize(
    ("plan", "state"),
    [
        (ActPlan(Kind.TLE), "draft"),
        (ActPlan(Kind.TLC, start=MORNING + 3600), "scheduled"),
        (ActPlan(Kind.MTG, start="now"), "open"),
        (ActPlan(Kind.TLC, urgency=Urgency.EMERGENCY), "alerted"),
        (ActPlan(Kind.TLC, urgency=Urgency.EMERGENCY, start="now"), "alerted"),
    ],
)
async def test_the_first_state_comes_from_urgency_and_date(plan: ActPlan, state: str) -> None:
    assert (await Consultation().service.create_act(ADMIN, plan)).state == state


async def test_a_plan_is_shown_as_it_was_made() -> None:
    plan = ActPlan(
        Kind.TLC,
        "Télé-AVC",
        components=(Kind.TLE, Kind.TLA),
        urgency=Urgency.EMERGENCY,
        subject=SubjectId("opaque"),
        direct=False,
        start="now",
        minutes=30,
    )
    view = await Consultation().service.create_act(ADMIN, plan)
    assert (view.kind, view.title, view.components, view.subject) == (
        Kind.TLC,
        "Télé-AVC",
        (Kind.TLE, Kind.TLA),
        "opaque",
    )
    assert (view.direct, view.planned_start, view.planned_minutes, view.number) == (False, MORNING, 30, "2026-0001")


@pytest.mark.parametrize(
    "plan",
    [
        ActPlan(Kind.TLC, "x" * (MAX_TITLE + 1)),
        ActPlan(Kind.TLC, components=(Kind.TLC,)),
        ActPlan(Kind.TLC, components=(Kind.TLE, Kind.TLE)),
        ActPlan(Kind.TLC, minutes=0),
    ],
)
async def test_a_bad_plan_makes_no_act(plan: ActPlan) -> None:
    consultation = Consultation()
    with pytest.raises(Refused, match="bad-plan"):
        await consultation.service.create_act(ADMIN, plan)
    assert await consultation.service.acts(ADMIN) == []


async def test_another_date_kills_every_invitation_and_opens_at_the_new_time() -> None:
    consultation = Consultation()
    service = consultation.service
    view = await service.create_act(ADMIN, ActPlan(Kind.TLC, start=MORNING + 3600))
    invitation = await service.invite(ADMIN, view.act, Role.PATIENT, "Mme Lune")
    moved = await service.change_act(ADMIN, view.act, ActChange(start=MORNING + 7200))
    assert (moved.state, moved.planned_start) == ("scheduled", MORNING + 7200)
    with pytest.raises(Refused, match="invitation-revoked"):
        await service.check_invitation(view.act, invitation.seat, invitation.serial)
    await service.check_invitation(view.act, invitation.seat, invitation.serial + 1)
    await consultation.pass_time(3600)
    assert (await service.act(ADMIN, view.act)).state == "scheduled"
    await consultation.pass_time(3600)
    assert (await service.act(ADMIN, view.act)).state == "open"


async def test_another_title_leaves_invitations_alone() -> None:
    act = await Consultation().call()
    changed = await act.service.change_act(ADMIN, act.act, ActChange(title="autre titre"))
    assert changed.title == "autre titre"
    await act.service.check_invitation(act.act, act.seats["patient"], 1)


async def test_an_open_act_is_not_moved_and_an_act_that_is_over_not_changed() -> None:
    act = await Consultation().call()
    with pytest.raises(Refused, match="wrong-state"):
        await act.service.change_act(ADMIN, act.act, ActChange(start=MORNING + 7200))
    await act.service.end(ADMIN, act.act)
    with pytest.raises(Refused, match="act-ended"):
        await act.service.change_act(ADMIN, act.act, ActChange(title="autre"))
    with pytest.raises(Refused, match="act-ended"):
        await act.service.invite(ADMIN, act.act, Role.FAMILY, "Sa fille")


@pytest.mark.parametrize(
    ("role", "name", "code"),
    [
        (Role.ADMIN, "Somebody", "bad-role"),
        (Role.FAMILY, "  ", "bad-name"),
        (Role.FAMILY, "x" * 121, "bad-name"),
        (Role.PATIENT, "Somebody else", "patient-has-seat"),
    ],
)
async def test_what_no_seat_is_made_for(role: Role, name: str, code: str) -> None:
    act = await Consultation().call()
    with pytest.raises(Refused, match=code):
        await act.service.invite(ADMIN, act.act, role, name)


async def test_lists_name_nobody() -> None:
    act = await Consultation().call()
    (listed,) = await act.service.acts(SYSTEM, state="open")
    assert (listed.act, listed.seats, listed.consents) == (act.act, (), ())


async def test_chat_is_read_by_who_is_in_the_room_only() -> None:
    act = await Consultation().call()
    said = await act.service.chat(act.caller("expert"), act.act, "Bonjour madame")
    lines = await act.service.chat_lines(act.caller("patient"), act.act)
    assert [(line.seat, line.text) for line in lines] == [(act.seats["expert"], "Bonjour madame")]
    assert act.service.text(act.act, said.text.text) == "Bonjour madame"
    await act.leave("patient")
    with pytest.raises(Refused, match="not-present"):
        await act.service.chat_lines(act.caller("patient"), act.act)
    with pytest.raises(Refused, match="not-present"):
        await act.service.chat(act.caller("patient"), act.act, "encore moi")


async def test_the_path_changes_once_and_is_counted() -> None:
    act = await Consultation().call()
    await act.service.change_path(act.act, Path.RELAY, "third-person")
    await act.service.change_path(act.act, Path.RELAY, "recording")
    path = (await act.view()).path
    assert (path.path, path.number, path.reason) == (Path.RELAY, 1, "third-person")


async def test_a_shared_screen_is_a_fact_of_somebody_present() -> None:
    act = await Consultation().call()
    device = DeviceId("expert-1")
    await act.service.share(act.act, act.seats["expert"], device, "screen", True)
    await act.service.share(act.act, act.seats["expert"], device, "screen", True)
    await act.service.share(act.act, act.seats["expert"], device, "screen", False)
    assert (await act.facts()).count("source-shared") == (await act.facts()).count("source-unshared") == 1
    with pytest.raises(Refused, match="unknown-source"):
        await act.service.share(act.act, act.seats["expert"], device, "window", True)
