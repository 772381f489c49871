"""One chaos run: the plan carried out, fault by fault, and what came of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic

import httpx

from spindle.cli.chaos.calls import InFlight
from spindle.cli.chaos.comparing import compare
from spindle.cli.chaos.faults import Act
from spindle.cli.chaos.people import People, people
from spindle.cli.chaos.plan import BREATH, plan
from spindle.cli.chaos.quiet import Quiet
from spindle.cli.chaos.result import Result, Wish
from spindle.cli.chaos.stage import Stage, stage
from spindle.cli.chaos.striking import Striking

_BREATHES_WITHIN = 30.0  # seconds; whoever has not been polled then is waited for at the end

Tell = Callable[[str], None]


async def run(home: Path, wish: Wish, tell: Tell, struck: Callable[[int, str], None]) -> Result:
    """`struck` is told the number and the kind of each fault."""
    result, began = Result(wish), monotonic()
    async with stage(home, wish.seed, wish.listeners, wish.replicas, tell) as place, httpx.AsyncClient() as http:
        crowd = people(place, http)
        quiet = Quiet(place, crowd, tell)
        striking = Striking(place, http)
        tell("Linking the listeners …")
        await asyncio.gather(*(crowd.add(person) for person in crowd.everybody))
        async with watching(place) as flight:
            await _strike(result, place, crowd, quiet, striking, flight, struck)
            tell("Taking everything back …")
            await striking.well()
            await quiet.come()
        result.letters = quiet.letters
        result.died = sum(service.died for service in place.services.values())
        tell("Comparing with the truth …")
        await compare(result, place, crowd, quiet.late, flight)
    result.seconds = monotonic() - began
    return result


async def _strike(
    result: Result,
    place: Stage,
    people: People,
    quiet: Quiet,
    striking: Striking,
    flight: InFlight,
    struck: Callable[[int, str], None],
) -> None:
    ends = monotonic() + (result.wish.seconds or float("inf"))
    deeds: set[asyncio.Task[None]] = set()
    strikes: set[asyncio.Task[None]] = set()
    async with asyncio.TaskGroup() as group:
        for number, fault in enumerate(plan(result.wish.seed, place.cast, result.wish.faults), 1):
            if monotonic() > ends:
                break
            await asyncio.sleep(fault.after)
            result.by_kind[fault.what.kind] += 1
            flight.note(fault.what)
            struck(number, fault.what.kind)
            if isinstance(fault.what, Act):
                deeds.add(group.create_task(people.act(fault.what)))
            else:
                strikes.add(group.create_task(striking.strike(fault.what)))
            if number % BREATH == 0:
                await asyncio.wait(strikes)
                await striking.well()
                await quiet.breathe(_BREATHES_WITHIN)
        if strikes:
            await asyncio.wait(strikes)
        await striking.well()


@asynccontextmanager
async def watching(place: Stage) -> AsyncIterator[InFlight]:
    flight = InFlight(place.js)
    watch = asyncio.create_task(flight.watch())
    try:
        yield flight
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
