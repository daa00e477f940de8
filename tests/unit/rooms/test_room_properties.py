"""What no sequence of commands may break, whoever sends it and also while the store comes and goes."""

import asyncio
from collections.abc import Callable, Coroutine

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.act import ROOM_OPEN
from rooms.errors import NotFound, Refused, StoreDown
from rooms.facts import ConsentRecorded, Fact, RecordingAsked, decode
from rooms.ids import DeviceId, SeatId
from rooms.ledger import STORE_RETRY_S
from rooms.portrait import portrait
from rooms.room import Room
from rooms.sequel import settle
from rooms.views import ActView, ConsentValue, DeviceKind, Kind, Path, Presence, Purpose, RecordingState, Role, Urgency
from tests.support.acts import Act, Consultation

PEOPLE = {
    "expert": Role.EXPERT,
    "requester": Role.REQUESTER,
    "patient": Role.PATIENT,
    "family": Role.FAMILY,
    "cart": Role.SMUR,
}
Command = Callable[[Act], Coroutine[None, None, object]]

names = st.sampled_from(sorted(PEOPLE))
devices = st.sampled_from(["", "second", "third"])
kinds = st.sampled_from(DeviceKind)
words = st.sampled_from([ConsentValue.OBTAINED, ConsentValue.OBTAINED, ConsentValue.REFUSED, ConsentValue.WITHDRAWN])
events = st.sampled_from(["start", "interrupt", "resume", "end", "cancel", "decide", "no_show", "validate", "close"])


def joins(name: str, device: str, kind: DeviceKind) -> Command:
    return lambda act: act.join(name, f"{name}-{device or 1}" if kind is DeviceKind.MAIN else f"{name}-{kind}", kind)


def leaves(name: str, device: str) -> Command:
    return lambda act: act.leave(name, f"{name}-{device or 1}")


def loses(name: str, device: str) -> Command:
    return lambda act: act.interrupt(name, f"{name}-{device or 1}")


def resumes(name: str, device: str) -> Command:
    return lambda act: act.resume(name, f"{name}-{device or 1}")


def sends(name: str, device: str) -> Command:
    return lambda act: act.service.media_up(act.act, DeviceId(f"{name}-{device or 1}"))


def answers(name: str, device: str, yes: bool) -> Command:
    return lambda act: act.service.answer_takeover(act.act, act.seats[name], DeviceId(f"{name}-{device or 1}"), yes)


def says(by: str, of: str, purpose: Purpose, value: ConsentValue) -> Command:
    return lambda act: act.says(by, value, purpose, of)


def shares(name: str, on: bool) -> Command:
    return lambda act: act.service.share(act.act, act.seats[name], DeviceId(f"{name}-1"), "screen", on)


def passes(seconds: float) -> Command:
    return lambda act: act.consultation.pass_time(seconds)


def advances(by: str, event: str, reason: str) -> Command:
    return lambda act: act.service.advance(act.caller(by), act.act, event, reason)


def admits(by: str, whom: str) -> Command:
    return lambda act: act.admit(whom, by)


def turns_away(by: str, whom: str) -> Command:
    return lambda act: act.service.turn_away(act.caller(by), act.act, act.seats[whom])


def removes(by: str, whom: str) -> Command:
    return lambda act: act.service.remove(act.caller(by), act.act, act.seats[whom])


def asks_to_record(by: str) -> Command:
    return lambda act: act.service.ask_recording(act.caller(by), act.act)


def stops_recording(by: str) -> Command:
    return lambda act: act.service.stop_recording(act.caller(by), act.act)


def changes_path(path: Path) -> Command:
    return lambda act: act.service.change_path(act.act, path, "second-person")


def switches_store(down: bool) -> Command:
    async def switch(act: Act) -> None:
        act.consultation.switch_store(down=down)

    return switch


commands = st.one_of(
    st.builds(joins, names, devices, kinds),
    st.builds(joins, names, st.just(""), st.just(DeviceKind.MAIN)),
    st.builds(leaves, names, devices),
    st.builds(loses, names, devices),
    st.builds(resumes, names, devices),
    st.builds(sends, names, devices),
    st.builds(answers, names, devices, st.booleans()),
    st.builds(says, names, names, st.sampled_from(Purpose), words),
    st.builds(lambda name, value: says(name, name, Purpose.RECORDING, value), names, words),
    st.builds(shares, names, st.booleans()),
    st.builds(passes, st.sampled_from([0.5, 10.0, 1000.0])),
    st.builds(advances, names, events, st.sampled_from(["", "because"])),
    st.builds(admits, names, names),
    st.builds(turns_away, names, names),
    st.builds(removes, st.sampled_from(["expert", "family"]), names),
    st.builds(asks_to_record, names),
    st.builds(stops_recording, names),
    st.builds(changes_path, st.sampled_from(Path)),
    st.builds(switches_store, st.booleans()),
)


def check_view(view: ActView) -> None:
    present = [seat for seat in view.seats if seat.presence is Presence.PRESENT]
    if view.recording.state is RecordingState.ON:
        assert view.recording.missing == (), "somebody is recorded who did not agree"
    if view.state not in ROOM_OPEN:
        assert not any(seat.devices for seat in view.seats), "somebody sits in an act that is over"
        assert view.recording.state is RecordingState.OFF
    for seat in view.seats:
        if seat.presence in {Presence.INVITED, Presence.REVOKED}:
            assert not seat.devices
        mains = [device for device in seat.devices if device.kind is DeviceKind.MAIN]
        assert len(mains) <= (2 if seat.moving_to else 1)
        assert len(seat.devices) - len(mains) <= 3
    assert all(any(device.connected for device in seat.devices) for seat in present)


def check_recorded_words(facts: list[Fact], view: ActView) -> None:
    """Whoever can be on a running recording said yes after it was asked for, and nothing else since."""
    if view.recording.state is not RecordingState.ON:
        return
    asked = max(number for number, fact in enumerate(facts) if isinstance(fact, RecordingAsked))
    said: dict[SeatId | None, ConsentValue] = {
        fact.seat: fact.value
        for fact in facts[asked:]
        if isinstance(fact, ConsentRecorded) and fact.purpose is Purpose.RECORDING
    }
    for seat in view.seats:
        if seat.presence in {Presence.PRESENT, Presence.INTERRUPTED}:
            assert said.get(seat.seat) is ConsentValue.OBTAINED


async def run(kind: Kind, urgency: Urgency, recorded: bool, sequence: list[Command]) -> Act:
    consultation = Consultation()
    act = await consultation.open_act(kind, urgency)
    for name, role in PEOPLE.items():
        await act.seat(name, role)
    if recorded:
        await begin_recording(act)
    for command in sequence:
        await give(act, command)
    return act


async def begin_recording(act: Act) -> None:
    """Random commands alone would seldom come this far."""
    for name in ("expert", "requester", "patient"):
        await act.join(name)
    await act.admit("patient")
    await act.record("requester", "patient")


async def give(act: Act, command: Command) -> None:
    consultation = act.consultation
    before, told = consultation.published[-1][2], len(consultation.published)
    try:
        await command(act)
    except (Refused, StoreDown, NotFound):
        assert len(consultation.published) == told, "a refused command was told"
    facts = [fact for of, some, _ in consultation.published if of == act.act for fact in some]
    view = consultation.published[-1][2]
    check_view(view)
    check_recorded_words(facts, view)
    assert view.version == len(facts) >= before.version


async def check_journal(act: Act) -> None:
    """Once the store is back: all that was told is in the journal, and its replay is what was shown."""
    consultation = act.consultation
    consultation.switch_store(down=False)
    await consultation.pass_time(STORE_RETRY_S)
    shown = consultation.published[-1][2]
    asked = any(seat.presence is Presence.ASKED for seat in shown.seats)
    assert not asked or shown.recording.state is RecordingState.ON, "nobody waits for a recording that is over"
    rows = await consultation.journal.rows(act.act)
    texts = {text.text: text.value for text in await consultation.journal.texts(act.act)}
    room = Room.replay(act.act, iter([(decode(row.body), row.at, row.by) for row in rows]))
    assert act.told() == [row.type for row in rows]
    assert portrait(room, texts) == shown
    assert settle(room, consultation.clock.now)[1] == ()
    assert await consultation.spool.waiting() == []
    assert await act.service.verify(act.act) == []


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([Kind.TLC, Kind.MTG]), st.sampled_from(Urgency), st.booleans(), st.lists(commands, max_size=40))
def test_no_sequence_of_commands_breaks_what_must_hold(
    kind: Kind, urgency: Urgency, recorded: bool, sequence: list[Command]
) -> None:
    async def run_and_check() -> None:
        await check_journal(await run(kind, urgency, recorded, sequence))

    asyncio.run(run_and_check())
