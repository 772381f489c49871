"""Listeners: who is recorded as they should be, and who is not, since when and why."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from spindle.people import advice
from spindle.people.doctor.logic.findings import (
    SHOWN,
    Finding,
    State,
    Way,
    listed,
    ok,
    problem,
    warning,
)
from spindle.people.logins import lasting, scarce
from spindle.people.wording import LINK, clock, command, count, day, distance, local
from spindle.shared.consent import ends_at
from spindle.shared.messages.ask import Listener
from spindle.shared.messages.users import Left

CHECK = "listeners"

FORGIVEN = timedelta(hours=1)
"""So long polls may fail: Spotify keeps 50 plays, and nobody hears those faster."""

DAY = timedelta(days=1)
"""After so long it is told as an event, too: nobody should wait any longer."""

_BY_ITSELF = "It is tried again by itself; the reason says what is wrong."
_FOR_A_DAY = "After a day somebody should mend what the reason says; `{}` tries at once."
_LINK_AGAIN = f"Link the account again: `{command(LINK)}`."


def listeners(everyone: Sequence[Listener], more: bool, now: datetime) -> list[Finding]:
    """`more`: there are others, and these are the first and whoever is unwell."""
    if not everyone:
        return [ok(CHECK, f"Nobody is recorded yet: `{command(LINK)}`.", Way("Link a Spotify account", "/login"))]
    found = [told for kind, look in _KINDS.items() for told in _of_kind(kind, look, everyone, now)]
    found += _undated(everyone, now)
    if any(told.state is not State.OK for told in found):
        return found
    number = f"More than {count(len(everyone), 'listener')}" if more else count(len(everyone), "listener")
    return [ok(CHECK, f"{number}: linked, and no poll has failed."), *found]


def _of_kind(
    kind: str, look: Callable[[Listener, datetime], Finding | None], everyone: Sequence[Listener], now: datetime
) -> list[Finding]:
    """One by one; very many are summed up as the gravest of them."""
    found = [(one.name, told) for one in everyone if (told := look(one, now))]
    if len(found) <= SHOWN:
        return [told for _, told in found]
    gravest = next((told for _, told in found if told.state is State.PROBLEM), found[0][1])
    what = f"{count(len(found), 'listener')} {kind}: {listed([name for name, _ in found])}."
    return [Finding(CHECK, gravest.state, what, gravest.todo)]


def _disconnected(one: Listener, now: datetime) -> Finding | None:
    if one.disconnected_at is None:
        return None
    because = f": {one.disconnected_why}" if one.disconnected_why else ""
    since = f"{local(one.disconnected_at)} ({distance(one.disconnected_at, now)})"
    return problem(CHECK, f"{one.name} is disconnected since {since}{because}.", _LINK_AGAIN, _relinked(one))


def _expiring(one: Listener, now: datetime) -> Finding | None:
    ends = scarce(one, now)
    if ends is None:
        return None
    what = f"{one.name}: {lasting(one, now)} ({distance(ends_at(one.linked_at, one.authorized_at), now)})."
    todo = f"{_LINK_AGAIN} What was played after it is lost."
    return (problem if ends is Left.WEEK else warning)(CHECK, what, todo, _relinked(one))


def _undated(everyone: Sequence[Listener], now: datetime) -> list[Finding]:
    """Of those whose login does not end soon."""
    unknown = [
        one for one in everyone if one.authorized_at is None and not one.disconnected_at and not scarce(one, now)
    ]
    if not unknown:
        return []
    first = min(ends_at(one.linked_at) for one in unknown)
    what = f"It is not known when {listed([one.name for one in unknown])} gave consent: six months later a login ends"
    return [ok(CHECK, f"{what}, the first on {day(first)} at the latest.")]


def _failing(one: Listener, now: datetime) -> Finding | None:
    if one.disconnected_at or one.paused or not one.poll_error:
        return None
    good = f"the last good one was {distance(one.last_poll_at, now)}" if one.last_poll_at else "none has been good yet"
    since = one.failing_since
    how = f"polls have failed since {clock(since, now)}" if since else "last poll failed"
    what = f"{one.name}'s {how}, and {good}: {one.poll_error.rstrip('.')}."
    long = now - (since or one.last_poll_at or one.linked_at)
    usual = _FOR_A_DAY.format(command(f"trigger {one.name} poll --now")) if long > DAY else _BY_ITSELF
    todo = advice.todo(one.poll_error) or usual
    return (problem if long > FORGIVEN else warning)(CHECK, what, todo, _way_on(one, todo))


def _way_on(one: Listener, todo: str) -> Way | None:
    """To what is advised, where that is a command."""
    if command(LINK) in todo:
        return _relinked(one)
    return _steered(one, "Poll") if command(f"trigger {one.name}") in todo else None


def _first_sync_failed(one: Listener, now: datetime) -> Finding | None:
    first = one.initial_sync
    goes_on = first.running or first.completed_at or (first.waiting_until and first.waiting_until > now)
    if one.disconnected_at or not first.error or goes_on:
        return None
    todo = f"Start it again: `{command(f'trigger {one.name} initial')}`."
    return warning(
        CHECK,
        f"{one.name}'s initial sync failed: {first.error.rstrip('.')}.",
        todo,
        _steered(one, "Read the history of"),
    )


def _first_sync_waits(one: Listener, now: datetime) -> Finding | None:
    first = one.initial_sync
    if one.disconnected_at or first.waiting_until is None or first.waiting_until <= now:
        return None
    because = f": {first.error.rstrip('.')}" if first.error else ""
    until = f"{local(first.waiting_until)} ({distance(first.waiting_until, now)})"
    return ok(CHECK, f"{one.name}'s initial sync waits until {until}{because}.")


def _paused(one: Listener, _: datetime) -> Finding | None:
    if one.disconnected_at or not one.paused:
        return None
    what = "everything" if "all" in one.paused else ", ".join(sorted(one.paused))
    return ok(CHECK, f"{one.name} is paused ({what}) until `{command(f'resume {one.name}')}`.", _steered(one, "Resume"))


def _relinked(one: Listener) -> Way:
    return Way(f"Link {one.name} again", f"/login?again={quote(one.name, safe='')}")


def _steered(one: Listener, what: str) -> Way:
    """With the buttons that Now has for each listener."""
    return Way(f"{what} {one.name} on Now", f"/#l-{one.user}")


_KINDS = {
    "are disconnected": _disconnected,
    "have a login that ends soon": _expiring,
    "had a poll that failed": _failing,
    "had an initial sync that failed": _first_sync_failed,
    "wait with their initial sync": _first_sync_waits,
    "are paused": _paused,
}
