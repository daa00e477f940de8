"""Which media worker has which act, and what each worker carries."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from media import commands
from signaling.errors import Refused
from signaling.flow import Flow
from signaling.workers import Workers

ANSWER_S = 5.0  # for a worker to answer an offer
CLIENT_PACKETS_S = 100.0  # what somebody who has only just come will bring at least: a voice and a picture


@dataclass(frozen=True, slots=True)
class Question:
    """An offer that a worker has not answered yet."""

    worker: int
    reply: asyncio.Future[str]

    def settle(self, answer: str | Refused) -> None:
        if self.reply.done():
            return
        if isinstance(answer, Refused):
            self.reply.set_exception(answer)
        else:
            self.reply.set_result(answer)


class Placement:
    """An act is placed with its first command, on the worker that carries least, and stays there while that lives."""

    def __init__(self, workers: Workers, flows: Iterable[Flow]) -> None:
        self._workers = workers
        self._flows = flows
        self._questions: dict[int, Question] = {}

    def send(self, flow: Flow, command: commands.Command) -> bool:
        """To the worker that has the act. False when nobody obeys."""
        if flow.worker is None:
            flow.worker = self._least_loaded()
        return flow.worker is not None and self._workers.send(flow.worker, command)

    async def ask(self, flow: Flow, command: commands.Publish | commands.View) -> str:
        """A worker's answer to an offer. Raises Refused with its code, or "media-unavailable"."""
        if not self.send(flow, command) or flow.worker is None:
            raise Refused("media-unavailable")
        question = self._questions[command.re] = Question(flow.worker, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(ANSWER_S):
                return await question.reply
        except TimeoutError:
            raise Refused("media-unavailable") from None
        finally:
            del self._questions[command.re]

    def answered(self, number: int, answer: str | Refused) -> None:
        if number in self._questions:
            self._questions[number].settle(answer)

    def lose(self, worker: int) -> list[Flow]:
        """The acts that a worker had. Nobody waits for its answers any more."""
        for question in self._questions.values():
            if question.worker == worker:
                question.settle(Refused("media-unavailable"))
        return [flow for flow in self._flows if flow.worker == worker]

    def acts(self) -> list[int]:
        """How many acts each worker has."""
        placed = [flow.worker for flow in self._flows]
        return [placed.count(worker) for worker in range(len(self._workers.loads))]

    def _least_loaded(self) -> int | None:
        """By the packets it sends, and by who has come to its acts, for their packets are still to be counted."""
        loads = [load.packets_s for load in self._workers.loads]
        for flow in self._flows:
            if flow.worker is not None:
                loads[flow.worker] += CLIENT_PACKETS_S * max(1, len(flow.clients))
        return min(self._workers.obeying, key=loads.__getitem__, default=None)
