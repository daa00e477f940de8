"""Which role a caller has in an act: by her seat, else by the side on which her establishment stands."""

from rooms.errors import Refused
from rooms.facts import ActCreated
from rooms.ids import EstablishmentId
from rooms.ports import Professional
from rooms.roles import AdminCaller, Caller, PersonCaller, SeatCaller, SystemCaller, Verb, may
from rooms.room import Room
from rooms.views import Presence, Role


def role_in(room: Room, caller: Caller, professional: Professional | None) -> Role:
    """Raises `Refused` "not-in-act", "invitation-revoked". `professional`: the directory's word on a `PersonCaller`."""
    match caller:
        case SystemCaller():
            return Role.SYSTEM
        case AdminCaller():
            return Role.ADMIN
        case SeatCaller(act=act, seat=seat):
            known = room.seats.get(seat) if act == room.act else None
            if known is None:
                raise Refused("not-in-act")
            if known.presence is Presence.REVOKED:
                raise Refused("invitation-revoked")
            return known.role
        case PersonCaller(person=person, establishment=establishment):
            sitting = room.seat_of(person)
            if sitting is not None:
                return sitting.role
            if professional is not None:
                return role_beside(room.plan, professional.establishment, professional.role)
            return role_beside(room.plan, establishment, None)


def role_beside(plan: ActCreated, establishment: EstablishmentId, fixed: Role | None) -> Role:
    """The role of a professional without a seat. Raises `Refused` "not-in-act" when her house has no part in it."""
    if establishment not in {plan.requesting, plan.expert}:
        raise Refused("not-in-act")
    if fixed is not None:
        return fixed
    return Role.REQUESTER if establishment == plan.requesting else Role.EXPERT


def role_outside(caller: Caller, professional: Professional | None) -> Role:
    """The role of a caller where no act is in question, as in planning one. Raises `Refused` "not-allowed"."""
    match caller:
        case SystemCaller():
            return Role.SYSTEM
        case AdminCaller():
            return Role.ADMIN
        case PersonCaller():
            return professional.role if professional is not None and professional.role else Role.REQUESTER
        case SeatCaller():
            raise Refused("not-allowed")


def require(role: Role, verb: Verb) -> None:
    """Raises `Refused` "not-allowed"."""
    if not may(role, verb):
        raise Refused("not-allowed", verb)
