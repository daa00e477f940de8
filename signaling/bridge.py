"""Compares what media should be with what the workers report, and sends the difference."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from rooms.facts import Fact
from rooms.ids import ActId, DeviceId, SeatId
from rooms.service import RoomService
from rooms.views import ActView
from signaling.workers import Workers

View = Literal["camera", "detail", "screen"]


class Bridge:
    """Media of every act of this node.

    `RoomService` is built with `news.publish` (signaling/news.py) and the root appends `bridge.published` and then `sessions.published` to
    `news.listeners`.
    """

    def __init__(self, service: RoomService, workers: Workers) -> None: ...

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While entered, workers are listened to; enter it after `workers.running()`, leave it before."""
        yield

    def published(self, act: ActId, facts: tuple[Fact, ...], view: ActView) -> None:
        """Listener of the news."""

    async def whip(self, act: ActId, seat: SeatId, device: DeviceId, sdp: str) -> str:
        """The relay's answer. The caller has joined `device` (kind WHIP) to its seat before; raises errors.Refused."""
        raise NotImplementedError

    async def whep(
        self, act: ActId, seat: SeatId, device: DeviceId, sdp: str, seats: Sequence[SeatId], view: View = "camera"
    ) -> str:
        """The relay's answer; `seats` fill the offered sections in order. The caller has joined `device` (kind WHEP) before."""
        raise NotImplementedError

    async def close_device(self, act: ActId, device: DeviceId, reason: str = "left") -> None:
        """Ends every peer of a device, and its place in the act (`service.leave`)."""
