"""Opus payloads (RFC 7587 §4.2): each packet stands for itself."""


def can_start(_: bytes) -> bool:
    """A decoder can begin anywhere: what an Opus packet refers to fades within a few frames (RFC 6716 §2.1.9)."""
    return True
