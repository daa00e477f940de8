"""Both packet planes, turned by hand: whatever is promised of one holds for the other."""

from collections.abc import Callable
from functools import partial

from media.plane.compiled import CompiledPlane
from media.plane.interface import Plane
from media.plane.pure import PurePlane

PlaneKind = Callable[..., Plane]  # as `PurePlane` is made

PLANES: dict[str, PlaneKind] = {"pure": PurePlane, "compiled": partial(CompiledPlane, threaded=False)}
