"""What one client may rely on: order, numbers, a second device, and a goodbye that says why."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from rooms.ledger import STORE_RETRY_S
from rooms.views import DeviceKind, Kind, Presence, Role
from signaling import messages as wire
from signaling.sessions import SessionSettings
from tests.support.acts import Act, Consultation
from tests.support.held_journal import HeldJournal
from tests.support.node import Node, node
from tests.support.scale import patient
from tests.support.wire import Client

SHORT = SessionSettings(first_command_s=0.6, grace_s=0.1, keep_s=1.5)  # but no shorter than a busy machine's pauses


@pytest.fixture
async def here() -> AsyncIterator[Node]:
    async with node() as running:
        yield running


@pytest.fixture
async def hasty() -> AsyncIterator[Node]:
    async with node(SHORT) as running:
        yield running


async def consultation(here: Node) -> Act:
    """An open act with seats for an expert, a requester and the patient; nobody has come."""
    act = await here.consultation.open_act(Kind.TLC)
    for name, role in (("expert", Role.EXPERT), ("requester", Role.REQUESTER), ("patient", Role.PATIENT)):
        await act.seat(name, role)
    return act


async def waits(condition: Callable[[], bool], within_s: float = 60.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


# -- entering ----------------------------------------------------------------------------------------------------


async def test_a_professional_is_shown_the_room_at_once(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert:
        welcome = await expert.join(act, "expert")
    assert welcome.outcome == "present"
    assert welcome.snapshot is not None
    assert welcome.snapshot.act.kind == "TLC"
    assert {seat.name for seat in welcome.snapshot.seats} == {"Expert", "Requester", "Patient"}
    assert "admit" in welcome.snapshot.rights


async def test_a_waiting_patient_is_shown_nothing_until_she_is_admitted(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as patient, here.client() as expert:
        welcome = await patient.join(act, "patient")
        assert (welcome.outcome, welcome.snapshot) == ("waiting", None)
        await expert.join(act, "expert")
        assert [type(envelope.event) for envelope in patient.events] == [wire.Welcome]
        assert isinstance(await expert.ask(wire.Admit, seat=act.seats["patient"]), wire.Done)
        admitted = await patient.hear(wire.Admitted)
    assert {seat.name for seat in admitted.snapshot.seats} == {"Expert", "Requester", "Patient"}


async def test_a_command_before_joining_ends_the_socket(here: Node) -> None:
    async with here.client() as stranger:
        await stranger.post(wire.Chat(id=1, text="bonjour"))
        assert (await stranger.hear(wire.Left)).reason == "not-joined"
        await waits(lambda: not stranger.connected)


async def test_a_socket_that_says_nothing_is_cut(hasty: Node) -> None:
    async with hasty.client() as silent:
        assert (await silent.hear(wire.Left)).reason == "not-joined"
        await waits(lambda: not silent.connected)


@pytest.mark.parametrize("text", ["", "[", "{}", '{"type":"join"}', '{"type":"dance","id":1}', 7, None, ["a"]])
async def test_what_is_no_message_ends_the_socket(here: Node, text: object) -> None:
    async with here.client() as stranger:
        await stranger.send(text)
        assert (await stranger.hear(wire.Left)).reason == "malformed"


async def test_another_version_is_refused_and_may_be_tried_again(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert:
        await expert.post(wire.Join(id=1, version=99, token=here.token(act, "expert")))
        assert (await expert.hear(wire.Refused)).code == "wrong-version"
        assert (await expert.join(act, "expert")).outcome == "present"


async def test_a_token_that_is_none_is_refused(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as stranger:
        await stranger.post(wire.Join(id=1, version=wire.PROTOCOL, token="x.y.z"))
        assert (await stranger.hear(wire.Refused)).code == "token-invalid"
        assert await act.presence("expert") is Presence.INVITED


async def test_who_is_on_her_way_in_is_not_cut_for_silence() -> None:
    journal = HeldJournal()
    async with node(SHORT, after=Consultation(journal=journal)) as here:
        act = await consultation(here)
        async with here.client() as expert, asyncio.TaskGroup() as tasks:
            journal.hold()
            joining = tasks.create_task(expert.join(act, "expert"))
            await asyncio.sleep(2 * SHORT.first_command_s)
            journal.go_on()
        assert joining.result().outcome == "present"


async def test_a_join_that_the_store_kept_without_an_answer_is_no_second_device() -> None:
    journal = HeldJournal()
    async with node(after=Consultation(journal=journal)) as here:
        act = await consultation(here)
        async with here.client() as expert:
            journal.deaf = True
            await expert.post(wire.Join(id=1, version=wire.PROTOCOL, token=here.token(act, "expert")))
            assert (await expert.hear(wire.Refused)).code == "store-down"
            journal.deaf = False
            await here.consultation.pass_time(STORE_RETRY_S)
            await expert.join(act, "expert")
            await waits(lambda: act.told()[-1] in {"device-moved", "seat-entered"})
            assert len((await act.of("expert")).devices) == 1


# -- answers and order -------------------------------------------------------------------------------------------


async def test_the_answer_comes_before_what_the_command_caused(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert:
        await expert.join(act, "expert")
        done = await expert.ask(wire.Chat, text="bonjour")
        said = await expert.hear(wire.Said)
        order = [envelope.event for envelope in expert.events]
    assert order.index(done) < order.index(said)
    assert (said.line.text, said.line.name) == ("bonjour", "Expert")


async def test_a_command_sent_again_is_answered_again_and_done_once(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert:
        await expert.join(act, "expert")
        for _ in range(3):
            await expert.post(wire.Chat(id=2, text="une fois"))
        await waits(lambda: len(expert.told(wire.Done)) == 3)
        assert {done.re for done in expert.told(wire.Done)} == {2}
        assert len(expert.told(wire.Said)) == 1


async def test_events_are_numbered_without_a_gap(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert:
        await expert.join(act, "expert")
        for line in range(20):
            await expert.ask(wire.Chat, text=f"ligne {line}")
        await expert.hear(wire.Said, lambda said: said.line.text == "ligne 19")
    assert [envelope.n for envelope in expert.events] == list(range(len(expert.events)))


async def test_a_refusal_changes_nothing_and_the_session_goes_on(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as patient, here.client() as expert:
        await patient.join(act, "patient")
        await expert.join(act, "expert")
        refused = await patient.ask(wire.Admit, seat=act.seats["patient"])
        assert (type(refused), refused.code) == (wire.Refused, "not-allowed")
        assert await act.presence("patient") is Presence.WAITING
        refused = await expert.ask(wire.Admit, seat=act.seats["requester"])
        assert refused.code == "not-waiting"
        assert isinstance(await expert.ask(wire.Chat, text="encore là"), wire.Done)


async def test_an_invited_person_gets_a_link(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert:
        await expert.join(act, "expert")
        invited = await expert.ask(wire.Invite, role="family", name="Fille")
        assert invited.seat in invited.url
        seat = await expert.seat(invited.seat, lambda seat: seat.presence == "invited")
        assert (seat.name, seat.role) == ("Fille", "family")


# -- a second device ---------------------------------------------------------------------------------------------


async def test_a_seat_moves_to_the_second_device_with_the_first_ones_yes(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as phone, here.client() as desk:
        await phone.join(act, "expert")
        assert (await desk.join(act, "expert")).outcome == "takeover_asked"
        assert (await phone.hear(wire.TakeoverAsked)).label == "essai"
        await phone.post(wire.AnswerTakeover(id=2, accept=True))
        answered = await desk.hear(wire.TakeoverAnswered)
        assert answered.accepted
        assert answered.snapshot is not None
        assert (await phone.hear(wire.Left)).reason == "moved"
        assert isinstance(await desk.ask(wire.Chat, text="au bureau"), wire.Done)


async def test_a_second_device_is_turned_away_by_the_first_ones_no(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as phone, here.client() as desk:
        await phone.join(act, "expert")
        await desk.join(act, "expert")
        assert isinstance(await phone.ask(wire.AnswerTakeover, accept=False), wire.Done)
        assert not (await desk.hear(wire.TakeoverAnswered)).accepted
        assert (await desk.hear(wire.Left)).reason == "turned-away"
        assert isinstance(await phone.ask(wire.Chat, text="je reste"), wire.Done)


async def test_silence_of_the_first_device_is_a_yes(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as phone, here.client() as desk:
        await phone.join(act, "expert")
        await desk.join(act, "expert")
        await here.consultation.pass_time(9.9)
        assert not desk.told(wire.TakeoverAnswered)
        await here.consultation.pass_time(0.2)
        assert (await desk.hear(wire.TakeoverAnswered)).accepted
        assert (await phone.hear(wire.Left)).reason == "moved"


async def test_a_second_camera_may_not_speak_for_its_seat(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert, here.client() as camera:
        await expert.join(act, "expert")
        assert (await camera.join(act, "expert", kind="camera")).outcome == "present"
        refused = await camera.ask(wire.Consent, purpose="recording", value="obtained")
        assert refused.code == "not-allowed"
        kinds = [device.kind for device in (await act.of("expert")).devices]
        assert kinds == [DeviceKind.MAIN, DeviceKind.CAMERA]


# -- goodbyes ----------------------------------------------------------------------------------------------------


async def test_who_leaves_is_gone_and_may_come_again(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert:
        await expert.join(act, "expert")
        await expert.post(wire.Leave(id=2))
        assert (await expert.hear(wire.Left)).reason == "left"
        assert expert.told(wire.Done)[0].re == 2
        await waits(lambda: here.sessions.count == 0)
    assert await act.presence("expert") is Presence.INVITED
    async with here.client() as expert:
        assert (await expert.join(act, "expert")).outcome == "present"


async def test_a_removed_person_is_out_within_a_second_and_her_link_is_dead(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert, here.client() as requester:
        await expert.join(act, "expert")
        await requester.join(act, "requester")
        async with asyncio.timeout(patient(1.0)):
            await expert.ask(wire.Remove, seat=act.seats["requester"])
            assert (await requester.hear(wire.Left)).reason == "removed"
            await waits(lambda: not requester.connected)
        heard = len(requester.events)
        await expert.ask(wire.Chat, text="sans elle")
    assert len(requester.events) == heard
    async with here.client() as again:
        await again.post(wire.Join(id=1, version=1, token=here.token(act, "requester")))
        assert (await again.hear(wire.Refused)).code == "invitation-revoked"


async def test_the_end_of_the_act_sends_everybody_home(here: Node) -> None:
    act = await consultation(here)
    async with here.client() as expert, here.client() as patient:
        await expert.join(act, "expert")
        await patient.join(act, "patient")
        await expert.post(wire.EndAct(id=2))
        for person in (expert, patient):
            assert (await person.hear(wire.Left)).reason == "act-ended"
    async with here.client() as late:
        await late.post(wire.Join(id=1, version=1, token=here.token(act, "patient")))
        assert (await late.hear(wire.Refused)).code == "act-ended"


async def test_a_stopping_server_says_goodbye_and_keeps_the_seats() -> None:
    async with node() as here:
        act = await consultation(here)
        client = Client(here.url, here.token)
        await client.connect()
        await client.join(act, "expert")
    assert (await client.hear(wire.Left)).reason == "server-stopping"
    assert await act.presence("expert") is Presence.INTERRUPTED
    await client.disconnect()


async def test_after_a_restart_people_are_back_in_their_seats_at_once() -> None:
    async with node() as before:
        act = await consultation(before)
        async with before.client() as expert, before.client() as patient:
            welcome = await expert.join(act, "expert")
            await patient.join(act, "patient")
            await expert.ask(wire.Admit, seat=act.seats["patient"])
    async with node(after=before.consultation) as here:
        act.consultation = here.consultation
        async with here.client() as expert, here.client() as patient:
            await expert.post(
                wire.Resume(id=2, version=1, session=welcome.session, secret=welcome.secret, last=0, fresh=False)
            )
            assert (await expert.hear(wire.Refused)).code == "not-found"
            assert (await expert.join(act, "expert")).outcome == "present"
            assert (await patient.join(act, "patient")).outcome == "present"
        assert len((await act.of("expert")).devices) <= 1
