"""What may become of a dead letter, and why not."""

import json

from pydantic import ValidationError

from spindle.shared.ids import JobId, Kind, parts
from spindle.shared.messages.dead import Dead
from spindle.shared.messages.imports import ImportArchive
from spindle.shared.messages.plays import PollPlays, Step, SyncPlays

_STEPS: dict[Kind, type[Step]] = {Kind.POLL: PollPlays, Kind.INITIAL: SyncPlays, Kind.ARCHIVE: ImportArchive}
_STEP, _FACT = "sync.", "facts."


class NotAgain(Exception):
    """It cannot be retried; the text says why."""


def is_step(letter: Dead) -> bool:
    return letter.was_on.startswith(_STEP)


def step_of(letter: Dead, number: int) -> Step:
    """The step as it is tried again, with its failures forgotten. Raises `NotAgain`."""
    _check(letter)
    try:
        kind = Kind(letter.was_on.split(".")[1])
        step = _STEPS[kind].decoded(letter.body.encode())
        if (kind, step.user) != parts(step.job) or step.on != letter.was_on:
            raise NotAgain("it is not the step of a job of its mailbox's listener; drop it")
    except (ValueError, ValidationError) as error:
        raise NotAgain("this version cannot read the step either; drop it") from error
    anew = {"retried": number, "why": None, "due_at": None, "failures": 0}
    return step.model_copy(update={name: value for name, value in anew.items() if name in type(step).model_fields})


def fact_of(letter: Dead) -> bytes:
    """The fact as it is told again. Raises `NotAgain`."""
    _check(letter)
    if not letter.was_on.startswith(_FACT):
        word = letter.was_on.partition(".")[0]
        raise NotAgain(f"it was on {word}, and only steps and facts are retried: ask for it anew, and drop this one")
    return letter.body.encode()


def import_of_step(letter: Dead) -> JobId | None:
    """The import whose step the letter is, if it is one."""
    try:
        step = step_of(letter, 0)
    except NotAgain:
        return None
    return step.job if parts(step.job)[0] is Kind.ARCHIVE else None


def _check(letter: Dead) -> None:
    """What is not all of a message can only be looked at."""
    if not letter.whole:
        raise NotAgain("the letter does not hold all of the message; drop it")
    try:
        json.loads(letter.body)
    except (ValueError, RecursionError) as error:
        raise NotAgain("it holds no message; drop it") from error
