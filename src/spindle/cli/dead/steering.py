"""`dead retry` and `dead drop`: the scheduler is asked for one letter after the other, and says what became of each."""

from collections.abc import Callable, Sequence
from pathlib import Path

from nats.aio.client import Client

from spindle.cli.finding import bus
from spindle.cli.listeners.users import interruptible
from spindle.cli.seeing.tables import lines, say
from spindle.people.errors import Problem
from spindle.people.letters import answer as told_of
from spindle.people.letters import every
from spindle.people.shapes import text
from spindle.people.steering import asked, request
from spindle.people.wording import command, count
from spindle.shared.messages.control import Control, Drop, Retry


async def retry(home: Path, letters: Sequence[int], everything: bool, sure: bool, as_json: bool) -> int:
    async with bus(home) as connection:
        wanted = await _wanted(connection, letters, everything, sure, "Retry")
        return await _each(connection, wanted, lambda letter: Retry(letter=letter, request=request()), as_json)


async def drop(home: Path, letters: Sequence[int], everything: bool, sure: bool, as_json: bool) -> int:
    async with bus(home) as connection:
        wanted = await _wanted(connection, letters, everything, sure, "Drop")
        return await _each(connection, wanted, lambda letter: Drop(letter=letter, request=request()), as_json)


async def _wanted(connection: Client, letters: Sequence[int], everything: bool, sure: bool, verb: str) -> Sequence[int]:
    import typer

    if everything == bool(letters):
        raise Problem(f"give the numbers of dead letters, or --all: `{command('dead')}` lists them")
    if not everything:
        return list(dict.fromkeys(letters))
    found = [each.number for each in await every(connection.jetstream())]
    if found and not sure:
        lost = " What they hold is lost then." if verb == "Drop" else ""
        with interruptible():
            typer.confirm(f"{verb} {count(len(found), 'dead letter')}?{lost}", abort=True, err=True)
    return found


async def _each(connection: Client, letters: Sequence[int], control: Callable[[int], Control], as_json: bool) -> int:
    """The exit code: one refusal is a failure, and keeps nobody from the others."""
    answers = []
    for letter in letters:
        answer = await asked(connection, control(letter))
        answers.append(answer)
        if not as_json and (answer.done or len(letters) > 1):
            say(f"{letter}: {'' if answer.done else 'refused: '}{answer.why}")
    refused = [answer for answer in answers if not answer.done]
    if as_json:
        lines([text([told_of(letter, told) for letter, told in zip(letters, answers, strict=True)])])
    elif not letters:
        say("There are no dead letters.")
    elif len(letters) == 1 and refused:
        raise Problem(refused[0].why)
    elif refused:
        raise Problem(f"{len(refused)} of {len(letters)} dead letters are as they were")
    return 1 if refused else 0
