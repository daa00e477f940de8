"""A line that loses: sound that is sent twice over it, a mark at the picture, a word in the timeline."""

from tests.support.clinic import Clinic, soon
from tests.support.link import Weather
from tests.support.netrelay import CLEAR, UdpRelay
from tests.support.scale import FULL, patient

OPUS, RED = 111, 63
ENOUGH = 100  # packets of sound, or two seconds
HEARD = 0.9  # share of the time, with 15 % lost
LONGEST_GAP_MS = 200  # between two signs of a tone that is there


async def test_sound_on_a_line_that_loses_is_sent_twice_and_the_line_is_marked(clinic: Clinic) -> None:
    act = await clinic.act("MTG", "Loss", direct=False)
    port = clinic.server.media_port
    with UdpRelay(("127.0.0.1", port)) as line:
        anne = await clinic.visitor(act, "expert", 1, "Anne", detours={port: line.port})
        bruno = await clinic.visitor(act, "requester", 2, "Bruno")
        mark = bruno.of(anne, "tile").get_by_test_id("line")

        async def until_graded(grade: str) -> None:
            async def graded() -> bool:
                return await mark.get_attribute("data-grade") == grade

            await soon(graded, f"her line is marked {grade}", patient(20.0))

        async def until_sent(payload_type: int) -> None:
            line.payload_types.clear()

            async def sent() -> bool:
                return line.payload_types[payload_type] >= ENOUGH

            await soon(sent, f"her sound comes under payload type {payload_type}", patient(40.0))

        await anne.enter()
        await bruno.enter()
        await bruno.at.until_hears(1)
        await until_graded("good")
        assert line.payload_types[OPUS]
        assert not line.payload_types[RED]
        line.up.weather = Weather(delay_s=0.0, loss=0.15)
        await bruno.at.forget()
        await until_sent(RED)
        await until_graded("poor")
        sound = (await bruno.at.report()).sounds[1]
        assert sound.heard_share > HEARD, sound
        await mark.click()
        assert "Mauvaise liaison" in await mark.inner_text()
        if FULL:  # for it takes twenty seconds to believe in a line again
            line.up.weather = CLEAR
            await bruno.at.until_hears(1)
            await bruno.at.forget()
            await until_sent(OPUS)
            sound = (await bruno.at.report()).sounds[1]
            assert sound.longest_gap_ms < patient(LONGEST_GAP_MS), "the change is not heard"
            await until_graded("good")

    async def judged() -> bool:
        told = [entry["data"] for entry in await clinic.server.timeline(act) if entry["type"] == "line-judged"]
        return [(one["seat"], one["grade"]) for one in told] == [(anne.seat, "poor")]

    await soon(judged, "the timeline says that her line is poor, and only hers", patient(10.0))
    assert anne.at.errors == bruno.at.errors == []
