"""Looks at how much room there is in JetStream."""

import asyncio

from nats.js.api import DiscardPolicy

from spindle.people.doctor.logic.disk import Limit, limits
from spindle.people.doctor.logic.findings import Finding
from spindle.people.doctor.sources import Sources
from spindle.shared.bus.topology import STREAMS


async def limits_of_streams(at: Sources) -> list[Finding]:
    """A stream that drops its oldest messages may be full; one that refuses new ones must not be."""
    js = (await at.bus()).jetstream()
    refusing = [str(stream.name) for stream in STREAMS if stream.discard is DiscardPolicy.NEW]
    account = await js.account_info()
    streams = await asyncio.gather(*map(js.stream_info, refusing))
    seen = [Limit("The storage of this NATS account", account.storage, account.limits.max_storage)]
    seen += [Limit(f"The stream {one.config.name}", one.state.bytes, one.config.max_bytes or 0) for one in streams]
    return limits(seen)
