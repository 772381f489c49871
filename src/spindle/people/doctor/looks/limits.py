"""Looks at Spotify's limits: the doors, and the budget of calls."""

from spindle.people.doctor.logic import limits
from spindle.people.doctor.logic.findings import Finding
from spindle.people.doctor.sources import Sources
from spindle.shared.ids import now


async def doors(at: Sources) -> list[Finding]:
    at_once = now()
    return limits.doors((await at.limits()).closed(at_once), at_once)


async def budget(at: Sources) -> list[Finding]:
    seen = (await at.limits()).budget
    full = seen is not None and seen.full
    return limits.budget(seen, (await at.everyone()).listeners if full else ())
