"""Steering commands: trigger, pause, resume, cancel. The scheduler answers each with what became of it."""

from pathlib import Path

from spindle.cli.finding import bus
from spindle.cli.seeing import tables
from spindle.people import shapes
from spindle.people.errors import Problem
from spindle.people.steering import asked, job_id, request, user_id
from spindle.shared.messages.control import Cancel, ControlAnswered, Pause, Resume, Trigger


async def trigger(home: Path, user: str, what: str, hurry: bool, again: bool, as_json: bool) -> int:
    async with bus(home) as connection:
        command = Trigger(user=await user_id(connection, user), what=what, hurry=hurry, again=again, request=request())
        return _told(await asked(connection, command), as_json)


async def pause(home: Path, user: str, what: str, as_json: bool) -> int:
    async with bus(home) as connection:
        command = Pause(user=await user_id(connection, user), what=what, request=request())
        return _told(await asked(connection, command), as_json)


async def resume(home: Path, user: str, what: str, as_json: bool) -> int:
    async with bus(home) as connection:
        command = Resume(user=await user_id(connection, user), what=what, request=request())
        return _told(await asked(connection, command), as_json)


async def cancel(home: Path, job: str, as_json: bool) -> int:
    async with bus(home) as connection:
        command = Cancel(job=await job_id(connection, job), request=request())
        return _told(await asked(connection, command), as_json)


def _told(answer: ControlAnswered, as_json: bool) -> int:
    """The exit code: a refusal is a failure."""
    if as_json:
        tables.lines([shapes.text(shapes.plain(answer))])
    elif answer.done:
        tables.say(answer.why + (f" (job …{answer.job[-8:]})" if answer.job else ""))
    else:
        raise Problem(answer.why)
    return 0 if answer.done else 1
