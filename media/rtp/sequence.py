"""Sequence numbers of 16 bits, extended so that they only grow (RFC 3550 §5.1 and appendix A.1)."""

HALF = 1 << 15
CYCLE = 1 << 16


def extend(sequence: int, near: int) -> int:
    """The extended number whose low 16 bits are `sequence` and which lies nearest to `near`.

    >>> extend(2, near=65_534)
    65538
    >>> extend(65_534, near=65_538)
    65534
    """
    return near + ((sequence - near + HALF) & (CYCLE - 1)) - HALF
