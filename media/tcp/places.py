"""Who may hold a line: bounds for one address and for all, and for those who have not proved themselves yet."""

import ipaddress
from dataclasses import dataclass, field

MAX_LINES = 400  # of one worker; each needs two of the 1,024 descriptors that a process commonly has
MAX_FROM_ONE_ADDRESS = 128  # a clinic behind one address: sixty people, two lines each
MAX_STRANGERS_FROM_ONE_ADDRESS = 16
MAX_STRANGERS = 64  # strangers at a time; the one who has been there longest makes room
PROVE_S = 5.0  # s in which a stranger must show credentials that the relay believes; browsers take 0.1
QUIET_S = 60.0  # s without a packet after which a line is given up: twice what a peer may be silent


@dataclass(slots=True, eq=False)
class Place:
    """One line's. Times are seconds on the caller's monotonic clock."""

    site: str
    since: float
    last: float  # when its client was last heard
    proved: bool = False  # the relay has answered it, which it does for those alone who know a password


@dataclass(slots=True)
class Places:
    _places: dict[Place, None] = field(default_factory=dict)  # in the order in which they were taken

    def __len__(self) -> int:
        return len(self._places)

    def take(self, host: str, now: float) -> Place | None:
        """A place for a line from `host`, or None if there is none."""
        site = site_of(host)
        neighbours = [place for place in self._places if place.site == site]
        strangers = sum(not place.proved for place in neighbours)
        if (
            len(self._places) >= MAX_LINES
            or len(neighbours) >= MAX_FROM_ONE_ADDRESS
            or strangers >= MAX_STRANGERS_FROM_ONE_ADDRESS
        ):
            return None
        place = Place(site, now, now)
        self._places[place] = None
        return place

    def leave(self, place: Place) -> None:
        self._places.pop(place, None)

    def overdue(self, now: float) -> list[Place]:
        """The places that have to be left now."""
        strangers = [place for place in self._places if not place.proved]
        crowd = strangers[: max(0, len(strangers) - MAX_STRANGERS)]
        late = [place for place in strangers[len(crowd) :] if now - place.since >= PROVE_S]
        return crowd + late + [place for place in self._places if place.proved and now - place.last >= QUIET_S]


def site_of(host: str) -> str:
    """Whatever one customer of a network has: an IPv4 address, or the 2⁶⁴ addresses of an IPv6 network."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if address.version == 4 or address.ipv4_mapped:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False))
