"""Credentials for a TURN server that shares a secret with us: the time they end is their name, an HMAC their password.

Source: draft-uberti-behave-turn-rest-00 §2.2, as coturn's `use-auth-secret` checks it. A server of ours makes none of
them known to the TURN server beforehand, and asks it nothing.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from rooms.ids import SeatId
from signaling.messages import IceServer

LIFETIME_S = 600.0  # so long a credential outlives the call it was given in, at most
RENEW_S = 240.0  # whoever is in a call gets a new one so often: whatever happens, the last one has minutes to go


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the TURN server is and how to be let in. Without addresses there is none, and nothing is minted."""

    urls: tuple[str, ...] = ()
    secret: bytes = b""
    clock: Callable[[], float] = lambda: 0.0  # seconds since the epoch: the TURN server compares it with its own

    def servers(self, seat: SeatId) -> tuple[IceServer, ...]:
        """What a client in this seat puts into its ICE configuration. The seat's id lets a log tell seats apart."""
        if not self.urls:
            return ()
        username = f"{int(self.clock() + LIFETIME_S)}:{seat}"
        digest = hmac.digest(self.secret, username.encode(), hashlib.sha1)
        return (IceServer(self.urls, username, base64.b64encode(digest).decode()),)
