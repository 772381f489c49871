"""Now: each listener with what is happening, problems first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from spindle.gateway.framing import framed
from spindle.gateway.here import Gateway, Here
from spindle.people.closings import closing, told
from spindle.people.logins import lasting, scarce
from spindle.people.overview import Overview, look_at_some
from spindle.people.progress import Going
from spindle.people.states import URGENT, Doing, State, initial
from spindle.people.underway import underway
from spindle.shared.ids import UserId
from spindle.shared.messages.ask import Listener, PlayRow

router = APIRouter()

_MOST = 20
"""Listeners on a page, and as many again who are unwell."""
_AT_WORK = (State.IMPORTING, State.SYNCING, State.POLLING)


@dataclass(frozen=True)
class Card:
    """A listener on the page."""

    one: Listener
    doing: Doing
    going: Going | None
    latest: PlayRow | None
    first: str
    """How the initial sync stands."""
    expiring: str | None
    next_poll_at: datetime | None
    waits_with_all: bool
    """For a door, of which the page tells above."""

    @property
    def is_paused(self) -> bool:
        return bool(self.one.paused)

    @property
    def is_at_work(self) -> bool:
        return self.doing.state in _AT_WORK or self.going is not None

    @property
    def is_urgent(self) -> bool:
        return self.doing.state in URGENT[:2] or self.expiring is not None


@router.get("/")
async def now(request: Request, gateway: Here, after: UserId | None = None) -> Response:
    async def look() -> Overview:
        return await look_at_some(gateway.client, gateway.settings, _MOST, after)

    seen = await gateway.overviews.get(after, look)
    cards = await _cards(gateway, seen)
    doors = [told(door, seen.at) for door in seen.limits.closed(seen.at)]
    shown = {"seen": seen, "cards": cards, "doors": doors, "budget": seen.limits.budget, "urgent": _urgent(cards)}
    return framed(request, gateway, "now.html", shown)


async def _cards(gateway: Gateway, seen: Overview) -> Sequence[Card]:
    going = await underway(gateway.client, seen, gateway.settings.initial_sync_max_requests)
    plays = await gateway.latest.of(seen.listeners)
    doors = [closing(door, seen.at) for door in seen.limits.closed(seen.at)]
    cards = [
        Card(
            one=one,
            doing=doing,
            going=going.get(one.user),
            latest=plays.get(one.user),
            first=initial(one.initial_sync, seen.at),
            expiring=lasting(one, seen.at) if scarce(one, seen.at) else None,
            next_poll_at=seen.next_poll_at(one),
            waits_with_all=any(door in doing.why for door in doors),
        )
        for one, doing in ((one, seen.doing(one)) for one in seen.listeners)
    ]
    return sorted(cards, key=lambda card: (_urgency(card), card.one.name.casefold()))


def _urgency(card: Card) -> int:
    state = card.doing.state
    return URGENT.index(state) if state in URGENT else len(URGENT) + (not card.is_at_work)


def _urgent(cards: Sequence[Card]) -> Sequence[Card]:
    """Who needs somebody to do something."""
    return [card for card in cards if card.is_urgent]
