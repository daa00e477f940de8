"""The dependency descriptor: which frame a packet belongs to, and who needs that frame to decode what.

Source: RTP Payload Format for AV1 (AOM), appendix A; browsers send it with VP9, too. A source attaches its structure to
the first packet of a key frame; what packets say after that is short and refers to it. Whatever is read here comes from
a stranger: each number has its bound, and nothing is looked up that was not told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

MAX_TEMPLATES = 64  # the templates' numbers have six bits
MAX_SPATIAL, MAX_TEMPORAL = 3, 7  # the greatest ids (A.8.3)
MAX_INDICATIONS = 256  # in a structure; the largest of browsers (three sizes, three rates) has 135
MAX_REFERENCES = 8  # of one frame; AV1 has seven reference frames
MANDATORY_SIZE = 3  # bytes
_LAST_LAYER = 3  # ends the list of templates


class MalformedDescriptor(ValueError):
    """The bytes are no dependency descriptor, or not one of the structure that was told."""


class Indication(IntEnum):
    """What a frame is to a decode target (A.4)."""

    NOT_PRESENT = 0
    DISCARDABLE = 1
    SWITCH = 2  # whoever can decode this frame can decode all of the target from here on
    REQUIRED = 3


@dataclass(frozen=True, slots=True)
class Template:
    """What most frames of one kind have in common."""

    spatial: int
    temporal: int
    indications: tuple[int, ...]  # one `Indication` for each decode target
    references: tuple[int, ...]  # how many frames ago those were that this one refers to


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """All templates of a source, until it attaches others; told apart by identity."""

    offset: int  # number of the first template
    templates: tuple[Template, ...]
    targets: tuple[tuple[int, int], ...]  # spatial and temporal layer that each decode target reaches
    chains: int

    def best(self, spatial: int, temporal: int, active: int) -> int:
        """The decode target that reaches farthest without a layer above these, of those whose bit in `active` is set;
        the least of them where each has such a layer."""
        numbers = [number for number in range(len(self.targets)) if active >> number & 1] or range(len(self.targets))
        below = [number for number in numbers if self.targets[number] <= (spatial, MAX_TEMPORAL)]
        below = [number for number in below if self.targets[number][1] <= temporal]
        return max(below, key=self.targets.__getitem__) if below else min(numbers, key=self.targets.__getitem__)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What one packet says of its frame."""

    first: bool  # of the frame's packets
    last: bool
    number: int  # of the frame (16 bits)
    structure: Structure | None  # to which it refers; None: that has not come
    attached: bool = False  # the structure is in this packet
    active: int | None = None  # decode targets that are sent from here on, a bit for each; None: as before
    spatial: int = 0
    temporal: int = 0
    indications: tuple[int, ...] = ()
    references: tuple[int, ...] = ()


def read(data: bytes, known: Structure | None) -> Descriptor:
    """Reads one header extension element; `known` is the structure that came last. Raises `MalformedDescriptor`.

    A template that `known` has not means that the packet with another structure is still to come (A.8.2).
    """
    if len(data) < MANDATORY_SIZE:
        raise MalformedDescriptor("shorter than its mandatory fields")
    bits = _Bits(data)
    first, last, template, number = bits.flag(), bits.flag(), bits.take(6), bits.take(16)
    has_structure, has_active, own_indications, own_references, own_chains = (
        [bits.flag() for _ in range(5)] if len(data) > MANDATORY_SIZE else [False] * 5
    )
    structure = _structure(bits) if has_structure else known
    place = (template - structure.offset) % MAX_TEMPLATES if structure is not None else 0
    if structure is None or place >= len(structure.templates):
        if has_structure:
            raise MalformedDescriptor("a structure without the template of its own frame")
        return Descriptor(first, last, number, None)
    active = (1 << len(structure.targets)) - 1 if has_structure else None
    if has_active:
        active = bits.take(len(structure.targets))
    kind = structure.templates[place]
    indications = _indications(bits, len(structure.targets)) if own_indications else kind.indications
    references = _own_references(bits) if own_references else kind.references
    if own_chains:
        bits.take(8 * structure.chains)
    return Descriptor(
        first,
        last,
        number,
        structure,
        attached=has_structure,
        active=active,
        spatial=kind.spatial,
        temporal=kind.temporal,
        indications=indications,
        references=references,
    )


class _Bits:
    """Bits of a few bytes, the highest first."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data), 8 * len(data)

    def take(self, count: int) -> int:
        """The next `count` bits as a number. Raises `MalformedDescriptor` where they are not there."""
        if count > self._left:
            raise MalformedDescriptor("cut off")
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def flag(self) -> bool:
        return bool(self.take(1))

    def below(self, limit: int) -> int:
        """A number below `limit` in as few bits as it needs: ns(n) of A.8.1."""
        width = limit.bit_length()
        short = (1 << width) - limit
        value = self.take(width - 1)
        return value if value < short else (value << 1) - short + self.take(1)


def _structure(bits: _Bits) -> Structure:
    offset, count = bits.take(6), bits.take(5) + 1
    layers = _layers(bits)
    if len(layers) * count > MAX_INDICATIONS:
        raise MalformedDescriptor("more to read than any encoder writes")
    indications = [_indications(bits, count) for _ in layers]
    references = [_references(bits) for _ in layers]
    chains = bits.below(count + 1)
    if chains:
        for _ in range(count):
            bits.below(chains)  # by which chain each target is protected
        bits.take(4 * chains * len(layers))
    templates = tuple(Template(*layer, *kind) for layer, *kind in zip(layers, indications, references, strict=True))
    if bits.flag():  # how large the picture of each spatial layer is
        bits.take(32 * (layers[-1][0] + 1))
    targets = tuple(_reach(templates, target) for target in range(count))
    return Structure(offset, templates, targets, chains)


def _layers(bits: _Bits) -> list[tuple[int, int]]:
    """Spatial and temporal layer of each template, told by steps."""
    spatial = temporal = 0
    layers = [(0, 0)]
    while (step := bits.take(2)) != _LAST_LAYER:
        spatial, temporal = ((spatial, temporal), (spatial, temporal + 1), (spatial + 1, 0))[step]
        if spatial > MAX_SPATIAL or temporal > MAX_TEMPORAL or len(layers) == MAX_TEMPLATES:
            raise MalformedDescriptor("more layers or templates than there can be")
        layers.append((spatial, temporal))
    return layers


def _indications(bits: _Bits, count: int) -> tuple[int, ...]:
    told = bits.take(2 * count)
    return tuple(told >> 2 * place & 3 for place in range(count - 1, -1, -1))


def _references(bits: _Bits) -> tuple[int, ...]:
    return _listed(lambda: bits.take(4) + 1 if bits.flag() else 0)


def _own_references(bits: _Bits) -> tuple[int, ...]:
    return _listed(lambda: bits.take(4 * size) + 1 if (size := bits.take(2)) else 0)


def _listed(take: Callable[[], int]) -> tuple[int, ...]:
    """What `take` gives until it gives nothing."""
    found: list[int] = []
    while value := take():
        if len(found) == MAX_REFERENCES:
            raise MalformedDescriptor("more references than a frame can have")
        found.append(value)
    return tuple(found)


def _reach(templates: tuple[Template, ...], target: int) -> tuple[int, int]:
    """The highest layers with frames of the target."""
    present = [template for template in templates if template.indications[target]]
    spatial = max((template.spatial for template in present), default=0)
    return spatial, max((template.temporal for template in present), default=0)
