"""Work: which services do it, how far the recorder is behind, and what nobody could do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from spindle.people.doctor.logic.findings import Finding, Way, ok, problem, warning
from spindle.people.wording import command, count, distance, span

SERVICES, LAG, DEAD = "services", "lag", "dead"

MANY = 10_000  # messages that wait for one service
BEHIND, FAR_BEHIND = timedelta(minutes=1), timedelta(minutes=15)  # the latter is longer than any fact is retried


@dataclass(frozen=True)
class Service:
    up: bool
    backlog: int


@dataclass(frozen=True)
class Lag:
    """Facts that are not recorded yet, and the age of the oldest."""

    pending: int
    oldest: timedelta


@dataclass(frozen=True)
class Dead:
    """Dead letters: all that are kept, those of the last day, and the newest."""

    ever: int
    lately: int
    why: str = ""
    was_on: str = ""
    died_at: datetime | None = None


def services(seen: Mapping[str, Service]) -> list[Finding]:
    down = [name for name, one in seen.items() if not one.up]
    slow = [(name, one.backlog) for name, one in seen.items() if one.up and one.backlog > MANY]
    found = [problem(SERVICES, f"The {name} is not at work.", _start(name)) for name in down]
    found += [
        warning(SERVICES, f"{backlog:,} messages wait for the {name}.", f"Start another one: {_run(name)}.")
        for name, backlog in slow
    ]
    return found or [ok(SERVICES, f"At work: {', '.join(seen)}.")]


def lag(seen: Lag) -> list[Finding]:
    if seen.oldest <= BEHIND:
        waiting = f"{count(seen.pending, 'fact')} on the way" if seen.pending else "nothing waits"
        return [ok(LAG, f"The recorder keeps up: {waiting}.")]
    what = f"{count(seen.pending, 'fact')} not recorded yet, the oldest for {span(seen.oldest.total_seconds())}."
    todo = "Look at whether the recorder runs and the database answers; nothing is lost meanwhile."
    return [problem(LAG, what, todo) if seen.oldest > FAR_BEHIND else warning(LAG, what, todo)]


def dead(seen: Dead, now: datetime) -> list[Finding]:
    if not seen.ever:
        return [ok(DEAD, "There are no dead letters.")]
    when = f", {distance(seen.died_at, now)}" if seen.died_at else ""
    newest = f"The newest{when}: {seen.why} (it was on {seen.was_on})."
    what = f"{count(seen.ever, 'dead letter')}, {seen.lately:,} of the last day. {newest}"
    todo = (
        f"`{command('dead')}` lists them, `{command('dead retry LETTER')}` tries one again when its cause is mended,"
        f" `{command('dead drop LETTER')}` gives it up."
    )
    return [(problem if seen.lately else warning)(DEAD, what, todo, Way("Open them below", "#letters"))]


def _start(name: str) -> str:
    return f"Start it: `{command('up')}` runs everything, {_run(name)} this one alone."


def _run(name: str) -> str:
    return f"`{command(f'run {name}')}`"
