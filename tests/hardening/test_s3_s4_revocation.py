"""S3, S4: an invitation used twice, after revocation, after the end; somebody removed in the middle of a call."""

import time

import pytest

from rooms.views import DeviceKind, Kind, Presence, Role
from signaling import messages as wire
from signaling.errors import Refused
from tests.support.acts import ADMIN, Act
from tests.support.node import Node, node
from tests.support.scale import patient


async def pair(here: Node) -> Act:
    act = await here.consultation.open_act(Kind.MTG)
    await act.seat("anne", Role.EXPERT)
    await act.seat("bruno", Role.REQUESTER)
    return act


async def test_an_invitation_used_twice_makes_one_session_and_a_question() -> None:
    async with node() as here:
        act = await pair(here)
        async with here.client() as first, here.client() as second, here.client() as third:
            assert (await first.join(act, "anne")).outcome == "present"
            assert (await second.join(act, "anne")).outcome == "takeover_asked"
            await third.post(wire.Join(id=1, version=1, token=here.token(act, "anne")))
            assert (await third.hear(wire.Refused)).code == "takeover-pending"
            mains = [d for d in (await act.of("anne")).devices if d.kind is DeviceKind.MAIN]
            assert len(mains) == 1


async def test_an_older_invitation_is_dead_once_a_new_one_was_issued() -> None:
    async with node() as here:
        act = await pair(here)
        await act.service.reissue(ADMIN, act.act, act.seats["anne"])
        async with here.client() as anne:
            await anne.post(wire.Join(id=1, version=1, token=here.token(act, "anne")))
            assert (await anne.hear(wire.Refused)).code == "invitation-revoked"


async def test_who_is_revoked_by_the_api_hears_nothing_more_within_a_second() -> None:
    async with node() as here:
        act = await pair(here)
        async with here.client() as anne, here.client() as bruno:
            await anne.join(act, "anne")
            welcome = await bruno.join(act, "bruno")
            revoked = time.monotonic()
            await act.service.revoke(ADMIN, act.act, act.seats["bruno"])
            assert (await bruno.hear(wire.Left)).reason == "removed"
            assert time.monotonic() - revoked < patient(1.0)
            heard = len(bruno.events)
            await anne.ask(wire.Chat, text="sans lui")
            assert len(bruno.events) == heard
        async with here.client() as again:
            await again.post(
                wire.Resume(id=2, version=1, session=welcome.session, secret=welcome.secret, last=0, fresh=False)
            )
            assert (await again.hear(wire.Refused)).code == "not-found"
        assert await act.presence("bruno") is Presence.REVOKED


async def test_who_is_turned_away_is_out_but_may_ask_again() -> None:
    async with node() as here:
        act = await pair(here)
        await act.seat("patient", Role.PATIENT)
        async with here.client() as anne, here.client() as patient:
            await anne.join(act, "anne")
            await patient.join(act, "patient")
            await anne.ask(wire.TurnAway, seat=act.seats["patient"])
            assert (await patient.hear(wire.Left)).reason == "turned-away"
        async with here.client() as patient:
            assert (await patient.join(act, "patient")).outcome == "waiting"


async def test_nobody_in_the_lobby_can_be_made_a_camera() -> None:
    async with node() as here:
        act = await pair(here)
        await act.seat("patient", Role.PATIENT)
        async with here.client() as patient, here.client() as camera:
            await patient.join(act, "patient")
            await camera.post(wire.Join(id=1, version=1, token=here.token(act, "patient"), kind="camera"))
            assert (await camera.hear(wire.Refused)).code == "not-admitted"


async def test_a_whip_camera_of_somebody_who_waits_is_refused() -> None:
    async with node() as here:
        act = await pair(here)
        await act.seat("patient", Role.PATIENT)
        async with here.client() as patient:
            await patient.join(act, "patient")
            device = (await act.of("patient")).devices[0].device
            with pytest.raises(Refused, match="not-admitted"):
                await here.bridge.whip(act.act, act.seats["patient"], device, "v=0\r\nm=audio 9 X 0\r\n")
