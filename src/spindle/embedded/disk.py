"""Room on the disk: how much both servers need to begin, to go on, and to be at ease."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from spindle.embedded.errors import DiskFull
from spindle.sizes import size

MIB = 2**20
JETSTREAM = 1152 * MIB
"""What the streams may fill. JetStream sets it aside: it makes no stream that its `max_file` has no room for."""
JOURNAL = 256 * MIB
"""What PostgreSQL's journal may grow to."""
TO_BEGIN = JETSTREAM + JOURNAL + 128 * MIB  # a fresh database and a few years of one listener
TO_GO_ON = 64 * MIB  # four pieces of the journal, without which a hard stop cannot be recovered from
TIGHT = 256 * MIB
FULL = 16 * MIB  # a server that a full disk has made ill gets well again with more than that

_LOOK = 5.0  # seconds


def free(directory: Path) -> int:
    return shutil.disk_usage(directory).free


def must_have_room(home: Path, *, begun: bool) -> None:
    """Before anything is written: a full disk stops both servers in the middle of something."""
    needed = TO_GO_ON if begun else TO_BEGIN
    if (there := free(home)) < needed:
        raise DiskFull(home, there, needed)


def must_not_be_full(directory: Path) -> None:
    if (there := free(directory)) < FULL:
        raise DiskFull(directory, there, FULL)


async def watch(home: Path, report: Callable[[str], None]) -> None:
    """For ever: says once that it gets tight, and once that there is room again."""
    tight = False
    while True:
        there = await asyncio.to_thread(free, home)
        if not tight and there < TIGHT:
            report(f"The disk of {home} has only {size(there)} left: make room, or recording will stop.")
            tight = True
        elif tight and there > 2 * TIGHT:
            report(f"The disk of {home} has room again: {size(there)}.")
            tight = False
        await asyncio.sleep(_LOOK)
