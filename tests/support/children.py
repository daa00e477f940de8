"""Child processes of tests: what they print is kept in a file, and they are gone when the block ends."""

import asyncio
import re
import signal
import tempfile
from asyncio.subprocess import STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

STOP_S = 30.0  # to end by itself after SIGTERM


@dataclass(slots=True)
class Child:
    """A program that runs, or has run."""

    process: Process
    _log: IO[bytes] | bytes  # a file while it runs, what was in it afterwards

    def said(self) -> str:
        """Standard output and error so far, in order."""
        log = self._log if isinstance(self._log, bytes) else Path(self._log.name).read_bytes()
        return log.decode(errors="replace")

    async def line(self, pattern: str, within_s: float = 60.0) -> re.Match[str]:
        """Waits until the pattern is found in what the program said; RuntimeError if it ends or says nothing."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        while (match := re.search(pattern, self.said(), re.MULTILINE)) is None:
            if self.process.returncode is not None or loop.time() > deadline:
                raise RuntimeError(f"{pattern!r} never came; the program said:\n{self.said()[-4000:]}")
            await asyncio.sleep(0.02)
        return match

    async def stop(self, how: int = signal.SIGTERM) -> int:
        """Asks the program to end and waits; returns its code. TimeoutError if it has to be killed."""
        if self.process.returncode is None:
            self.process.send_signal(how)
        try:
            return await asyncio.wait_for(self.process.wait(), STOP_S)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise


@asynccontextmanager
async def child(
    *command: str, folder: Path | None = None, env: Mapping[str, str] | None = None
) -> AsyncIterator[Child]:
    """Runs a program while the block lasts."""
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=env, stdout=log, stderr=STDOUT)
        program = Child(process, log)
        try:
            yield program
        finally:
            try:
                await program.stop()
            finally:
                program._log = Path(log.name).read_bytes()
