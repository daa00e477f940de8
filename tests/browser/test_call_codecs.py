"""Pictures in VP9, where the settings wish for it and everybody decodes it: all sizes of a camera in one stream."""

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support import scale
from tests.support.browser import Chromium
from tests.support.clinic import Clinic, Visitor, soon
from tests.support.firefox import Firefox
from tests.support.people import Setup
from tests.support.recorded import pictures
from tests.support.scale import patient
from tests.support.server import Server, visite
from tests.support.wide_picture import CHANGE_S, FULL, HALF, enlarge, three

GAP_MS = 1_000 * patient(1.0)
MODES = """person.connections().flatMap(pc => pc.getSenders()).filter(({ track }) => track?.kind === "video")
    .flatMap(sender => sender.getParameters().encodings).map(({ scalabilityMode }) => scalabilityMode)"""
RECEIVED = """async video => {
    const [{ id }] = video.srcObject.getVideoTracks();
    const reports = await Promise.all(person.connections().map(pc => pc.getStats()));
    const all = new Map(reports.flatMap(report => [...report]));
    const own = [...all.values()].find(({ type, trackIdentifier }) => type === "inbound-rtp" && trackIdentifier === id);
    if (!own) return {};
    const { frameWidth: width, bytesReceived: octets, timestamp: time } = own;
    return { codec: all.get(own.codecId)?.mimeType, width, octets, time };
}"""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def vp9_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with visite(tmp_path_factory.mktemp("vp9"), {"media": {"video_codecs": ["vp9"]}}) as server:
        yield server


@pytest.fixture
def clinic(vp9_server: Server, browser: Chromium) -> Clinic:
    return Clinic(vp9_server, browser)


async def received(viewer: Visitor, shown: Visitor) -> dict[str, Any]:
    """Codec, width and bytes of what a viewer gets of somebody."""
    return dict(await viewer.of(shown, "picture").evaluate(RECEIVED))


async def rate_bps(viewer: Visitor, shown: Visitor) -> float:
    before = await received(viewer, shown)

    async def later() -> bool:
        return bool((await received(viewer, shown))["time"] - before["time"] > 2_000)

    await soon(later, "two seconds pass")
    now = await received(viewer, shown)
    return float(8_000 * (now["octets"] - before["octets"]) / (now["time"] - before["time"]))


async def until_wide(viewer: Visitor, shown: Visitor, least: int, most: int) -> None:
    async def fits() -> bool:
        return least <= int((await received(viewer, shown)).get("width") or 0) <= most

    await soon(fits, f"{least} to {most} pixels", CHANGE_S)


async def modes(visitor: Visitor) -> list[str]:
    return list(await visitor.page.evaluate(MODES))


async def test_everybody_gets_of_one_stream_what_she_shows(clinic: Clinic) -> None:
    _, anne, bruno, carla = await three(clinic, specks=80)
    await anne.enter()
    await bruno.enter()
    await bruno.at.until_sees(1)
    await until_wide(bruno, anne, FULL, FULL)

    async def sends(mode: str) -> bool:
        return mode in await modes(anne)

    await soon(lambda: sends("L1T3"), "for one viewer one size alone", CHANGE_S)
    await carla.enter()
    await carla.at.until_sees(1, 2)
    assert (await received(carla, anne))["codec"] == "video/VP9"
    await until_wide(carla, anne, FULL, FULL)
    await enlarge(carla, bruno)
    await until_wide(carla, anne, 16, HALF)
    await until_wide(bruno, anne, FULL, FULL)
    await soon(lambda: sends("L3T3_KEY"), "all sizes where two are wanted", CHANGE_S)
    small, large = await rate_bps(carla, anne), await rate_bps(bruno, anne)
    assert small < large / 2
    await carla.at.forget()
    await enlarge(carla, anne)
    await until_wide(carla, anne, FULL, FULL)
    flow = (await carla.at.report()).pictures[1, 0]
    assert flow.longest_gap_ms < GAP_MS
    await carla.until_drawn(carla.of(anne, "picture"), "person", anne.at.number)


@pytest.mark.skipif(not scale.FULL, reason="VISITE_FULL=1: two browsers and a large picture")
async def test_firefox_sees_and_is_seen_in_a_call_in_vp9(clinic: Clinic, fox: Firefox) -> None:
    act = await clinic.act("MTG", direct=False)
    anne = await clinic.visitor(act, "expert", 1, "Anne", width=FULL, height=540, fps=8)
    bruno = await clinic.visitor(act, "requester", 2, "Bruno", fps=4)
    link = await clinic.server.invite(act, "requester", "Chloé")
    await anne.enter()
    await bruno.enter()
    await bruno.at.until_sees(1)
    chloe = await fox.person(Setup(3, "Chloé", width=640, height=360, fps=8))
    await chloe.goto(link.url)
    await chloe.click("Rejoindre")
    await chloe.until_sees(1, 2)
    await anne.at.until_sees(2, 3)
    await bruno.at.until_sees(1, 3)


async def test_who_decodes_no_vp9_turns_the_call_to_vp8(clinic: Clinic) -> None:
    act = await clinic.act("MTG", direct=False)
    anne, bruno, carla = [
        await clinic.visitor(act, "expert", number, name, fps=8)
        for number, name in ((1, "Anne"), (2, "Bruno"), (3, "Carla"))
    ]
    await carla.page.add_init_script("""
        const all = RTCRtpReceiver.getCapabilities.bind(RTCRtpReceiver);
        RTCRtpReceiver.getCapabilities = kind => {
            const capabilities = all(kind);
            return { ...capabilities, codecs: capabilities.codecs.filter(({ mimeType }) => mimeType !== "video/VP9") };
        };
    """)
    await anne.enter()
    await bruno.enter()
    await bruno.at.until_sees(1)
    assert (await received(bruno, anne))["codec"] == "video/VP9"
    await bruno.at.forget()
    await carla.enter()
    await carla.at.until_sees(1, 2)
    await bruno.at.until_sees(1, 3)
    await anne.at.until_sees(2, 3)
    assert (await received(carla, anne))["codec"] == "video/VP8"
    assert (await received(bruno, anne))["codec"] == "video/VP8"


@pytest.mark.skipif(not scale.FULL, reason="VISITE_FULL=1: a call of three for some seconds")
async def test_a_recording_of_it_plays(clinic: Clinic) -> None:
    act, anne, bruno, carla = await three(clinic)
    for visitor in (anne, bruno, carla):
        await visitor.enter()
    await bruno.at.until_sees(1, 3)
    await enlarge(carla, bruno)
    await until_wide(carla, anne, 16, HALF)
    await anne.mark("bar-record").click()
    for visitor in (bruno, carla):
        await visitor.mark("recording-agree").click()
    await anne.mark("recording-sign").wait_for()
    await anne.at.forget()
    await bruno.at.forget()

    async def shown_a_while() -> bool:
        flow = (await bruno.at.report()).pictures.get((1, 0))
        return flow is not None and flow.count > 40

    await soon(shown_a_while, "something to be recorded")
    await carla.panel("act")
    await carla.mark("withdraw").click()
    token = anne.invitation.token

    async def finished() -> bool:
        listed = await clinic.server.request("GET", f"/api/v1/acts/{act.id}/recordings", token=token)
        return [one["state"] for one in listed["recordings"]] == ["finished"]

    await soon(finished, "the recording is finished", CHANGE_S)
    listed = await clinic.server.request("GET", f"/api/v1/acts/{act.id}/recordings", token=token)
    folder = f"/api/v1/acts/{act.id}/recordings/{listed['recordings'][0]['recording']}"
    manifest = await clinic.server.request("GET", folder, token=token)
    video = next(t for t in manifest["tracks"] if (t["seat"], t["source"]) == (anne.seat, "camera"))
    async with clinic.server.http.get(video["url"], headers={"Authorization": f"Bearer {token}"}) as answer:
        file = await answer.read()
    seen = pictures(io.BytesIO(file))
    codes = [one.code for one in seen if one.code is not None]
    assert len(codes) > 0.9 * len(seen) > 30
    assert {code.person for code in codes} == {1}
