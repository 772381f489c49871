"""Lists and summaries for people: eighty columns, local time, and what to do next when there is nothing."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from spindle.people.heard import zone
from spindle.people.states import State, proven
from spindle.people.wording import LINK, clock, command, distance, local
from spindle.shared.messages.ask import Gap, JobRow, Jobs, Listener, PlayRow, StepRow
from spindle.shared.messages.jobs import Status

_COLOURS = {
    State.ERROR: "red",
    State.DISCONNECTED: "red",
    State.PAUSED: "yellow",
    State.WAITING: "yellow",
    State.SYNCING: "cyan",
    State.IMPORTING: "cyan",
    Status.ERROR: "red",
    Status.PARTIAL: "yellow",
    Status.CANCELLED: "yellow",
    Status.RUNNING: "cyan",
}
_ENDING = 8
"""Letters of a job's id that are shown: what `cancel` takes."""


def console(onto: TextIO | None = None) -> Console:
    """On a terminal as wide as it is; into a file or a pipe wide enough to cut nothing."""
    place = onto or sys.stdout
    return Console(file=place, highlight=False, width=None if place.isatty() else 160)


def say(text: str) -> None:
    """Wrapped between words on a terminal, and nowhere else."""
    place = console()
    place.print(text, soft_wrap=not place.is_terminal, markup=False)


def nobody() -> str:
    return f"No listeners yet. Add one with `{command(LINK)}`."


def show_users(listeners: Sequence[Listener]) -> None:
    if not listeners:
        say(nobody())
        return
    table = table_of("name", "plays>", "linked", "id")
    for one in listeners:
        table.add_row(escape(one.name), f"{one.plays:,}", f"{one.linked_at.astimezone():%Y-%m-%d}", one.user)
    console().print(table)


def show_plays(plays: Sequence[PlayRow], of: Listener, wanted: str | None = None) -> None:
    if not plays:
        say(f"No plays of {of.name} {wanted or 'yet'}. `{command(f'status {of.name}')}` says how the recording goes.")
        return
    table = table_of("played until", "~track", "~artists", "source")
    for play in plays:
        source = f"{play.source.value}, short" if play.short else play.source.value
        table.add_row(local(play.played_at), cut(play.track), cut(", ".join(play.artists)), source)
    console().print(table)
    say(_clocks(of))


def _clocks(of: Listener) -> str:
    """By which the times that are told of somebody are meant."""
    return f"(by the clocks of {zone(of)})"


def show_jobs(page: Jobs, now: datetime) -> None:
    if page.jobs:
        _show_jobs(page.jobs, now)
    elif page.forgotten_before is None:
        say(f"No jobs yet. `{command('trigger USER poll')}` starts one.")
    if page.forgotten_before is not None:
        say(f"Polls that began before {local(page.forgotten_before)} are not remembered any more.")


def _show_jobs(jobs: Sequence[JobRow], now: datetime) -> None:
    table = table_of("job", "name", "kind", "status", "started", "steps>", "new>", "~why")
    for job in jobs:
        table.add_row(
            short(job.job),
            escape(job.name),
            job.kind,
            coloured(job.status),
            clock(job.started_at, now),
            str(job.steps),
            str(job.new),
            cut(_why(job, now)),
        )
    console().print(table)


def _why(job: JobRow, now: datetime) -> str:
    if job.waiting_until and job.waiting_until > now:
        return f"goes on {distance(job.waiting_until, now)}{f': {job.error}' if job.error else ''}"
    return job.error or (job.reason.value.replace("_", " ") if job.reason else "")


def show_steps(steps: Sequence[StepRow], job: JobRow, now: datetime) -> None:
    say(f"{job.kind} of {job.name}, {clock(job.started_at, now)}: {job.status.value}")
    table = table_of("step>", "what", "at", "calls>", "fetched>", "new>", "~why")
    for step in steps:
        why = step.error or (step.reason.value.replace("_", " ") if step.reason else "")
        table.add_row(
            str(step.step),
            step.what,
            clock(step.at, now),
            str(step.requests),
            str(step.fetched),
            str(step.new),
            cut(why),
        )
    console().print(table)


def show_gaps(gaps: Sequence[Gap], listener: Listener) -> None:
    say(f"{proven(listener)} {_clocks(listener)}")
    if not gaps:
        return
    table = table_of("after", "before", "length>")
    for gap in gaps:
        table.add_row(local(gap.after), local(gap.before), str(gap.before - gap.after).partition(".")[0])
    console().print(table)
    importing = command(f"import {listener.name} FILE")
    say(f"No page proves these stretches of time complete; the data that Spotify sends on request can: `{importing}`.")


def short(job: str) -> str:
    return "…" + job[-_ENDING:]


def coloured(word: State | Status) -> str:
    colour = _COLOURS.get(word)
    return f"[{colour}]{word.value}[/]" if colour else word.value


def table_of(*columns: str) -> Table:
    """A `>` behind a heading puts its column to the right. Text is cut where there is no room for it, never wrapped:
    first in the columns with `~` before their heading, whose cells are `cut`."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        right = column.endswith(">")
        gives_way = column.startswith("~")
        table.add_column(
            column.strip("~>"), justify="right" if right else "left", no_wrap=not gives_way, overflow="ellipsis"
        )
    return table


def cut(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")


def lines(values: Iterable[str]) -> None:
    """As they are, one after the other; for what must not be wrapped or coloured."""
    for value in values:
        sys.stdout.write(value + "\n")
