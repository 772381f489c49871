"""An overview for people: a table of listeners, and below it in words what is unusual."""

from collections.abc import Iterator
from datetime import datetime

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from spindle.cli.seeing.overview import Overview
from spindle.cli.seeing.states import STOPPED, URGENT, State, closed, proven
from spindle.cli.seeing.tables import coloured, nobody, table_of
from spindle.cli.wording import clock, distance
from spindle.shared.messages.ask import InitialSync, Listener


def portrayed(seen: Overview) -> Iterator[Table | Text]:
    if seen.listeners:
        yield _table(seen)
        yield from _explained(seen)
    else:
        yield Text(nobody())
    shut = closed(seen.door, seen.at)
    if shut:
        yield Text(f"Spotify asked us to wait until {clock(shut.until, seen.at)}: {shut.why}")
    if seen.down:
        yield Text(f"Not running: {', '.join(seen.down)}.")


def _table(seen: Overview) -> Table:
    table = table_of("name", "state", "plays>", "last play", "next poll", "initial sync", "gaps>")
    now = seen.at
    states = {one.user: seen.doing(one).state for one in seen.listeners}
    for one in sorted(seen.listeners, key=lambda one: (_urgency(states[one.user]), one.name.casefold())):
        state = states[one.user]
        table.add_row(
            escape(one.name),
            coloured(state),
            f"{one.plays:,}",
            distance(one.last_played_at, now) if one.last_played_at else "-",
            _next(one, state, now),
            initial(one.initial_sync, now),
            str(one.coverage.gaps) if one.coverage else "-",
        )
    return table


def _explained(seen: Overview) -> Iterator[Text]:
    """What is unusual in words; of a single listener everything."""
    alone = len(seen.listeners) == 1
    for one in seen.listeners:
        is_doing = seen.doing(one)
        if alone or is_doing.state in (State.ERROR, State.DISCONNECTED, State.PAUSED, State.IMPORTING):
            yield Text(f"{one.name}: {is_doing.why}")
    if alone:
        [one] = seen.listeners
        yield Text(proven(one))
        if one.initial_sync.reason:
            yield Text(f"Initial sync: {STOPPED.get(one.initial_sync.reason, one.initial_sync.reason.value)}.")


def _urgency(state: State) -> int:
    return URGENT.index(state) if state in URGENT else len(URGENT)


def _next(one: Listener, state: State, now: datetime) -> str:
    if one.next_poll_at is None or state in (State.PAUSED, State.DISCONNECTED):
        return "-"
    return distance(one.next_poll_at, now) if one.next_poll_at > now else "now"


def initial(first: InitialSync, now: datetime) -> str:
    """How an initial sync stands, in a word or two."""
    if first.running:
        return "waiting" if first.waiting_until and first.waiting_until > now else "running"
    if first.completed_at:
        return "complete"
    if first.waiting_until:
        return f"goes on {distance(first.waiting_until, now)}"
    return "failed" if first.error else "not started" if first.started_at is None else "incomplete"
