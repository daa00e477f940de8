"""The lobby and the way out: who waits knows nothing of the room, who is removed is out of it within a second."""

import asyncio

import pytest

from tests.support.clinic import Clinic, Visitor, soon
from tests.support.scale import patient

OUT_S = patient(1.0)  # S4
STUBBORN = """(() => {
    window.peers = [];
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...words) { super(...words); window.peers.push(this); }
        close() {}
    };
    MediaStreamTrack.prototype.stop = function () {};
})()"""  # a client that lets go of nothing by itself
RECEIVED = """async () => {
    const all = await Promise.all(window.peers.map(peer => peer.getStats()));
    const arriving = all.flatMap(stats => [...stats.values()]).filter(({type}) => type === "inbound-rtp");
    return arriving.reduce((sum, {packetsReceived}) => sum + packetsReceived, 0);
}"""


async def until_gone(visitor: Visitor, reason: str) -> float:
    async def is_out() -> bool:
        return await visitor.page.locator(f'[data-testid="ended"][data-reason="{reason}"]').count() > 0

    return await soon(is_out, f"{visitor.invitation.seat} is out: {reason}")


async def nothing_comes(visitor: Visitor) -> bool:
    received = await visitor.page.evaluate(RECEIVED)
    assert received > 0
    await asyncio.sleep(0.3)  # fifteen packets of sound, if anything still came
    return bool(await visitor.page.evaluate(RECEIVED) == received)


async def test_a_patient_waits_knowing_nothing_of_the_room_and_is_admitted(clinic: Clinic) -> None:
    act = await clinic.act("TLC", "Wound", direct=False)
    anne = await clinic.visitor(act, "expert", 1, "Anne Martin")
    bruno = await clinic.visitor(act, "requester", 2, "Bruno Petit")
    paula = await clinic.visitor(act, "patient", 3, "Paula")
    await asyncio.gather(anne.enter(), bruno.enter())
    await paula.enter(room="waiting")
    await anne.at.until_sees(2)
    await anne.say("Is she here already?")
    await anne.panel("people")
    await anne.of(paula, "person").get_by_test_id("admit").wait_for()
    report = await paula.at.report()
    assert report.pictures == {}
    assert report.sounds == {}
    known = " ".join(paula.traffic.told)
    assert paula.seat in known
    for secret in ("Bruno", "Martin", anne.seat, bruno.seat, "already"):
        assert secret not in known
    await anne.at.until_sees(2)

    await paula.page.reload()  # people who wait for long do so; it is still she, and she still waits
    await paula.mark("waiting").wait_for()
    assert await anne.presence(paula) == "waiting"
    assert await anne.of(paula, "person").count() == 1
    await anne.admit(paula)
    await paula.mark("call").wait_for()
    await asyncio.gather(anne.at.until_sees(2, 3), bruno.at.until_sees(1, 3), paula.at.until_sees(1, 2))
    await asyncio.gather(anne.at.until_hears(2, 3), bruno.at.until_hears(1, 3), paula.at.until_hears(1, 2))


async def test_whoever_is_turned_away_never_was_in_the_room(clinic: Clinic) -> None:
    act = await clinic.act("TLC", direct=False)
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    paula = await clinic.visitor(act, "patient", 3, "Paula")
    await anne.enter()
    await paula.enter(room="waiting")
    await anne.panel("people")
    await anne.of(paula, "person").get_by_test_id("turn-away").click()
    await until_gone(paula, "turned-away")
    assert (await paula.at.report()).pictures == {}


@pytest.mark.parametrize("by", ["moderator", "administrator"])
async def test_a_revoked_person_is_out_within_a_second(clinic: Clinic, by: str) -> None:
    act = await clinic.act("MTG", direct=False)
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    bruno = await clinic.visitor(act, "attendant", 2, "Bruno")
    await bruno.page.add_init_script(STUBBORN)
    await asyncio.gather(anne.enter(), bruno.enter())
    await asyncio.gather(anne.at.until_sees(2), bruno.at.until_sees(1))
    await asyncio.gather(anne.at.until_hears(2), bruno.at.until_hears(1))
    if by == "moderator":
        await anne.remove(bruno)
    else:
        await clinic.server.revoke(act, bruno.invitation)
    assert await until_gone(bruno, "removed") < OUT_S
    await asyncio.gather(anne.at.until_sees(within_s=OUT_S + 0.7), anne.at.until_hears(within_s=OUT_S + 0.7))
    assert await anne.seats() == [anne.seat]
    await anne.say("Bruno is gone")
    await anne.until_reads("Bruno is gone")
    await soon(lambda: nothing_comes(bruno), "no packet reaches him")
    assert "left" in bruno.traffic.events()[-1], "nothing more is told"

    await bruno.page.goto("about:blank")
    await bruno.page.goto(bruno.invitation.url)
    await bruno.mark("join-problem").wait_for()
