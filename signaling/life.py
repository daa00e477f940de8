"""One process of a child, from its start to its end."""

import asyncio
import os
import socket
from dataclasses import dataclass

from signaling.inherited import Inherited

TRACE_BYTES = 65_536  # read at a time


@dataclass(slots=True)
class Life:
    """`channel` is our end; whatever the process writes into `trace`, a file in memory, outlives it."""

    process: asyncio.subprocess.Process
    channel: socket.socket
    trace: int
    _read: int = 0

    @classmethod
    async def begin(cls, module: str, taps: tuple[int, ...]) -> "Life":
        """Starts a module, which waits for its settings. Raises OSError."""
        trace = os.memfd_create("trace")
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                given = Inherited(theirs.fileno(), trace, taps)
                process = await asyncio.create_subprocess_exec(
                    *given.command_line(module), pass_fds=given.descriptors, stdin=asyncio.subprocess.DEVNULL
                )
        except BaseException:
            ours.close()
            os.close(trace)
            raise
        return cls(process, ours, trace)

    @property
    def lasts(self) -> bool:
        return self.process.returncode is None

    def stacks(self) -> list[str]:
        """Lines that its watchdog has written since the last call."""
        text = os.pread(self.trace, TRACE_BYTES, self._read)
        self._read += len(text)
        return text.decode(errors="replace").splitlines()

    async def end(self, patience_s: float) -> None:
        """The process has ended when this returns; one that does not by itself is killed, by its own id."""
        try:
            async with asyncio.timeout(patience_s):
                await self.process.wait()
        except TimeoutError:
            self._kill()
            await self.process.wait()
        except asyncio.CancelledError:
            self._kill()
            raise

    async def dismiss(self, patience_s: float) -> None:
        """Ends a process that was never given its settings."""
        self.channel.close()
        await self.end(patience_s)
        self.forget()

    def forget(self) -> None:
        """After `end`, once its stacks are read."""
        os.close(self.trace)

    def _kill(self) -> None:
        if self.lasts:
            self.process.kill()
