"""`/control/clock`: what time it is, and what time it shall be."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from spindle.simulator.clock import Clock, iso, moment
from spindle.simulator.control.bodies import Mistake, SetClock, posted
from spindle.simulator.simulation import simulation


async def read_clock(request: Request) -> Response:
    return JSONResponse(_read(simulation(request).clock))


async def set_clock(request: Request) -> Response:
    """All at once, in this order: set, advance, speed. A speed of 0 freezes the clock."""
    clock, asked = simulation(request).clock, await posted(request, SetClock)
    try:
        if asked.set is not None:
            clock.set(moment(asked.set))
        if asked.advance_seconds is not None:
            clock.advance(timedelta(seconds=asked.advance_seconds))
    except OverflowError as error:
        raise Mistake(400, "beyond the end of time") from error
    if asked.speed is not None:
        clock.run(asked.speed)
    return JSONResponse(_read(clock))


def _read(clock: Clock) -> dict[str, object]:
    return {"now": iso(clock.ms), "speed": clock.speed}
