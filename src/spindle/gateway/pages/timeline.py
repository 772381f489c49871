"""Timeline: everything that happened to a listener, or to everybody, newest first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from spindle.gateway.framing import framed
from spindle.gateway.here import Here
from spindle.gateway.pages.naming import Who
from spindle.people import asking, history
from spindle.people.events import Event
from spindle.people.history import Topic
from spindle.people.lines import Line, Sign, line
from spindle.people.wording import brief, day
from spindle.shared.ids import begun_at, now
from spindle.shared.messages.jobs import JobFinished

router = APIRouter()

_AT_ONCE = 60
_NAMED = 200
_SIGNS = {
    Sign.PLAYS: "plays",
    Sign.DONE: "done",
    Sign.BROKEN: "broken",
    Sign.WAITS: "waits",
    Sign.STEP: "step",
    Sign.PEOPLE: "people",
}


@dataclass(frozen=True)
class Entry:
    """A line of the timeline."""

    sequence: int
    at: datetime
    user: str | None
    name: str
    line: Line
    job: str | None
    took: str | None

    @property
    def kind(self) -> str:
        return _SIGNS[self.line.sign]


@dataclass(frozen=True)
class Day:
    name: str
    entries: Sequence[Entry]


@router.get("/timeline")
async def everybody(
    request: Request, gateway: Here, user: str = "", only: Topic | None = None, before: int | None = None
) -> Response:
    """Who chooses a listener is led to their own."""
    if user:
        return RedirectResponse(f"/timeline/{quote(user, safe='')}{f'?only={only}' if only else ''}", 303)
    return await _shown(request, gateway, None, only, before)


@router.get("/timeline/{user}")
async def timeline(
    request: Request, gateway: Here, user: Who, only: Topic | None = None, before: int | None = None
) -> Response:
    return await _shown(request, gateway, user, only, before)


async def _shown(request: Request, gateway: Here, user: str | None, only: Topic | None, before: int | None) -> Response:
    one = await asking.listener(gateway.client, user) if user else None
    page = await history.page(gateway.client, one.user if one else None, before, _AT_ONCE, only)
    names = await asking.names(gateway.client)
    shown = {
        "one": one,
        "names": dict(list(names.items())[:_NAMED]),
        "topics": list(Topic),
        "only": only,
        "before": before,
        "days": list(_days([_entry(event, names) for event in page.events])),
        "next": page.next,
        "place": f"/timeline/{one.user}" if one else "/timeline",
    }
    return framed(request, gateway, "timeline.html", shown)


def _entry(event: Event, names: Mapping[str, str]) -> Entry:
    message = event.message
    user = str(event.body.get("user") or "") or None
    known = names.get(user or "", user[-12:] if user else "Spotify")
    job = str(event.body.get("job") or "") or None
    return Entry(
        sequence=event.sequence,
        at=event.at,
        user=user if user in names else None,
        name=getattr(message, "name", "") or known,
        line=line(message, event.at) if message else Line(Sign.STEP, event.subject),
        job=job,
        took=brief(message.finished_at - begun_at(job)) if isinstance(message, JobFinished) and job else None,
    )


def _days(entries: Sequence[Entry]) -> Iterator[Day]:
    today = day(now())
    together: list[Entry] = []
    for entry in entries:
        if together and day(together[-1].at) != day(entry.at):
            yield _day(together, today)
            together = []
        together.append(entry)
    if together:
        yield _day(together, today)


def _day(entries: Sequence[Entry], today: str) -> Day:
    name = day(entries[0].at)
    return Day("Today" if name == today else name, tuple(entries))
