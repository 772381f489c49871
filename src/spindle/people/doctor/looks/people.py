"""Looks at the listeners, their polls and their gaps: what the recorder says, and what lies in the mailboxes."""

import asyncio

from spindle.people import asking
from spindle.people.doctor.logic import gaps, listeners, polls
from spindle.people.doctor.logic.findings import SHOWN, Finding
from spindle.people.doctor.sources import Sources
from spindle.shared.bus.mailbox import STREAM
from spindle.shared.bus.subjects import held
from spindle.shared.ids import Kind, UserId, now
from spindle.shared.messages.ask import Gap, Listener
from spindle.shared.spotify.door import Family


async def all_listeners(at: Sources) -> list[Finding]:
    everyone = await at.everyone()
    return listeners.listeners(everyone.listeners, everyone.more, now())


async def their_polls(at: Sources) -> list[Finding]:
    everyone = (await at.everyone()).listeners
    waits = (await at.limits()).shut(Family.HISTORY, now()) or (await at.limits()).shut(Family.TOKENS, now())
    steps = await held(await at.bus(), STREAM, f"sync.{Kind.POLL}.*.*")
    return polls.polls(everyone, {one.split(".")[2] for one in steps}, closed=waits is not None, now=now())


async def their_gaps(at: Sources) -> list[Finding]:
    everyone, bus = (await at.everyone()).listeners, await at.bus()

    async def of(one: Listener) -> tuple[UserId, Gap]:
        return one.user, (await asking.gaps(bus, one.user))[-1]

    latest = await asyncio.gather(*(of(one) for one in gaps.with_gaps(everyone)[:SHOWN]))
    return gaps.gaps(everyone, dict(latest))
