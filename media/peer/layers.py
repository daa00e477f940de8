"""Layers of a published picture: which of them a subscriber is to get, and which its publisher is to send.

A track has its layers in a list, the least first, each half as wide and as high as the next; whatever is not sent as a
simulcast has one. A stream that tells of several has before them what its least size is with fewer frames: a picture
loses its size first, for movement shows in a small one, too; one that is sent in full size only, for its details, loses
frames. All of it is decided here from plain values, so that it can be tried without a call.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from media.plane.interface import TrackIndex
from media.rtcp.packets import SenderReport

USUAL_SIZE = (1280, 720)  # of a picture whose publisher did not say
STRETCH = 1.5  # times its own area a layer may be shown without anybody missing something
BITS_PER_PIXEL_S = 2.0  # of a camera's picture; what a layer may cost that has not been sent yet
MISSING_S = 2.0  # to begin with a layer that is needed
STOPPED_S = 2.0  # without packets a layer counts as stopped: a picture of a few frames a second has to pass
UNNEEDED_S = 2.0  # before a layer that nobody needs is paused at its source: layouts change twice in a moment


@dataclass(slots=True, eq=False)
class Layer:
    """One stream of packets. Times are seconds on the caller's monotonic clock."""

    index: TrackIndex
    rid: str = ""
    alive: bool = False  # packets come
    bitrate_bps: float = 0.0  # of its datagrams, of late
    report: tuple[SenderReport, float] | None = None  # the last, and when it came
    needed_at: float = 0.0  # when somebody last needed it
    needed_since: float | None = None  # all the time until now
    missing: bool = False  # it was needed for a while and did not come: encoders send no tiny or costly layer


@dataclass(frozen=True, slots=True)
class Shown:
    """How large a subscriber shows a picture, in pixels of its screen; 0 by 0 is hidden."""

    width: int
    height: int

    @property
    def area(self) -> int:
        return self.width * self.height


def area(step: int, layers: int, size: tuple[int, int]) -> float:
    """Pixels in a picture of layer `step` of `layers`, the best of which has `size`."""
    width, height = size if all(size) else USUAL_SIZE
    return width * height / float(4 ** (layers - 1 - step))


def best(shown: Shown | None, layers: int, size: tuple[int, int], slower: int = 0) -> int:
    """The least layer that is good enough for what is shown, of whole frame rate; the best one where nobody said.

    `slower` of the `layers` are the least size with fewer frames.
    """
    if shown is None or layers == 1:
        return layers - 1
    steps = range(slower, layers)
    fits = (step for step in steps if area(step - slower, layers - slower, size) * STRETCH >= shown.area)
    return next(fits, layers - 1)


def costs(layers: Sequence[Layer], size: tuple[int, int], slower: int = 0) -> tuple[float, ...]:
    """bit/s of each layer, never less than of the one below: measured, or what such a picture usually needs.

    In place of a missing layer the next better one is sent, so it costs as much as that.
    """
    if len(layers) == 1:
        return (layers[0].bitrate_bps,)
    known: list[float] = []
    for step, layer in enumerate(layers):
        unknown = not (layer.alive and layer.bitrate_bps)
        usual = area(max(0, step - slower), len(layers) - slower, size) * BITS_PER_PIXEL_S
        usual *= min(1.0, (step + 1) / (slower + 1))  # encoders give frames that others refer to more than their share
        cost = usual if unknown else layer.bitrate_bps
        known.append(max(cost, known[-1] if known else 0.0))
    return tuple(known[present(layers, step)] for step in range(len(layers)))


def present(layers: Sequence[Layer], step: int) -> int:
    """The layer that is sent in place of `step`: itself, or the next better one that is not missing."""
    return next((place for place in range(step, len(layers)) if not layers[place].missing), step)


def goal(target: int, feeding: int | None, alive: Sequence[bool]) -> int:
    """The layer to go to: the target, unless that has stopped and nothing else feeds the subscriber meanwhile.

    Then the next below that is sent, or above if there is none.
    """
    if alive[target] or (feeding is not None and alive[feeding]):
        return target
    others = (*range(target - 1, -1, -1), *range(target + 1, len(alive)))
    return next((step for step in others if alive[step]), target)
