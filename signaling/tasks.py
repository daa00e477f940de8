"""A TaskGroup for parts that live as long as a `with` block."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


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
