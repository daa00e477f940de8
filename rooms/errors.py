"""Why the consultation says no: who must act is in the class, what happened in the code. Nothing was changed then."""


class Refused(Exception):
    """The caller may not, or not now. Show her the code's sentence.

    `code` is one of the codes that docs/protocol.md lists; `detail` helps a developer and names no person.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class NotFound(Exception):
    """The act, seat or person that the caller names does not exist."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StoreDown(Exception):
    """The journal cannot be written or read now: nothing new is granted, try again later."""

    code = "store-down"

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.code}: {detail}" if detail else self.code)


class Conflict(Exception):
    """Another owner appended first: read the journal again and decide again. Never leaves `rooms/`."""


class JournalBroken(Exception):
    """A stored row cannot be read as a fact: somebody changed it. `visite journal verify` says which."""
