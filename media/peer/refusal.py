"""A command the relay does not obey."""

from media.events import FailureCode


class CommandRefused(Exception):
    """`code` goes to whoever commanded; the text is for a developer and holds no address and no description."""

    def __init__(self, code: FailureCode, detail: str) -> None:
        super().__init__(detail)
        self.code: FailureCode = code
