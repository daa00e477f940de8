"""What goes wrong, by who must act, and the one table that turns it into an answer on the wire.

`Refused`: the caller may not, or not now; nothing changed, and the person is told. `PeerFault`: the client broke the
protocol and is cut off. `StoreDown` (of `rooms/`): try later. Everything else is our own bug and keeps its trace.
"""

import logging

import msgspec

from rooms import errors as rooms_errors

log = logging.getLogger(__name__)

INTERNAL = "internal"  # our own bug; the log has its trace
STATUSES = {
    "malformed": 400,
    "wrong-version": 400,
    "sign-in-required": 401,
    "token-invalid": 401,
    "token-expired": 401,
    "invitation-revoked": 401,
    "bad-plan": 400,
    "bad-name": 400,
    "bad-role": 400,
    "not-allowed": 403,
    "not-your-establishment": 403,
    "foreign-origin": 403,
    "not-found": 404,
    "unknown-track": 404,
    "wrong-method": 405,
    "too-large": 413,
    "sdp-too-large": 413,
    "wrong-type": 415,
    "flood": 429,
    "store-down": 503,
    "media-unavailable": 503,
    "server-busy": 503,
    "server-draining": 503,
    "server-stopping": 503,
    "too-many-peers": 503,
    INTERNAL: 500,
}
MALFORMED_MEDIA = ("sdp-", "fingerprint-", "ice-credentials-", "too-many-sections")


class Refused(Exception):
    """The caller may not, or not now. `code` is listed in docs/protocol.md; `detail` is for a developer, no secret."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class PeerFault(Exception):
    """The client broke the protocol; its session ends with `left` and this reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Problem(msgspec.Struct, frozen=True):
    """An error as the wire tells it."""

    code: str
    detail: str = ""


def problem(error: Exception) -> Problem:
    """The answer to whoever asked. An error that is nobody's but ours is logged here, with its trace."""
    match error:
        case rooms_errors.NotFound() | rooms_errors.Refused(code="not-in-act"):
            # Whoever has no part in an act does not learn that it exists.
            return Problem("not-found")
        case Refused() | rooms_errors.Refused():
            return Problem(error.code, error.detail)
        case rooms_errors.StoreDown():
            return Problem("store-down")
        case PeerFault():
            return Problem(error.code)
    log.error("a command failed", exc_info=error)
    return Problem(INTERNAL)


def status(code: str) -> int:
    """The HTTP status of a code: 409 (not now) unless the table says otherwise."""
    if code.startswith("no-such-"):
        return 404
    if code.startswith(MALFORMED_MEDIA) and code not in STATUSES:
        return 400
    return STATUSES.get(code, 409)
