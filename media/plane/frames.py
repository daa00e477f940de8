"""What a source of several layers says of its frames: read once, as each packet comes in."""

from dataclasses import dataclass, field

from media.rtp.dependency_descriptor import MAX_TEMPORAL, Descriptor, MalformedDescriptor, Structure, read


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The frame to which a packet belongs."""

    said: bytes  # the dependency descriptor as it came, for subscribers who want it
    told: Descriptor
    active: int  # decode targets that are sent now, a bit for each


@dataclass(slots=True)
class Frames:
    """The structure of one source and what its layers cost, as far as it has told."""

    octets: list[int] = field(default_factory=list)  # of payload, for a subscriber of the sizes up to each
    paces: list[int] = field(default_factory=list)  # the same of the least size, with the frame rates up to each
    _structure: Structure | None = None
    _active: int = 0
    _changed_at: int = -1  # number of the packet that told it
    _sizes: list[int] = field(default_factory=list)  # the decode target that reaches each size
    _rates: list[int] = field(default_factory=list)  # and each frame rate of the least

    def read(self, said: bytes, number: int, octets: int) -> Frame | None:
        """The frame of packet `number` (extended) with a payload of `octets`; None where the bytes are no descriptor.

        An old packet that comes late is read by the structure of today, and changes nothing for those that follow.
        """
        try:
            told = read(said, self._structure)
        except MalformedDescriptor:
            return None
        active = self._active if told.active is None else told.active
        if told.active is not None and number > self._changed_at:
            self._structure, self._active, self._changed_at = told.structure, told.active, number
            self._find_layers()
        if told.structure is self._structure:
            for counts, targets in ((self.octets, self._sizes), (self.paces, self._rates)):
                for place, target in enumerate(targets):
                    counts[place] += octets if told.indications[target] else 0
        return Frame(said, told, active)

    def _find_layers(self) -> None:
        structure = self._structure
        if structure is None:
            return
        sizes = max(spatial for spatial, _ in structure.targets) + 1
        rates = max((temporal for spatial, temporal in structure.targets if spatial == 0), default=0) + 1
        self.octets += [max(self.octets, default=0)] * (sizes - len(self.octets))
        self.paces += [max(self.paces, default=0)] * (rates - len(self.paces))
        self._sizes = [structure.best(size, MAX_TEMPORAL, self._active) for size in range(len(self.octets))]
        self._rates = [structure.best(0, rate, self._active) for rate in range(len(self.paces))]
