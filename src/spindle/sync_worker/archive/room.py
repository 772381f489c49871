"""Room for one more slice of a listener: so that a fast worker does not pile up what the recorder has yet to do."""

import asyncio
from time import monotonic

from nats.js import JetStreamContext

from spindle.shared.bus.patience import insist
from spindle.shared.ids import UserId

FACTS = 4
"""Of one listener's imports, in the stream at a time. It is a work queue: what is there is not recorded yet."""

_LOOK_EVERY = 0.02  # seconds
_PATIENCE = 3.0  # seconds; who waits longer gives the place to somebody else


async def room(js: JetStreamContext, user: UserId) -> bool:
    """Soon true, or false: there is none for now."""
    until = monotonic() + _PATIENCE
    while await _unrecorded(js, f"facts.archive.{user}") >= FACTS:
        if monotonic() > until:
            return False
        await asyncio.sleep(_LOOK_EVERY)
    return True


async def _unrecorded(js: JetStreamContext, subject: str) -> int:
    found = await insist(lambda: js.stream_info("facts", subjects_filter=subject))
    return sum((found.state.subjects or {}).values())
