"""Looks at how much room there is: on the disk of the home, and in JetStream."""

import asyncio
import os
import shutil
from pathlib import Path

from nats.js.api import DiscardPolicy

from spindle.cli.doctor.logic.disk import CHECK, Disk, Limit, disk, limits
from spindle.cli.doctor.logic.findings import Finding, ok
from spindle.cli.doctor.looks.monitor import store
from spindle.cli.doctor.sources import Sources
from spindle.cli.wording import at_home
from spindle.shared.bus.topology import STREAMS


async def disk_of_home(at: Sources) -> list[Finding]:
    if os.environ.get("SPINDLE_NATS_URL") and os.environ.get("SPINDLE_DATABASE_URL"):
        return [ok(CHECK, "Nothing grows here: NATS and PostgreSQL are elsewhere.")]
    there = _there(at.home.resolve())
    usage = await asyncio.to_thread(shutil.disk_usage, there)
    return disk(Disk(at_home(at.home), usage.free, usage.total), await store(at))


async def limits_of_streams(at: Sources) -> list[Finding]:
    """A stream that drops its oldest messages may be full; one that refuses new ones must not be."""
    js = (await at.bus()).jetstream()
    account, streams = await asyncio.gather(js.account_info(), js.streams_info())
    ours = {stream.name for stream in STREAMS if stream.discard is DiscardPolicy.NEW}
    seen = [Limit("The storage of this NATS account", account.storage, account.limits.max_storage)]
    seen += [
        Limit(f"The stream {one.config.name}", one.state.bytes, one.config.max_bytes or 0)
        for one in streams
        if one.config.name in ours
    ]
    return limits(seen)


def _there(place: Path) -> Path:
    """Or the nearest directory above it: a home that nobody has used yet is not there."""
    return next(one for one in (place, *place.parents) if one.exists())
