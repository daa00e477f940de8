"""A TaskGroup for parts that live as long as a `with` block, and tasks whose faults stay their own."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

log = logging.getLogger(__name__)


@asynccontextmanager
async def group() -> AsyncIterator[asyncio.TaskGroup]:
    """As asyncio.TaskGroup, but an exception of the block itself comes out as it is and not in a group.

    Its tasks are not cancelled by that exception: the block ends what it started, in its own order.
    """
    failure: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        try:
            yield tasks
        except Exception as error:
            failure = error
    if failure is not None:
        raise failure


async def contained(work: Awaitable[object], what: str) -> None:
    """Does the work of one client or one act: a fault of ours in it is logged, and ends nothing else."""
    try:
        await work
    except Exception:
        log.exception("a task failed", extra={"task": what})
