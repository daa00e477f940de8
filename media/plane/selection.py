"""What goes out on one route of a source with several layers: the frames of one decode target, numbered without holes.

Left out on purpose, a packet takes its number with it; lost on the way here, it leaves a hole, for it may still come. A
packet that comes so late and is not of the target goes out as padding, so that nobody asks for it again.

A route moves to another target with a frame that allows it (dependency descriptor, A.4: switch) and of which it has got
everything that this frame refers to: down that is mostly the next picture, up a key frame or the next of a lower layer.
"""

from array import array

from media.plane.cache import CAPACITY, Cache
from media.plane.frames import Frame
from media.plane.interface import Target
from media.plane.packet import EMPTY, PADDED, PLAIN, Packet
from media.rtp.dependency_descriptor import Indication, Structure
from media.rtp.header import MARKER

FRAMES_KEPT = 256  # that went out, to know whether another can be decoded; the low byte of their number tells the place
_LOST, _LEFT_OUT, _SENT, _ENDS, _PADDING = range(5)  # what became of a packet; `_ENDS`: it ends the target's picture
_STATES = 8


class Selection:
    """Numbers here are a publisher's, extended; outgoing ones are those less what was left out before."""

    __slots__ = ("_fates", "_left_out", "_newest", "_reach", "_sent", "_structure", "_target", "waits")

    def __init__(self, first: int) -> None:
        """`first` is the number of the first packet that may go out."""
        self.waits = False  # only a key frame makes it possible to move to the target that is wanted
        self._newest = first - 1
        self._left_out = 0
        self._structure: Structure | None = None  # in which the target was chosen
        self._target = 0
        self._reach = 0  # the highest spatial layer of the target
        self._sent = array("l", [-1]) * FRAMES_KEPT
        self._fates = array("Q", [0]) * CAPACITY  # by number: how many were left out before, and a state

    def choose(self, packet: Packet, target: Target) -> Packet | None:
        """The packet as it goes out; None where it does not."""
        number, frame = packet.number, packet.frame
        if number <= self._newest:
            return self._fill(packet)
        for lost in range(max(self._newest + 1, number - CAPACITY + 1), number):
            self._note(lost, _LOST)
        self._newest = number
        if frame is not None:
            self._move(frame, target)
        fate = self._fate(frame)
        self._note(number, fate)
        if fate == _LEFT_OUT:
            self._left_out += 1
        return self._written(packet)

    def find(self, number: int, cache: Cache) -> Packet | None:
        """The packet that went out as `number`, as it went out."""
        for candidate in range(self._newest, max(self._newest - CAPACITY, number - 1), -1):
            left_out, state = divmod(self._fates[candidate % CAPACITY], _STATES)
            if candidate - left_out == number and state != _LEFT_OUT:
                packet = cache.get(candidate)
                return None if packet is None or state == _LOST else self._written(packet)
        return None

    def _fill(self, packet: Packet) -> Packet | None:
        """A packet that was lost comes after all."""
        if packet.number <= self._newest - CAPACITY:
            return None
        left_out, state = divmod(self._fates[packet.number % CAPACITY], _STATES)
        if state != _LOST:
            return None
        fate = self._fate(packet.frame)
        self._fates[packet.number % CAPACITY] = left_out * _STATES + (_PADDING if fate == _LEFT_OUT else fate)
        return self._written(packet)

    def _written(self, packet: Packet) -> Packet | None:
        left_out, state = divmod(self._fates[packet.number % CAPACITY], _STATES)
        if state == _LEFT_OUT:
            return None
        number, head = packet.number - left_out, packet.head
        if state == _PADDING:
            return Packet(number, packet.timestamp, PLAIN | PADDED | head & 0x7F, packet.copied, EMPTY)
        return packet._replace(number=number, head=head | MARKER if state == _ENDS else head)

    def _note(self, number: int, state: int) -> None:
        self._fates[number % CAPACITY] = self._left_out * _STATES + state

    def _fate(self, frame: Frame | None) -> int:
        """What is to become of a packet; of what nobody can tell the frame, everybody gets."""
        if frame is None or frame.told.structure is None:
            return _SENT
        told = frame.told
        if not self._has(told.number) and not self._is_present(frame):
            return _LEFT_OUT
        self._sent[told.number % FRAMES_KEPT] = told.number
        return _ENDS if told.last and told.spatial == self._reach else _SENT

    def _is_present(self, frame: Frame) -> bool:
        indications = frame.told.indications
        return self._target < len(indications) and indications[self._target] != Indication.NOT_PRESENT

    def _has(self, number: int) -> bool:
        return self._sent[number % FRAMES_KEPT] == number

    def _move(self, frame: Frame, target: Target) -> None:
        """Goes to what is wanted where the frame allows it."""
        told = frame.told
        structure = told.structure
        if structure is None or (structure is self._structure and not told.first):
            return
        best = structure.best(*target, frame.active)
        if structure is not self._structure:
            self._structure = structure
        elif best == self._target or told.indications[best] != Indication.SWITCH:
            self.waits = self.waits and best != self._target
            return
        elif not all(self._has(told.number - reference & 0xFFFF) for reference in told.references):
            self.waits = True
            return
        self._target, self._reach, self.waits = best, structure.targets[best][0], False
