"""Steering a listener's work: pause, resume, trigger."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, StrictBool

from spindle.gateway.api.answers.controls import Answered
from spindle.gateway.api.asked import Who
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Gateway, Here
from spindle.people import asking
from spindle.people.errors import NoAnswer, Refused
from spindle.people.shapes import Json, plain
from spindle.people.steering import asked, request
from spindle.shared.ids import Kind, UserId, is_user
from spindle.shared.messages.control import Control, Pause, Resume, Trigger
from spindle.shared.pauses import ALL

router = APIRouter(tags=["steering"])


class Part(StrEnum):
    """What of a listener's work can be paused."""

    ALL = ALL
    POLL = Kind.POLL
    INITIAL = Kind.INITIAL
    ARCHIVE = Kind.ARCHIVE


class Begin(StrEnum):
    """What can be started: imports need files."""

    POLL = Kind.POLL
    INITIAL = Kind.INITIAL


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Hold(_Body):
    what: Part = Part.ALL


class Start(_Body):
    what: Begin = Begin.POLL
    hurry: StrictBool = False
    """Also when it waits for a reason, such as a failure."""
    again: StrictBool = False
    """Also when the initial sync is complete already."""


_ALL, _POLL = Hold(), Start()


@router.post("/users/{user}/pause", response_model=Answered, responses=problems(400, 404, 409))
async def pause(gateway: Here, user: Who, hold: Annotated[Hold, Body()] = _ALL) -> Json:
    """Begin nothing more for a listener, or nothing of one kind, until it is resumed. It counts within a second."""
    return await done(gateway, Pause(user=await _whom(gateway, user), what=hold.what, request=request()))


@router.post("/users/{user}/resume", response_model=Answered, responses=problems(400, 404, 409))
async def resume(gateway: Here, user: Who, hold: Annotated[Hold, Body()] = _ALL) -> Json:
    """Let paused work go on where it stood."""
    return await done(gateway, Resume(user=await _whom(gateway, user), what=hold.what, request=request()))


@router.post("/users/{user}/trigger", response_model=Answered, responses=problems(400, 404, 409))
async def trigger(gateway: Here, user: Who, start: Annotated[Start, Body()] = _POLL) -> Json:
    """Start a poll or the initial sync now. Nothing is called while Spotify has closed its door."""
    told = {"what": start.what, "hurry": start.hurry, "again": start.again, "request": request()}
    return await done(gateway, Trigger.model_validate({"user": await _whom(gateway, user), **told}))


async def done(gateway: Gateway, command: Control) -> Json:
    """Raises `Refused` with the scheduler's reason."""
    answer = await asked(gateway.client, command)
    if not answer.done:
        raise Refused(answer.why)
    return plain(answer)


async def _whom(gateway: Gateway, wanted: str) -> UserId:
    """While the recorder is silent an id is taken at its word: a pause needs no database."""
    try:
        return (await asking.listener(gateway.client, wanted)).user
    except NoAnswer:
        if is_user(wanted.lower()):
            return wanted.lower()
        raise
