"""F1: the media worker is killed in a call of four, and nobody has to click."""

from tests.support.clinic import Clinic
from tests.support.outage import call, outage_s

WITHIN_S = 60.0  # tests/load/lost_worker.py measures; here a busy machine may take its time


async def test_a_call_of_four_goes_on_when_its_worker_is_killed(clinic: Clinic) -> None:
    act, visitors = await call(clinic, 4)
    await outage_s(clinic.server, visitors, WITHIN_S)
    incidents = [entry for entry in await clinic.server.timeline(act) if entry["type"] == "incident-noted"]
    assert [entry["data"]["incident"] for entry in incidents] == ["relay-lost"]
    assert [await visitor.presence(visitors[0]) for visitor in visitors] == ["present"] * 4
    assert [visitor.at.errors for visitor in visitors] == [[]] * 4
