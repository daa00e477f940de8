"""Dependency descriptors written bit by bit, as appendix A of the AV1 payload format has them."""

import itertools
from collections.abc import Iterable, Sequence

Frame = tuple[int, int, str, tuple[int, ...]]  # spatial, temporal, indications ("-DSR"), references

# Two spatial layers. L2T1: the upper one is decoded from the lower of the same picture; L2T1_KEY: in key frames only.
L2T1: tuple[Frame, ...] = (
    (0, 0, "SS", ()),
    (0, 0, "SR", (2,)),
    (1, 0, "-S", (1,)),
    (1, 0, "-S", (1, 2)),
)
L2T1_KEY: tuple[Frame, ...] = (
    (0, 0, "SS", ()),
    (0, 0, "S-", (2,)),
    (1, 0, "-S", (1,)),
    (1, 0, "-S", (2,)),
)
# Two temporal layers of one size.
L1T2: tuple[Frame, ...] = ((0, 0, "SS", ()), (0, 0, "SS", (2,)), (0, 1, "-D", (1,)))
_SYMBOLS = "-DSR"


def packed(fields: Iterable[tuple[int, int]]) -> bytes:
    """Value and width in bits of each field, filled up with zeros."""
    bits = "".join(f"{value:0{width}b}" if width else "" for value, width in fields)
    return int(bits.ljust(-len(bits) // 8 * -8, "0"), 2).to_bytes(-(-len(bits) // 8))


def structure(frames: Sequence[Frame], *, offset: int = 0) -> list[tuple[int, int]]:
    """The fields of a structure without chains and sizes (A.8.3); frames are sorted by layer."""
    fields = [(offset, 6), (len(frames[0][2]) - 1, 5)]
    for before, after in itertools.pairwise(frames):
        fields.append((2 if after[0] > before[0] else 1 if after[1] > before[1] else 0, 2))
    fields.append((3, 2))
    fields += [(_SYMBOLS.index(symbol), 2) for frame in frames for symbol in frame[2]]
    for frame in frames:
        fields += [part for reference in frame[3] for part in ((1, 1), (reference - 1, 4))] + [(0, 1)]
    width = (len(frames[0][2]) + 1).bit_length()
    fields.append((0, width - 1))  # chains: none, in ns(targets + 1)
    return [*fields, (0, 1)]


def descriptor(
    number: int,
    template: int,
    *,
    first: bool = True,
    last: bool = True,
    attached: Sequence[Frame] | None = None,
    active: tuple[int, int] | None = None,
    offset: int = 0,
) -> bytes:
    """One packet's descriptor; `active` is a mask of decode targets and how many bits it has."""
    fields = [(first, 1), (last, 1), (template, 6), (number & 0xFFFF, 16)]
    if attached is not None or active is not None:
        fields += [(attached is not None, 1), (active is not None, 1), (0, 3)]
        fields += structure(attached, offset=offset) if attached is not None else []
        fields += [active] if active is not None else []
    return packed((int(value), width) for value, width in fields)
