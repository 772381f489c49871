"""Looks at the clocks of NATS and Spotify, and of whatever else is named, as far as they can be reached."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from spindle.people.doctor.logic.clocks import HERE, SPOTIFY, clocks
from spindle.people.doctor.logic.findings import Finding
from spindle.people.doctor.sources import Moment, Sources, timed

_SECOND = timedelta(seconds=1)
_WITHIN = 5.0  # seconds

Clock = Callable[[], Awaitable[Moment]]


async def all_clocks(at: Sources) -> list[Finding]:
    return await compared(at, {})


async def compared(at: Sources, others: Mapping[str, Clock]) -> list[Finding]:
    """Those that cannot be read are left out: another check says why."""
    looks: dict[str, Clock] = {"NATS": lambda: _nats(at), **others, SPOTIFY: lambda: _spotify(at)}
    found = await asyncio.gather(*map(_read, looks.values()))
    ahead = {whose: one.ahead for whose, one in zip(looks, found, strict=True) if one}
    return clocks({HERE: 0.0, **ahead})


async def _read(look: Clock) -> Moment | None:
    try:
        async with asyncio.timeout(_WITHIN):
            return await look()
    except Exception:
        return None


async def _nats(at: Sources) -> Moment:
    bus = await at.bus()

    async def ask() -> datetime:
        answer = await bus.request("$JS.API.STREAM.INFO.events", b"", timeout=_WITHIN)
        return datetime.fromisoformat(json.loads(answer.data)["ts"])

    return await timed(ask())


async def _spotify(at: Sources) -> Moment:
    accounts = await at.accounts()
    return await timed(accounts.told_at(), coarse=_SECOND)
