"""A day: what was played, what is known of it and from whom, and what would close what is open."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from spindle.gateway.charts.strip import Part, strip
from spindle.gateway.framing import begun
from spindle.gateway.growing import Rest
from spindle.gateway.here import Gateway, Here
from spindle.gateway.pages.naming import Who
from spindle.people import asking, missing, periods
from spindle.people.coverage import Span, bounds, days, gaps, open_within
from spindle.people.heard import zone
from spindle.people.wording import ZONE, here
from spindle.shared.ids import now
from spindle.shared.messages.ask import AskCoverage, AskImports, AskPlays, Gap, ImportRow, Listener, PlayRow, Window
from spindle.shared.messages.plays import Source

router = APIRouter()

_PLAYS = 400
_IMPORTS = 1000
_HOURS = range(0, 24, 6)
_DAY = timedelta(days=1)


@router.get("/coverage/{user}/{day}")
async def day(request: Request, gateway: Here, user: Who, day: str) -> Response:
    """Times are of the same zone as the day."""
    one = await asking.listener(gateway.client, user)
    found = periods.read(day, date.min)
    if found is None or found.kind is not periods.Kind.DAY or found.since is None:
        raise HTTPException(404, f"{day} is no day: write it as in 2026-11-21")
    where, on = zone(one), found.since
    ZONE.set(where)
    span = bounds(on, where)
    shown = {
        "one": one,
        "zone": where.key,
        "name": periods.name(found),
        "before": on - _DAY,
        "after": on + _DAY if span[1] <= now() else None,
        "sources": missing.SOURCES,
    }
    return await begun(request, gateway, "day.html", shown, told=Rest(lambda: _told(gateway, one, on, span)))


async def _told(gateway: Gateway, one: Listener, on: date, span: Span) -> Mapping[str, object]:
    windows = await asking.windows(gateway.client, AskCoverage(user=one.user))
    of_it = AskPlays(user=one.user, since=span[0], until=span[1], limit=_PLAYS)
    found = await asking.page_of_plays(gateway.client, of_it)
    return {
        "plays": found.plays,
        "more": found.next is not None,
        **_known(one, windows, on, span, found.plays),
        "imports": await _imports(gateway, one, span),
    }


def _known(
    one: Listener, windows: Sequence[Window], on: date, bounds: Span, plays: Sequence[PlayRow]
) -> Mapping[str, object]:
    """What can be said of it, and by whom."""
    begins, ends = bounds
    touching = [window for window in windows if window.after < ends and window.before > begins]
    state = next(iter(days(windows, zone(one), only=on)), None)
    if state is None or begins == ends:
        return {"state": None, "beyond": _beyond(one, windows, bounds), "windows": touching}
    open_ = open_within(windows, begins, ends)
    words = f"{missing.called(state)}: {missing.MEANT[state.proof]}"
    title, played = f"{periods.day(on)}, hour by hour", [play.played_at for play in plays]
    drawn = strip("day", title, words, bounds, list(_lines(touching, open_)), played, _hours(bounds))
    lines = [source for source in Source if any(window.source is source for window in touching)]
    return {
        "state": state,
        "words": words,
        "chart": drawn,
        "lines": [*lines, *(["open"] if open_ else [])],
        "windows": touching,
        "open": [_closing(gap, windows) for gap in open_],
    }


def _closing(gap: Gap, windows: Sequence[Window]) -> tuple[Gap, str]:
    """And what closes all of it, of which this day may have a part."""
    whole = next((each for each in gaps(windows) if each.after <= gap.after and gap.before <= each.before), None)
    return gap, missing.closes(whole, windows, now()) if whole else missing.before_all(windows)


def _beyond(one: Listener, windows: Sequence[Window], bounds: Span) -> str:
    if not windows:
        return f"Nothing is known of {one.name} yet: the first page of plays proves something."
    if bounds[0] == bounds[1]:
        return "This day was left out where these days are counted."
    if bounds[0] >= now():
        return "This day is yet to come."
    is_later = bounds[0] >= max(window.before for window in windows)
    return missing.after_all(windows, one) if is_later else missing.before_all(windows)


def _lines(windows: Sequence[Window], open_: Sequence[Gap]) -> Iterator[Sequence[Part]]:
    """One for each source, and one for what is open."""
    for source in Source:
        of = [window for window in windows if window.source is source]
        if of:
            yield [Part(source.value, each.after, each.before, _from_to(missing.SOURCES[source], each)) for each in of]
    if open_:
        yield [Part("open", gap.after, gap.before, _from_to("open", gap)) for gap in open_]


def _from_to(what: str, of: Window | Gap) -> str:
    return f"{what}, from {here(of.after):%H:%M} to {here(of.before):%H:%M}"


def _hours(bounds: Span) -> Sequence[tuple[datetime, str]]:
    """Where they stand on a day that may have 23 or 25 of them."""
    midnight = here(bounds[0])
    return [(midnight.replace(hour=hour, minute=0), f"{hour:02}:00") for hour in _HOURS]


async def _imports(gateway: Gateway, one: Listener, bounds: Span) -> Sequence[ImportRow]:
    """That reach into the day."""
    rows = await asking.imports(gateway.client, AskImports(user=one.user, limit=_IMPORTS))
    return [
        row
        for row in rows
        if row.earliest
        and row.latest
        and row.earliest < bounds[1]
        and row.latest >= bounds[0]
        and not row.dry_run
        and not row.revoked_at
    ]
