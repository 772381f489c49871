"""Dead letters: all of them, and what programs get of one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pydantic
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg

from spindle.people.shapes import Json, plain
from spindle.shared.bus import dead
from spindle.shared.ids import Kind, now
from spindle.shared.messages.control import ControlAnswered
from spindle.shared.messages.dead import Dead

UNREADABLE = "the letter cannot be read"


@dataclass(frozen=True)
class Numbered:
    """A dead letter, and its number in the stream."""

    number: int
    letter: Dead


async def every(js: JetStreamContext) -> list[Numbered]:
    """Oldest first."""
    return [Numbered(int(found.seq or 0), read(found)) async for found in dead.letters(js)]


@dataclass(frozen=True)
class Some:
    """A few of them, oldest first, and how many there are in all."""

    shown: Sequence[Numbered]
    total: int
    next: int | None
    """Pass it as `after` to go on; none when these were the last."""


async def some(js: JetStreamContext, after: int, limit: int) -> Some:
    """Behind a number."""
    total = (await js.stream_info("dead")).state.messages
    shown: list[Numbered] = []
    if total:
        async for found in dead.letters(js, after):
            if len(shown) == limit:
                return Some(shown, total, shown[-1].number)
            shown.append(Numbered(int(found.seq or 0), read(found)))
    return Some(shown, total, None)


def read(found: RawStreamMsg) -> Dead:
    """One that is none of ours is shown all the same: it can be dropped."""
    try:
        return Dead.decoded(found.data or b"")
    except pydantic.ValidationError:
        consumer = str(found.subject).partition(".")[2]
        return Dead(
            consumer=consumer,
            stream="",
            sequence=0,
            was_on="",
            why=UNREADABLE,
            body=(found.data or b"").decode(errors="replace"),
            died_at=found.time or now(),
            whole=False,
        )


def row(number: int, letter: Dead, names: Mapping[str, str]) -> dict[str, Json]:
    return {
        "letter": number,
        "died_at": plain(letter.died_at),
        "consumer": letter.consumer,
        "subject": letter.was_on,
        "user": letter.user,
        "name": names.get(letter.user or ""),
        "job": letter.job,
        "step": letter.step,
        "why": letter.why,
    }


def whole(number: int, letter: Dead, names: Mapping[str, str]) -> dict[str, Json]:
    """With what it holds: as JSON if it is some, else as text."""
    return {**row(number, letter, names), "whole": letter.whole, "body": body(letter)}


def lost(letter: Dead) -> str:
    """What goes with it when it is given up."""
    if letter.was_on.startswith(f"sync.{Kind.ARCHIVE}."):
        return "It is a step of an import. With it goes all that the import has brought so far."
    if letter.was_on.startswith("sync."):
        return "It is a step of a job, which ends with it. What the job has found so far stays."
    if letter.was_on.startswith("facts."):
        return "It tells what a worker found out. What it tells is never recorded then."
    return "What it holds is lost then."


def answer(number: int, told: ControlAnswered) -> dict[str, Json]:
    return {"letter": number, "done": told.done, "why": told.why, "job": told.job}


def is_json(letter: Dead) -> bool:
    return not isinstance(body(letter), str)


def body(letter: Dead) -> Json:
    try:
        found: Json = json.loads(letter.body)
    except (ValueError, RecursionError):
        return letter.body
    return found
