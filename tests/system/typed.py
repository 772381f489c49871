"""Commands typed at the servers of a stack: in a pipe, or on a terminal of their own."""

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import signal
import struct
import sys
import termios
import time
from dataclasses import dataclass, field
from typing import Any

from stack import Stack

_WITHIN = 80.0  # seconds
_SIZE = (40, 100)  # of a terminal


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Typed:
    """A command that is running. What it has said so far can be looked at."""

    process: asyncio.subprocess.Process
    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    reading: list["asyncio.Task[None]"] = field(default_factory=list)

    async def until(self, words: str) -> None:
        """Until it has said this."""
        end = time.monotonic() + _WITHIN
        while words.encode() not in self.out + self.err:
            if self.process.returncode is not None or time.monotonic() > end:
                self.process.kill()
                raise AssertionError((self.out + self.err).decode()[-500:])
            await asyncio.sleep(0.05)

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    async def end(self) -> Said:
        try:
            async with asyncio.timeout(_WITHIN):
                code = await self.process.wait()
        except TimeoutError:
            self.process.kill()
            raise
        await asyncio.gather(*self.reading)
        return Said(code, self.out.decode(errors="replace"), self.err.decode(errors="replace"))


async def begin(stack: Stack, *words: str, **more: str) -> Typed:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "spindle.cli", *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(stack) | more,
    )
    typed = Typed(process)
    for pipe, into in ((process.stdout, typed.out), (process.stderr, typed.err)):
        assert pipe
        typed.reading.append(asyncio.create_task(_read(pipe, into)))
    return typed


async def spindle(stack: Stack, *words: str) -> Said:
    return await (await begin(stack, *words)).end()


async def offered(stack: Stack, *words: str) -> list[str]:
    """What Tab offers behind these words in a bash."""
    asked = {"_SPINDLE_COMPLETE": "complete_bash", "COMP_WORDS": f"spindle {' '.join(words)} "}
    typed = await begin(stack, COMP_CWORD=str(len(words) + 1), **asked)
    return (await typed.end()).out.split()


async def at_terminal(stack: Stack, *words: str) -> Typed:
    """Output and errors come together, as a person sees them."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *_SIZE, 0, 0))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "spindle.cli", *words),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**_environment(stack), "TERM": "xterm-256color"},
    )
    os.close(theirs)
    typed = Typed(process)
    typed.reading.append(asyncio.create_task(asyncio.to_thread(_drain, ours, typed.out)))
    return typed


async def _read(pipe: asyncio.StreamReader, into: bytearray) -> None:
    while piece := await pipe.read(65536):
        into += piece


def _drain(ours: int, into: bytearray) -> None:
    with contextlib.suppress(OSError):  # how a terminal ends whose other side is closed
        while piece := os.read(ours, 65536):
            into += piece
    os.close(ours)


def _environment(stack: Stack) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SPINDLE_")}
    return {**clean, **stack.environment, "COLUMNS": "100"}
