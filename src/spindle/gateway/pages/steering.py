"""The buttons: pause, resume, trigger, cancel. Each leads back to its page, which says what became of it."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import Response

from spindle.gateway.framing import back
from spindle.gateway.here import Gateway, Here
from spindle.gateway.places import ours
from spindle.people import asking
from spindle.people.errors import Problem
from spindle.people.steering import asked, request
from spindle.people.wording import capital
from spindle.shared.ids import JobId, Kind, UserId, parts
from spindle.shared.messages.ask import Listener
from spindle.shared.messages.control import Cancel, Control, Pause, Resume, Trigger
from spindle.shared.pauses import ALL

router = APIRouter()

_HEARD_WITHIN = 1.0  # seconds in which the recorder, whom pages ask, has heard of a pause
_AGAIN = 0.05  # seconds between two looks

What = Annotated[Literal["all"] | Kind, Form()]
Back = Annotated[str, Form()]


@router.post("/listeners/{user}/pause")
async def pause(gateway: Here, user: UserId, what: What = "all", place: Back = "/") -> Response:
    command = Pause(user=user, what=what, request=request())
    return await _done(gateway, user, command, place, lambda one: what in one.paused)


@router.post("/listeners/{user}/resume")
async def resume(gateway: Here, user: UserId, what: What = "all", place: Back = "/") -> Response:
    command = Resume(user=user, what=what, request=request())
    return await _done(
        gateway, user, command, place, lambda one: not (one.paused if what == ALL else what in one.paused)
    )


@router.post("/listeners/{user}/trigger")
async def trigger(gateway: Here, user: UserId, what: What = Kind.POLL, place: Back = "/") -> Response:
    command = Trigger(user=user, what=what, hurry=True, again=True, request=request())
    return await _done(gateway, user, command, place)


@router.post("/jobs/{job}/cancel")
async def cancel(gateway: Here, job: JobId, place: Back = "/") -> Response:
    return await _done(gateway, parts(job)[1], Cancel(job=job, request=request()), place)


async def _done(
    gateway: Gateway, user: UserId, command: Control, place: str, is_seen: Callable[[Listener], bool] = lambda _: True
) -> Response:
    try:
        answer = await asked(gateway.client, command)
    except Problem as error:
        return back(ours(place), capital(str(error)))
    name = await _name(gateway, user, is_seen if answer.done else lambda _: True)
    gateway.overviews.forget()
    return back(ours(place), f"{name}: {answer.why}" if name else capital(answer.why))


async def _name(gateway: Gateway, user: UserId, is_seen: Callable[[Listener], bool]) -> str:
    """As soon as the page would show what was done, so that it does not contradict itself; empty from nobody."""
    name = ""
    with contextlib.suppress(Problem, TimeoutError):
        async with asyncio.timeout(_HEARD_WITHIN):
            while True:
                one = await asking.listener(gateway.client, user)
                name = one.name
                if is_seen(one):
                    break
                await asyncio.sleep(_AGAIN)
    return name
