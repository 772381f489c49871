"""Looks at how much room there is on the disk of the home."""

import asyncio
import os
import shutil
from pathlib import Path

from spindle.cli.doctor.home import Home
from spindle.cli.doctor.looks.monitor import store
from spindle.people.doctor.logic.disk import CHECK, Disk, disk
from spindle.people.doctor.logic.findings import Finding, ok
from spindle.people.wording import at_home


async def disk_of_home(at: Home) -> list[Finding]:
    if os.environ.get("SPINDLE_NATS_URL") and os.environ.get("SPINDLE_DATABASE_URL"):
        return [ok(CHECK, "Nothing grows here: NATS and PostgreSQL are elsewhere.")]
    there = _there(at.home.resolve())
    usage = await asyncio.to_thread(shutil.disk_usage, there)
    return disk(Disk(at_home(at.home), usage.free, usage.total), await store(at))


def _there(place: Path) -> Path:
    """Or the nearest directory above it: a home that nobody has used yet is not there."""
    return next(one for one in (place, *place.parents) if one.exists())
