"""Looks at the clocks of NATS, PostgreSQL and Spotify, as far as they can be reached."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from spindle.cli import finding
from spindle.cli.doctor.logic.clocks import HERE, SPOTIFY, clocks
from spindle.cli.doctor.logic.findings import Finding
from spindle.cli.doctor.looks.servers import database_condition
from spindle.cli.doctor.sources import Moment, Sources, timed

_SECOND = timedelta(seconds=1)
_WITHIN = 5.0  # seconds


async def all_clocks(at: Sources) -> list[Finding]:
    """Those that cannot be read are left out: another check says why."""
    looks = {"NATS": _nats, "PostgreSQL": _database, SPOTIFY: _spotify}
    found = await asyncio.gather(*(_read(look, at) for look in looks.values()))
    ahead = {whose: one.ahead for whose, one in zip(looks, found, strict=True) if one}
    return clocks({HERE: 0.0, **ahead})


async def _read(look: Callable[[Sources], Coroutine[None, None, Moment]], at: Sources) -> Moment | None:
    try:
        async with asyncio.timeout(_WITHIN):
            return await look(at)
    except Exception:
        return None


async def _nats(at: Sources) -> Moment:
    bus = await at.bus()

    async def ask() -> datetime:
        answer = await bus.request("$JS.API.STREAM.INFO.events", b"")
        return datetime.fromisoformat(json.loads(answer.data)["ts"])

    return await timed(ask())


async def _database(at: Sources) -> Moment:
    async def ask() -> datetime:
        return (await database_condition(finding.database_url(at.home))).at

    return await timed(ask())


async def _spotify(at: Sources) -> Moment:
    """Any answer has a date; that of the start page touches nobody's token."""
    http, where = await at.http(), at.spotify.spotify_accounts_url

    async def ask() -> datetime:
        answer: httpx.Response = await http.head(where)
        return parsedate_to_datetime(answer.headers["date"])

    return await timed(ask(), coarse=_SECOND)
