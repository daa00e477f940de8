"""Two people from browser to browser, and whatever brings the room to the relay: without a gap, once, and for good."""

import asyncio

from tests.support.clinic import PATIENCE_S, Clinic, Visitor, soon
from tests.support.gstreamer import publisher
from tests.support.picture_code import CAMERA
from tests.support.scale import patient, scaled
from tests.support.server import Act

PICTURE_GAP_MS, SOUND_GAP_MS = patient(500), patient(300)

# Nothing that the far end calls itself is tried, as behind two firewalls. The relay stands in its own description.
FIREWALL = """(() => {
    const all = RTCPeerConnection.prototype;
    const { addIceCandidate, setRemoteDescription } = all;
    all.addIceCandidate = async () => undefined;
    all.setRemoteDescription = function ({ type, sdp }) {
        const heard = sdp.includes("a=ice-lite") ? sdp : sdp.replace(/^a=candidate:.*\\r\\n/gm, "");
        return setRemoteDescription.call(this, { type, sdp: heard });
    };
})();"""


async def two(clinic: Clinic, title: str) -> tuple[Act, Visitor, Visitor]:
    """Anne (1) and Bruno (2), who may talk directly, at their links."""
    act = await clinic.act("MTG", title, direct=True)
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    bruno = await clinic.visitor(act, "requester", 2, "Bruno")
    return act, anne, bruno


async def directly(anne: Visitor, bruno: Visitor) -> None:
    """They are in, and see and hear each other without the relay. From then on gaps are counted."""
    for visitor in (anne, bruno):
        await visitor.enter()
    for visitor, other in ((anne, 2), (bruno, 1)):
        await visitor.at.until_sees(other)
        await visitor.at.until_hears(other)
        await until_path(visitor, "direct")
    for visitor in (anne, bruno):
        await visitor.at.forget()


async def until_path(visitor: Visitor, path: str, within_s: float = PATIENCE_S) -> None:
    async def there() -> bool:
        return await visitor.mark("path").get_attribute("data-path") == path

    await soon(there, f"path {path}", within_s)


async def promoted(*pairs: tuple[Visitor, int]) -> None:
    """Each goes on seeing and hearing the other over the relay, and nobody noticed the change."""
    for visitor, _ in pairs:
        await until_path(visitor, "relay")
    await asyncio.sleep(4)  # the farewell of the direct connection has passed, and a gap that it left would show
    for visitor, other in pairs:
        report = await visitor.at.report()
        assert report.pictures[other, CAMERA].longest_gap_ms < PICTURE_GAP_MS
        assert report.sounds[other].longest_gap_ms < SOUND_GAP_MS


async def paths(clinic: Clinic, act: Act) -> list[tuple[str, str]]:
    """The ways that media took, and why, as the journal tells."""
    changes = [entry for entry in await clinic.server.timeline(act) if entry["type"] == "path-changed"]
    return [(change["data"]["path"], change["data"]["reason"]) for change in changes]


async def test_a_third_person_moves_two_to_the_relay_without_a_gap_and_for_good(clinic: Clinic) -> None:
    act, anne, bruno = await two(clinic, "Third person")
    await directly(anne, bruno)

    carla = await clinic.visitor(act, "attendant", 3, "Carla")
    await carla.enter()
    await promoted((anne, 2), (bruno, 1))
    for visitor, others in ((anne, (2, 3)), (bruno, (1, 3)), (carla, (1, 2))):
        await visitor.at.until_sees(*others)
        await visitor.at.until_hears(*others)

    await carla.mark("leave").click()
    await anne.at.until_sees(2)
    await bruno.at.until_sees(1)
    await until_path(anne, "relay")
    assert await paths(clinic, act) == [("direct", "second-person"), ("relay", "third-person")]
    assert [visitor.at.errors for visitor in clinic.visitors] == [[], [], []]


async def test_a_recording_moves_two_to_the_relay_without_a_gap(clinic: Clinic) -> None:
    act, anne, bruno = await two(clinic, "Recording")
    await directly(anne, bruno)
    await anne.mark("bar-record").click()
    await bruno.mark("recording-agree").click()
    await bruno.mark("recording-sign").wait_for()
    await promoted((anne, 2), (bruno, 1))
    assert await paths(clinic, act) == [("direct", "second-person"), ("relay", "recording")]


async def test_a_camera_by_whip_moves_two_to_the_relay_without_a_gap(clinic: Clinic) -> None:
    act, anne, bruno = await two(clinic, "Companion")
    await directly(anne, bruno)
    async with publisher(f"{clinic.server.url}/whip/{act.id}", anne.invitation.token, person=5) as camera:
        await camera.line('"connected": true')
        await bruno.at.until_sees(1, 5)
        await promoted((anne, 2), (bruno, 1))
    assert await paths(clinic, act) == [("direct", "second-person"), ("relay", "companion")]


async def test_two_who_cannot_reach_each_other_talk_over_the_relay_after_five_seconds(clinic: Clinic) -> None:
    act, anne, bruno = await two(clinic, "Firewalls")
    for visitor in (anne, bruno):
        await visitor.page.context.add_init_script(script=FIREWALL)
        await visitor.enter()
    await until_path(bruno, "direct")
    await until_path(bruno, "relay", within_s=patient(6))
    for visitor, other in ((anne, 2), (bruno, 1)):
        await visitor.at.until_sees(other, within_s=patient(3))
        await visitor.at.until_hears(other, within_s=patient(3))
    assert await paths(clinic, act) == [("direct", "second-person"), ("relay", "direct-failed")]


async def test_a_reload_in_a_direct_call_ends_in_a_new_direct_call_of_the_same_two(clinic: Clinic) -> None:
    act, anne, bruno = await two(clinic, "Reload")
    await directly(anne, bruno)
    await bruno.page.reload()
    await bruno.mark("call").wait_for()
    for visitor, other in ((anne, 2), (bruno, 1)):
        await visitor.at.until_sees(other)
        await visitor.at.until_hears(other)
        await until_path(visitor, "direct")
        assert await visitor.seats() == sorted([anne.seat, bruno.seat])
    assert "relay" not in [path for path, _ in await paths(clinic, act)]


async def test_a_direct_line_that_breaks_is_replaced_by_the_relay(clinic: Clinic) -> None:
    act, anne, bruno = await two(clinic, "Broken line")
    await directly(anne, bruno)
    await bruno.at.hang_up()
    await until_path(anne, "relay", within_s=scaled(20, 9))  # a browser alone would take ten, on a quiet machine
    await anne.at.until_sees(2)
    await bruno.at.until_sees(1)
    assert await paths(clinic, act) == [("direct", "second-person"), ("relay", "direct-failed")]
