"""Health: whether everything is well, and what to do if it is not. The page comes first, what takes longer follows."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from spindle.gateway.framing import framed
from spindle.gateway.fresh import Seen
from spindle.gateway.here import Here
from spindle.people import closings, letters, looking
from spindle.people.doctor.logic.findings import Finding, State, summary, told
from spindle.people.doctor.logic.work import BEHIND
from spindle.people.doctor.sources import Everyone
from spindle.people.lateness import lateness
from spindle.people.limits import Limits, probing
from spindle.people.logins import login_ends_at, scarce, soonest
from spindle.shared.ids import now
from spindle.shared.messages.ask import Listener
from spindle.shared.spotify.door import Door, Family

router = APIRouter()

_PATIENCE = 0.08  # seconds that a page waits for what is looked at beside
_LETTERS, _LOGINS = 50, 8


@dataclass(frozen=True)
class Gate:
    """A family of Spotify's endpoints."""

    family: Family
    closed: Door | None
    is_tried: bool = False
    """By one call, just now."""

    @property
    def behind(self) -> str:
        return closings.behind(self.family)

    @property
    def meanwhile(self) -> str:
        return closings.meanwhile(self.family)


@router.get("/health")
async def health(request: Request, gateway: Here, after: int = 0) -> Response:
    looks = gateway.checkups
    js, at = gateway.client.jetstream(), now()
    limits, findings, everyone, services, facts, dead = await asyncio.gather(
        looking.limits(js, gateway.settings, at),
        looks.findings.seen(0),
        looks.everyone.seen(_PATIENCE),
        looks.services.seen(_PATIENCE),
        looks.facts.seen(_PATIENCE),
        letters.some(js, after, _LETTERS),
    )
    shown = {
        "findings": findings,
        "gates": _gates(limits),
        "budget": limits.budget,
        "whom": closings.whom,
        "reason": closings.reason,
        "services": services,
        "facts": facts,
        "behind": BEHIND,
        "everyone": everyone,
        "letters": dead,
        "after": after,
        **_told(findings),
        **_people(everyone),
    }
    return framed(request, gateway, "health.html", shown)


@router.post("/health/look")
async def look_again(gateway: Here) -> Response:
    gateway.checkups.forget(all_of_it=True)
    return RedirectResponse("/health", 303)


def _gates(limits: Limits) -> Sequence[Gate]:
    """One of each family: of two closed doors the one that opens later."""
    at = now()
    closed = {door.family: door for door in sorted(limits.closed(at), key=lambda door: door.until)}
    doors = [closed.get(family) for family in Family]
    return [
        Gate(family, door, door is not None and probing(door, at)) for family, door in zip(Family, doors, strict=True)
    ]


def _told(findings: Seen[Sequence[Finding]]) -> dict[str, object]:
    found = findings.found or ()
    return {
        "summary": summary(found),
        "grave": told(one for one in found if one.state is not State.OK),
        "well": told(one for one in found if one.state is State.OK),
    }


def _people(everyone: Seen[Everyone]) -> dict[str, object]:
    listeners: Sequence[Listener] = everyone.found.listeners if everyone.found else ()
    first = soonest(listeners)
    return {
        "logins": [(one, login_ends_at(one), scarce(one, now())) for one in first[:_LOGINS]],
        "later": len(first) - _LOGINS,
        "next_end": next((ends for one in first[_LOGINS:] if (ends := login_ends_at(one))), None),
        "lateness": lateness(listeners),
        "names": {one.user: one.name for one in listeners},
    }
