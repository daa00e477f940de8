"""S5, the consultation's part: every role × every command × every act equals the one policy table."""

from collections.abc import Callable, Coroutine
from dataclasses import replace

import pytest

from rooms.act import TABLES, Life
from rooms.errors import Refused
from rooms.facts import ActCreated
from rooms.ids import ActId, DeviceId, EstablishmentId, PersonId, SeatId
from rooms.plan import ActChange, ActPlan
from rooms.ports import Professional
from rooms.roles import POLICY, SEATED, AdminCaller, Caller, PersonCaller, SeatCaller, SystemCaller, Verb, may
from rooms.room import Room
from rooms.views import ConsentValue, Kind, Purpose, Role, Urgency
from tests.support.acts import ADMIN, Act, Consultation

Command = Callable[[Act, Caller], Coroutine[None, None, object]]

NORTH, SOUTH, ELSEWHERE = EstablishmentId("north"), EstablishmentId("south"), EstablishmentId("elsewhere")


def own_seat(act: Act, caller: Caller) -> SeatId:
    return caller.seat if isinstance(caller, SeatCaller) else SeatId("")


COMMANDS: dict[Verb, Command] = {
    Verb.CREATE_ACT: lambda act, by: act.service.create_act(by, ActPlan(Kind.MTG)),
    Verb.LIST_ACTS: lambda act, by: act.service.acts(by),
    Verb.READ_ACT: lambda act, by: act.service.act(by, act.act),
    Verb.READ_TIMELINE: lambda act, by: act.service.timeline(by, act.act),
    Verb.CHANGE_ACT: lambda act, by: act.service.change_act(by, act.act, ActChange(title="autre")),
    Verb.INVITE: lambda act, by: act.service.invite(by, act.act, Role.FAMILY, "Sa fille"),
    Verb.REVOKE: lambda act, by: act.service.revoke(by, act.act, act.seats["guest"]),
    Verb.ERASE: lambda act, by: act.service.erase_name(by, act.act, act.seats["guest"]),
    Verb.ADVANCE: lambda act, by: act.service.advance(by, act.act, "no-such-event"),
    Verb.END: lambda act, by: act.service.end(by, act.act),
    Verb.ADMIT: lambda act, by: act.service.admit(by, act.act, act.seats["guest"]),
    Verb.REMOVE: lambda act, by: act.service.remove(by, act.act, act.seats["guest"]),
    Verb.CHECK_IDENTITY: lambda act, by: act.service.check_identity(by, act.act, "known", "confirmed"),
    Verb.CONSENT: lambda act, by: act.service.consent(
        by, act.act, Purpose.PHOTO, ConsentValue.OBTAINED, own_seat(act, by)
    ),
    Verb.CONSENT_FOR: lambda act, by: act.service.consent(
        by, act.act, Purpose.PHOTO, ConsentValue.OBTAINED, act.seats["patient"]
    ),
    Verb.RECORD: lambda act, by: act.service.ask_recording(by, act.act),
    Verb.STOP_RECORDING: lambda act, by: act.service.stop_recording(by, act.act),
    Verb.CHAT: lambda act, by: act.service.chat(by, act.act, "bonjour"),
    Verb.READ_CHAT: lambda act, by: act.service.chat_lines(by, act.act),
    Verb.SHARE: lambda act, by: act.service.share(act.act, own_seat(act, by), DeviceId("caller-1"), "screen", True),
}

OF_A_SEAT = {Verb.SHARE, Verb.CONSENT}  # an administrator has no device and no consent of her own
PAIRS = [(role, verb) for role in SEATED | {Role.ADMIN} for verb in COMMANDS if role in SEATED or verb not in OF_A_SEAT]
PAIRS.sort()


async def scene(role: Role) -> Act:
    """An act with a guest who waits, a patient who came, and the caller in the room where her role sits."""
    act = await Consultation().open_act()
    await act.seat("host", Role.EXPERT)
    await act.join("host")
    for name, of in (("guest", Role.FAMILY), ("patient", Role.PATIENT)):
        await act.seat(name, of)
        await act.join(name)
    if role in SEATED:
        await seat_caller(act, role)
    return act


async def seat_caller(act: Act, role: Role) -> None:
    if role is Role.PATIENT:
        act.seats["caller"] = act.seats["patient"]
        await act.leave("patient")
    else:
        await act.seat("caller", role)
    await act.join("caller")
    if role in {Role.PATIENT, Role.FAMILY, Role.INTERPRETER, Role.OBSERVER, Role.TECHNICIAN}:
        await act.admit("caller", by="host")


def caller_of(act: Act, role: Role) -> Caller:
    if role is Role.ADMIN:
        return AdminCaller("tests")
    return SystemCaller() if role is Role.SYSTEM else act.caller("caller")


async def is_allowed(command: Command, act: Act, caller: Caller) -> bool:
    """Whether the right is granted; a command may still be wrong for another reason than the right."""
    try:
        await command(act, caller)
    except Refused as refusal:
        return refusal.code not in {"not-allowed", "not-in-act", "not-your-establishment"}
    return True


def expected(role: Role, verb: Verb) -> bool:
    """The table, and one rule beside it: who only sits in an act plans and lists none."""
    if verb in {Verb.CREATE_ACT, Verb.LIST_ACTS}:
        return may(role, verb) and role not in SEATED
    if verb is Verb.CONSENT_FOR and role is Role.PATIENT:
        return True  # in this scene the patient is the caller
    return may(role, verb)


@pytest.mark.parametrize(("role", "verb"), PAIRS)
async def test_a_command_is_allowed_exactly_where_the_table_says(role: Role, verb: Verb) -> None:
    act = await scene(role)
    assert await is_allowed(COMMANDS[verb], act, caller_of(act, role)) == expected(role, verb)


@pytest.mark.parametrize("verb", sorted(COMMANDS.keys() - {Verb.CREATE_ACT, Verb.LIST_ACTS, Verb.SHARE}))
async def test_a_seat_of_one_act_has_no_right_in_another(verb: Verb) -> None:
    act = await scene(Role.EXPERT)
    stranger = SeatCaller(ActId("another"), act.seats["caller"])
    assert not await is_allowed(COMMANDS[verb], act, stranger)


@pytest.mark.parametrize("urgency", Urgency)
@pytest.mark.parametrize("role", Role)
def test_every_step_of_a_life_cycle_needs_its_verb(role: Role, urgency: Urgency) -> None:
    for step in TABLES[urgency].values():
        plan = ActCreated(number="2026-0001", state=step.before, kind=Kind.MTG, urgency=urgency)
        room = replace(Room.create(ActId("act"), plan), life=Life(Kind.MTG, urgency, step.before))
        try:
            room.advance(role, step.event, "because")
            refused = ""
        except Refused as refusal:
            refused = refusal.code
        assert (refused == "not-allowed") == (not may(role, step.verb)), (step, role)


class Staff:
    """A directory of three: one at each of two hospitals of the act, one elsewhere."""

    async def professional(self, person: PersonId) -> Professional | None:
        houses = {"nora": NORTH, "said": SOUTH, "elsa": ELSEWHERE, "secretary": SOUTH}
        role = Role.SECRETARY if person == "secretary" else None
        return Professional(person, houses[person], person.title(), role) if person in houses else None


async def between_two_hospitals() -> Act:
    consultation = Consultation(directory=Staff())
    plan = ActPlan(Kind.TLC, start="now", requesting=NORTH, expert=SOUTH)
    return Act(consultation, (await consultation.service.create_act(ADMIN, plan)).act)


@pytest.mark.parametrize(
    "verb", [verb for verb in COMMANDS if verb not in {Verb.CREATE_ACT, Verb.LIST_ACTS, Verb.SHARE}]
)
@pytest.mark.parametrize(
    ("person", "house", "role"),
    [
        ("nora", NORTH, Role.REQUESTER),
        ("said", SOUTH, Role.EXPERT),
        ("secretary", SOUTH, Role.SECRETARY),
        ("elsa", ELSEWHERE, None),
    ],
)
async def test_a_professional_without_a_seat_has_the_rights_of_her_side(
    person: str, house: EstablishmentId, role: Role | None, verb: Verb
) -> None:
    act = await between_two_hospitals()
    for name, of in (("guest", Role.FAMILY), ("patient", Role.PATIENT)):
        await act.seat(name, of)
    caller = PersonCaller(PersonId(person), house)
    if verb is Verb.CONSENT:
        verb = Verb.CONSENT_FOR
    assert await is_allowed(COMMANDS[verb], act, caller) == (role is not None and may(role, verb))


async def test_a_professional_sees_the_acts_of_her_houses_and_no_others() -> None:
    act = await between_two_hospitals()
    service = act.service
    assert [view.act for view in await service.acts(PersonCaller(PersonId("nora"), NORTH))] == [act.act]
    assert await service.acts(PersonCaller(PersonId("elsa"), ELSEWHERE)) == []
    with pytest.raises(Refused, match="not-in-act"):
        await service.enter_as_person(PersonId("elsa"), act.act)


async def test_a_professional_lies_in_vain_about_her_house() -> None:
    act = await between_two_hospitals()
    with pytest.raises(Refused, match="not-in-act"):
        await act.service.act(PersonCaller(PersonId("elsa"), NORTH), act.act)


async def test_who_was_revoked_does_not_come_back_by_her_sign_in() -> None:
    act = await between_two_hospitals()
    seat = await act.service.enter_as_person(PersonId("said"), act.act)
    assert await act.service.enter_as_person(PersonId("said"), act.act) == seat
    await act.service.revoke(ADMIN, act.act, seat)
    with pytest.raises(Refused, match="invitation-revoked"):
        await act.service.enter_as_person(PersonId("said"), act.act)


async def test_reading_is_journaled_once_an_hour_and_kept_in_the_spool_while_it_cannot_be() -> None:
    act = await between_two_hospitals()
    nora = PersonCaller(PersonId("nora"), NORTH)
    for _ in range(3):
        await act.service.act(nora, act.act)
    assert (await act.facts()).count("act-read") == 1
    await act.consultation.pass_time(3600)
    await act.service.timeline(nora, act.act)
    assert (await act.facts()).count("act-read") == 2
    await act.consultation.pass_time(3600)
    act.consultation.switch_store(down=True)
    await act.service.act(nora, act.act)
    act.consultation.switch_store(down=False)
    await act.consultation.pass_time(60)
    assert (await act.facts()).count("act-read") == 3


def test_the_table_has_a_line_for_every_role_and_nobody_outside_hears() -> None:
    assert set(POLICY) == set(Role)
    assert not (POLICY[Role.ADMIN] | POLICY[Role.SYSTEM]) & {Verb.SUBSCRIBE, Verb.PUBLISH, Verb.READ_CHAT, Verb.RECORD}
    assert {role for role in Role if may(role, Verb.RECORD)} == {
        Role.REQUESTER,
        Role.EXPERT,
        Role.REGULATOR,
        Role.COORDINATOR,
    }
