"""What a virtual participant asks of a server: the public API, WHIP (RFC 9725) and WHEP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

PATIENCE = aiohttp.ClientTimeout(total=20.0)
SDP = {"content-type": "application/sdp"}


class Refusal(Exception):
    """An answer other than the hoped-for; `status` 0 where none came."""

    def __init__(self, asked: str, status: int, code: str) -> None:
        super().__init__(f"{asked}: {code}")
        self.asked, self.status, self.code = asked, status, code


@dataclass(frozen=True, slots=True)
class Seat:
    act: str
    seat: str
    token: str


class Door:
    """Each verb raises Refusal."""

    def __init__(self, http: aiohttp.ClientSession, token: str) -> None:
        self._http = http
        self._token = token

    async def open_act(self, title: str) -> str:
        body = {"kind": "MTG", "title": title, "start": "now", "direct": False}
        return str((await self._json("open the act", "/api/v1/acts", body))["id"])

    async def seat(self, act: str, name: str) -> Seat:
        made = await self._json("invite", f"/api/v1/acts/{act}/invitations", {"role": "expert", "name": name})
        return Seat(act, str(made["seat"]), str(made["token"]))

    async def publish(self, seat: Seat, sdp: str) -> str:
        return (await self._post("publish", f"/whip/{seat.act}", sdp.encode(), SDP, seat.token)).decode()

    async def view(self, seat: Seat, of: Sequence[Seat], sdp: str) -> str:
        query = "&".join(f"seat={one.seat}" for one in of)
        return (await self._post("view", f"/whep/{seat.act}?{query}", sdp.encode(), SDP, seat.token)).decode()

    async def end(self, act: str) -> None:
        await self._json("end the act", f"/api/v1/acts/{act}/end", {})

    async def _json(self, asked: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        headers = {"content-type": "application/json"}
        given = await self._post(asked, path, msgspec.json.encode(body), headers, self._token)
        try:
            return msgspec.json.decode(given, type=dict[str, Any])
        except msgspec.DecodeError:
            raise Refusal(asked, 200, "not-visite") from None

    async def _post(self, asked: str, path: str, body: bytes, headers: Mapping[str, str], token: str) -> bytes:
        bearer = {**headers, "authorization": f"Bearer {token}"}
        try:
            async with self._http.post(path, data=body, headers=bearer, timeout=PATIENCE) as answer:
                given = await answer.read()
                if answer.status in (200, 201):
                    return given
                raise Refusal(asked, answer.status, _code(given))
        except TimeoutError:
            raise Refusal(asked, 0, "timeout") from None
        except aiohttp.ClientConnectorCertificateError:
            raise Refusal(asked, 0, "certificate-not-trusted") from None
        except aiohttp.ClientError:
            raise Refusal(asked, 0, "unreachable") from None


def _code(body: bytes) -> str:
    """The code of an error as Visite tells it, or that somebody else answered."""
    try:
        return str(msgspec.json.decode(body, type=dict[str, Any])["code"])
    except (msgspec.DecodeError, KeyError):
        return "not-visite"
