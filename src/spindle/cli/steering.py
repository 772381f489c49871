"""Steering commands: trigger, pause, resume, cancel. The scheduler answers each with what became of it."""

import contextlib
import uuid
from pathlib import Path

import nats.errors
from nats.aio.client import Client

from spindle.cli import asking
from spindle.cli.errors import CommandError, NoAnswer, Refused
from spindle.cli.finding import bus
from spindle.cli.seeing import shapes, tables
from spindle.shared.bus.controls import answered
from spindle.shared.bus.errors import BusSilent
from spindle.shared.ids import JobId, UserId, is_user, parts
from spindle.shared.messages.control import Cancel, Control, ControlAnswered, Pause, Resume, Trigger

_PATIENCE = 5.0  # seconds


async def trigger(home: Path, user: str, what: str, hurry: bool, again: bool, as_json: bool) -> int:
    async with bus(home) as connection:
        command = Trigger(user=await _user(connection, user), what=what, hurry=hurry, again=again, request=request())
        return _told(await asked(connection, command), as_json)


async def pause(home: Path, user: str, what: str, as_json: bool) -> int:
    async with bus(home) as connection:
        command = Pause(user=await _user(connection, user), what=what, request=request())
        return _told(await asked(connection, command), as_json)


async def resume(home: Path, user: str, what: str, as_json: bool) -> int:
    async with bus(home) as connection:
        command = Resume(user=await _user(connection, user), what=what, request=request())
        return _told(await asked(connection, command), as_json)


async def cancel(home: Path, job: str, as_json: bool) -> int:
    async with bus(home) as connection:
        command = Cancel(job=await _job(connection, job), request=request())
        return _told(await asked(connection, command), as_json)


def request() -> str:
    return uuid.uuid4().hex


async def _user(connection: Client, wanted: str) -> UserId:
    """An id is taken at its word: the scheduler looks at it, and honours it without recorder and database."""
    if is_user(wanted.lower()):
        return wanted.lower()
    try:
        return (await asking.listener(connection, wanted)).user
    except (NoAnswer, Refused) as silent:
        raise NoAnswer(f"{silent}; until it does, give the listener's id instead of the name") from silent


async def _job(connection: Client, wanted: str) -> JobId:
    with contextlib.suppress(ValueError):
        parts(wanted)
        return wanted
    return (await asking.job_ending(connection, wanted)).job


async def asked(connection: Client, command: Control) -> ControlAnswered:
    try:
        answer = await answered(connection, command, _PATIENCE)
    except (BusSilent, nats.errors.Error) as error:
        raise NoAnswer(f"NATS did not take it: {error}") from error
    if answer is None:
        raise NoAnswer("the scheduler does not answer; the request is kept and will be honoured when it is back")
    return answer


def _told(answer: ControlAnswered, as_json: bool) -> int:
    """The exit code: a refusal is a failure."""
    if as_json:
        tables.lines([shapes.text(shapes.plain(answer))])
    elif answer.done:
        tables.say(answer.why + (f" (job …{answer.job[-8:]})" if answer.job else ""))
    else:
        raise CommandError(answer.why)
    return 0 if answer.done else 1
