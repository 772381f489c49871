"""What a listener chooses: in which zone their days begin, and what counts as a play."""

import asyncio
from contextlib import suppress
from time import monotonic

from nats.aio.client import Client

from spindle.people import asking, zones
from spindle.people.errors import NoAnswer, Problem
from spindle.people.shapes import Json
from spindle.shared.bus.errors import BusError
from spindle.shared.bus.publish import publish
from spindle.shared.ids import UserId, now
from spindle.shared.messages.ask import Listener
from spindle.shared.messages.choices import THRESHOLDS, USUAL, UTC_ZONE, AtLeast, ChoicesMade

_KNOWN_WITHIN = 15.0  # seconds
_AGAIN = 0.05


def zone_of(text: str) -> str:
    """The zone that somebody means. Raises `Problem`."""
    if found := zones.named(text):
        return found
    raise Problem(f"no time zone is called {text!r}: it is a name such as Europe/Berlin, America/New_York or UTC")


def at_least_of(text: str) -> AtLeast:
    """Raises `Problem`."""
    for each in THRESHOLDS:
        if str(each) == text.strip():
            return each
    there = ", ".join(map(str, THRESHOLDS))
    raise Problem(f"a play can count from so many seconds on: {there}; {text!r} is none of them")


def told(one: Listener) -> dict[str, Json]:
    """For programs."""
    return {"zone": one.zone or UTC_ZONE, "at_least": USUAL if one.at_least is None else one.at_least}


def sentence(one: Listener) -> str:
    """`Nadia's days are those of Europe/Berlin, and plays count from 30 seconds on.`"""
    seconds = USUAL if one.at_least is None else one.at_least
    counts = f"plays count from {seconds} seconds on" if seconds else "every play counts"
    return f"{one.name}'s days are those of {one.zone or UTC_ZONE}, and {counts}."


async def choose(bus: Client, one: Listener, zone: str | None = None, at_least: AtLeast | None = None) -> Listener:
    """What is not said stays as it is. Returns when the recorder has it, which tells as much from then on."""
    made = ChoicesMade(
        user=one.user,
        zone=one.zone if zone is None else zone,
        at_least=one.at_least if at_least is None else at_least,
        chosen_at=now(),
    )
    await publish(bus.jetstream(), made)
    give_up = monotonic() + _KNOWN_WITHIN
    while monotonic() < give_up:
        found = await asking.listener(bus, one.user)
        if (found.zone, found.at_least) == (made.zone, made.at_least):
            return found
        await asyncio.sleep(_AGAIN)
    raise NoAnswer("the recorder has not written it down yet: it will, as soon as it can")


async def settle(bus: Client, user: UserId, zone: str | None) -> None:
    """In the zone where a listener seems to be, unless they have chosen one. No login fails for that."""
    if not (known := zones.named(zone or "")):
        return
    with suppress(Problem, BusError):
        one = await asking.listener(bus, user)
        if one.zone is None:
            await choose(bus, one, zone=known)
