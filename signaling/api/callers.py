"""Who is asking: the bearer of an invitation or an API token, or a professional with a cookie."""

from aiohttp import web

from rooms.ids import ActId, SeatId
from rooms.roles import AdminCaller, Caller, PersonCaller, SeatCaller
from rooms.views import Role
from signaling.api.services import Services
from signaling.errors import Refused
from signaling.links import Address
from signaling.tokens import ApiToken, Invitation

SAFE = ("GET", "HEAD")


def cookie_name(address: Address) -> str:
    """`__Host-` makes the browser itself insist on Secure, on the whole host and on no domain (RFC 6265bis §4.1.3)."""
    return "__Host-visite" if address.secure else "visite"


async def identify(request: web.Request, services: Services) -> Caller:
    """Raises Refused: 401 when nobody can be made out, or an invitation is dead."""
    if "Authorization" in request.headers:
        return await _bearer(bearer_of(request), services)
    cookie = request.cookies.get(cookie_name(services.links.address))
    if cookie is None:
        raise Refused("sign-in-required")
    person = await services.directory.professional(await services.login.person_of(cookie))
    if person is None:
        raise Refused("sign-in-required")
    return PersonCaller(person.person, person.establishment)


def check_origin(request: web.Request, address: Address) -> None:
    """Refuses what another site's page made the browser send.

    A bearer token is never sent by a browser of its own accord, a cookie is: without a token, whatever has an effect
    must come from our own page, which says so in a header that no form can set. Raises Refused("foreign-origin").
    """
    origin = request.headers.get("Origin")
    if origin is not None and origin not in address.origins:
        raise Refused("foreign-origin", "this server is reached by another address: see signaling.public_url")
    if request.method in SAFE or "Authorization" in request.headers:
        return
    if origin is None or request.headers.get("X-Visite") != "1":
        raise Refused("foreign-origin", "Origin and X-Visite are needed")


def bearer_of(request: web.Request) -> str:
    """The bearer token of a request. Raises Refused("token-invalid") for any other scheme."""
    scheme, _, token = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "bearer":
        raise Refused("token-invalid")
    return token.strip()


async def _bearer(token: str, services: Services) -> Caller:
    match services.tokens.read_any(token, ApiToken, Invitation):
        case ApiToken(role=Role.ADMIN.value, subject=subject):
            return AdminCaller(subject)
        case Invitation(act=act, seat=seat, serial=serial):
            await services.rooms.check_invitation(ActId(act), SeatId(seat), serial)
            return SeatCaller(ActId(act), SeatId(seat))
    raise Refused("token-invalid")
