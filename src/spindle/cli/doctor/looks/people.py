"""Looks at the listeners, their polls and their gaps: what the recorder says, and what lies in the mailboxes."""

import asyncio

from spindle.cli import asking
from spindle.cli.doctor.logic import gaps, listeners, polls
from spindle.cli.doctor.logic.findings import SHOWN, Finding
from spindle.cli.doctor.sources import Sources
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.ids import Kind, UserId, now
from spindle.shared.messages.ask import Gap, Listener
from spindle.shared.spotify.door import Family

_AT_ONCE = 50
_PATIENCE = 2.0  # seconds


async def all_listeners(at: Sources) -> list[Finding]:
    everyone = await at.everyone()
    return listeners.listeners(everyone.listeners, everyone.more, now())


async def their_polls(at: Sources) -> list[Finding]:
    everyone = (await at.everyone()).listeners
    waits = (await at.limits()).shut(Family.HISTORY, now()) or (await at.limits()).shut(Family.TOKENS, now())
    held = await _held(at, [one.user for one in everyone])
    return polls.polls(everyone, held, closed=waits is not None, now=now())


async def their_gaps(at: Sources) -> list[Finding]:
    everyone, bus = (await at.everyone()).listeners, await at.bus()

    async def of(one: Listener) -> tuple[UserId, Gap]:
        return one.user, (await asking.gaps(bus, one.user))[-1]

    latest = await asyncio.gather(*(of(one) for one in gaps.with_gaps(everyone)[:SHOWN]))
    return gaps.gaps(everyone, dict(latest))


async def _held(at: Sources, users: list[UserId]) -> set[UserId]:
    """Whose mailbox holds a poll."""
    mailboxes, turns = Mailboxes((await at.bus()).jetstream(), _PATIENCE), asyncio.Semaphore(_AT_ONCE)

    async def holds(user: UserId) -> bool:
        async with turns:
            return await mailboxes.read(Kind.POLL, user) is not None

    found = await asyncio.gather(*map(holds, users))
    return {user for user, held in zip(users, found, strict=True) if held}
