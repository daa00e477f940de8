import base64
import hashlib
import hmac
from pathlib import Path

import pytest

from rooms.ids import SeatId
from rooms.views import Kind, Role
from signaling import messages as wire
from signaling import sessions
from signaling.app import turn_of
from signaling.config import parse
from signaling.keys import BadKey
from signaling.turn import LIFETIME_S, RENEW_S, Turn
from tests.support.node import node

SECRET = b"a secret of thirty-two letters 32"
SEAT = SeatId("seat-7")
TURN = Turn(("turn:turn.example:3478",), SECRET, lambda: 1_000.5)
SETTINGS = '[turn]\nurls = ["turn:turn.example"]\nsecret = "turn.key"'


def test_the_name_says_when_it_ends_and_the_password_is_its_hmac() -> None:
    (server,) = TURN.servers(SEAT)
    assert server.urls == ("turn:turn.example:3478",)
    assert server.username == "1600:seat-7"
    assert base64.b64decode(server.credential) == hmac.digest(SECRET, b"1600:seat-7", hashlib.sha1)


def test_no_credential_outlives_its_call_by_more_than_ten_minutes_or_ends_in_it() -> None:
    assert LIFETIME_S <= 600
    assert RENEW_S <= LIFETIME_S / 2


def test_without_addresses_nobody_gets_anything() -> None:
    assert Turn().servers(SEAT) == ()
    assert turn_of(parse("", Path())) == Turn()


def test_the_secret_is_read_from_its_file(tmp_path: Path) -> None:
    key = tmp_path / "turn.key"
    key.write_bytes(SECRET + b"\n")
    key.chmod(0o600)
    assert turn_of(parse(SETTINGS, tmp_path)).secret == SECRET


@pytest.mark.parametrize(("content", "mode"), [(SECRET, 0o644), (b"short", 0o600), (None, 0o600)])
def test_a_secret_that_is_open_short_or_absent_stops_the_start(
    tmp_path: Path, content: bytes | None, mode: int
) -> None:
    key = tmp_path / "turn.key"
    if content is not None:
        key.write_bytes(content)
        key.chmod(mode)
    with pytest.raises(BadKey, match=r"^turn\.key: "):
        turn_of(parse(SETTINGS, tmp_path))
    assert key.exists() == (content is not None), "a secret that two servers share is not made up by one of them"


async def test_who_waits_gets_no_credential_and_has_one_before_she_is_admitted() -> None:
    async with node(turn=TURN) as here:
        act = await here.consultation.open_act(Kind.TLC)
        for name, role in (("expert", Role.EXPERT), ("patient", Role.PATIENT)):
            await act.seat(name, role)
        async with here.client() as expert, here.client() as patient:
            assert (await expert.join(act, "expert")).ice_servers == TURN.servers(act.seats["expert"])
            assert (await patient.join(act, "patient")).ice_servers == ()
            assert not patient.told(wire.IceServers)
            await expert.ask(wire.Admit, seat=act.seats["patient"])
            await patient.hear(wire.Admitted)
            told = [type(envelope.event) for envelope in patient.events]
            assert told.index(wire.IceServers) < told.index(wire.Admitted)
            assert [event.servers for event in patient.told(wire.IceServers)] == [TURN.servers(act.seats["patient"])]


async def test_credentials_are_renewed_while_the_call_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "RENEW_S", 0.05)
    times = iter(range(1_000))
    async with node(turn=Turn(TURN.urls, SECRET, lambda: next(times))) as here:
        act = await here.consultation.open_act(Kind.TLC)
        await act.seat("expert", Role.EXPERT)
        async with here.client() as expert:
            first = (await expert.join(act, "expert")).ice_servers
            renewed = await expert.hear(wire.IceServers)
            assert renewed.servers[0].username != first[0].username
