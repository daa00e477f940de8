"""Which of the two planes runs: the compiled one wherever it could be built."""

import logging
from socket import socket
from typing import Literal

from media.plane.compiled import BUILT, CompiledPlane
from media.plane.interface import Plane
from media.plane.pure import PurePlane

log = logging.getLogger(__name__)

Choice = Literal["auto", "compiled", "pure"]


def open_plane(choice: Choice, host: str, port: int, queue_bytes: int, tap: socket | None) -> Plane:
    """Binds the plane that `choice` asks for. Raises `OSError`, and `RuntimeError` where it has not been built."""
    compiled = BUILT if choice == "auto" else choice == "compiled"
    plane = (CompiledPlane if compiled else PurePlane)(host, port, queue_bytes, tap)
    reason = choice if choice != "auto" else "built here" if BUILT else "the compiled one could not be built here"
    log.info("packet plane opened", extra={"plane": "compiled" if compiled else "pure", "reason": reason})
    return plane
