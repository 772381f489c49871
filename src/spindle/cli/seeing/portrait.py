"""An overview for people: a table of listeners, and below it in words what is unusual."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from spindle.cli.seeing.tables import coloured, nobody, table_of
from spindle.people.closings import closing, told
from spindle.people.limits import SECONDS
from spindle.people.logins import lasting, login_ends_at, scarce
from spindle.people.overview import Overview
from spindle.people.states import STOPPED, URGENT, State, initial, lagging, proven
from spindle.people.wording import brief, capital, count, distance
from spindle.shared.messages.ask import Listener
from spindle.shared.spotify.door import Door

_BOUNDLESS = Console(width=10_000)


def portrayed(seen: Overview, width: int) -> Iterator[Table | Text]:
    """For a terminal of so many columns."""
    if seen.listeners:
        yield _table(seen, width)
        yield from _explained(seen)
    else:
        yield Text(nobody())
    for door in seen.limits.closed(seen.at):
        if not _said(seen, door):
            yield Text(told(door, seen.at))
    budget = seen.limits.budget
    if budget and budget.full:
        calls = f"{budget.used:,} of {count(budget.calls, 'call')} in {SECONDS} s"
        yield Text(f"The budget of Spotify's calls is used up ({calls}): polls go first, and what can wait waits.")
    if seen.down:
        yield Text(f"Not running: {', '.join(seen.down)}.")


def _said(seen: Overview, door: Door) -> bool:
    """A single listener's reason is the door itself."""
    return len(seen.listeners) == 1 and closing(door, seen.at) in seen.doing(seen.listeners[0]).why


def _table(seen: Overview, width: int) -> Table:
    """How late polls are has a column where there is room for it."""
    if any(one.poll_lag for one in seen.listeners):
        full = _columns(seen, lags=True)
        if Measurement.get(_BOUNDLESS, _BOUNDLESS.options, full).maximum <= width:
            return full
    return _columns(seen, lags=False)


def _columns(seen: Overview, *, lags: bool) -> Table:
    late = ("lag p95>",) if lags else ()
    table = table_of("name", "state", "plays>", "last play", "next poll", *late, "initial sync", "gaps>")
    now = seen.at
    states = {one.user: seen.doing(one).state for one in seen.listeners}
    for one in sorted(seen.listeners, key=lambda one: (_urgency(states[one.user]), one.name.casefold())):
        state, lag = states[one.user], one.poll_lag
        late = (brief(lag.p95) if lag else "-",) if lags else ()
        table.add_row(
            escape(one.name),
            coloured(state),
            f"{one.plays:,}",
            distance(one.last_played_at, now) if one.last_played_at else "-",
            _next(one, seen),
            *late,
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
        if scarce(one, seen.at):
            yield Text(f"{one.name}: {lasting(one, seen.at)}: link the account again before plays are lost")
    if alone:
        [one] = seen.listeners
        yield Text(proven(one))
        if one.poll_lag:
            yield Text(lagging(one.poll_lag))
        if login_ends_at(one) and not scarce(one, seen.at):
            yield Text(f"{capital(lasting(one, seen.at))}.")
        if one.initial_sync.reason:
            yield Text(f"Initial sync: {STOPPED.get(one.initial_sync.reason, one.initial_sync.reason.value)}.")


def _urgency(state: State) -> int:
    return URGENT.index(state) if state in URGENT else len(URGENT)


def _next(one: Listener, seen: Overview) -> str:
    due = seen.next_poll_at(one)
    if due is None:
        return "-"
    return distance(due, seen.at) if due > seen.at else "now"
