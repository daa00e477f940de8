"""Cameras and screens that are no browsers stand beside a person of the act: WHIP and WHEP through the whole server."""

from tests.support.clinic import Clinic, Visitor, soon
from tests.support.gstreamer import publisher, viewer
from tests.support.scale import patient
from tests.support.server import Act
from tests.support.tones import tone_of


def whip(clinic: Clinic, act: Act) -> str:
    return f"{clinic.server.url}/whip/{act.id}"


async def with_patient(clinic: Clinic) -> tuple[Act, Visitor, Visitor]:
    """Anne (1), an expert, in the call, and Paul (2), the patient, in the waiting room."""
    act = await clinic.act("TLC", "Cart")
    anne = await clinic.visitor(act, "expert", 1, "Anne")
    paul = await clinic.visitor(act, "patient", 2, "Paul")
    await anne.enter()
    await paul.enter(room="waiting")
    return act, anne, paul


async def test_nobody_publishes_or_views_for_a_seat_that_is_not_admitted(clinic: Clinic) -> None:
    act, anne, paul = await with_patient(clinic)
    async with publisher(whip(clinic, act), paul.invitation.token, person=5) as camera:
        assert "not-admitted" in (await camera.line('"refused": 409.*')).group()
    whep = f"{clinic.server.url}/whep/{act.id}?seat={anne.seat}"
    async with viewer(whep, paul.invitation.token) as screen:
        assert "not-admitted" in (await screen.line('"refused": 409.*')).group()
    await anne.at.until_sees()


async def test_a_camera_by_whip_is_a_device_of_its_person_and_ends_by_delete(clinic: Clinic) -> None:
    act, anne, paul = await with_patient(clinic)
    await anne.admit(paul)
    await anne.at.until_sees(2)
    async with publisher(whip(clinic, act), paul.invitation.token, person=5) as camera:
        await camera.line('"connected": true')
        await anne.at.until_sees(2, 5)
        await anne.at.until_hears(2, 5)
        await paul.at.until_sees(1, 5)  # his own cart's picture, but not its sound beside his own voice
        await paul.at.until_hears(1)
        assert await anne.page.get_by_test_id("person").count() == 2
        assert await anne.seats() == sorted([anne.seat, paul.seat, paul.seat])
    await anne.at.until_sees(2, within_s=patient(5))
    told = [(one["type"], one["data"].get("kind")) for one in await clinic.server.timeline(act)]
    assert [one for one in told if one[0].startswith("device-")][2:] == [
        ("device-joined", "whip"),
        ("device-left", None),
    ]


async def test_a_screen_by_whep_shows_two_seats_and_fills_when_they_begin_to_send(clinic: Clinic) -> None:
    act, anne, paul = await with_patient(clinic)
    url = f"{clinic.server.url}/whep/{act.id}?seat={anne.seat}&seat={paul.seat}"
    async with viewer(url, anne.invitation.token, seats=2) as screen:
        await screen.line('"section": 1, "person": 1, "source": 0')
        await screen.line(f'"section": 0, "hz": {tone_of(1)}')
        assert '"section": 3' not in screen.said()
        await anne.admit(paul)
        await screen.line('"section": 3, "person": 2, "source": 0')
        await screen.line(f'"section": 2, "hz": {tone_of(2)}')

    async def left() -> bool:
        return "device-left" in [one["type"] for one in await clinic.server.timeline(act)]

    await soon(left, "the screen's DELETE ends its session", within_s=patient(5))
