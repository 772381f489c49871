"""What requests may say: ids, times, cursors, numbers. Checked as the description says, before anybody is asked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import Depends, HTTPException, Path, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema

from spindle.gateway.api.answers.shape import RUN, USER
from spindle.shared.ids import Kind
from spindle.shared.messages.choices import THRESHOLDS, AtLeast
from spindle.shared.messages.jobs import Status
from spindle.shared.messages.plays import Source

_USER = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_RUN = "[0-9a-f]{32}"
_JOB = rf"^({'|'.join(Kind)})\.{_USER}\.{_RUN}$"
_IMPORT = rf"^{Kind.ARCHIVE}\.{_USER}\.{_RUN}$"
_LONGEST = 200  # letters of a name
_NUMBERS = 2**63
_A_DAY = timedelta(days=1)


def _written(text: object) -> object:
    """And not a number: pydantic would take it for seconds since 1970."""
    if isinstance(text, str) and not re.match(r"\d{4}-\d\d-\d\d[Tt ]", text):
        raise ValueError("a time is written as in 2026-11-20T10:05:09Z")
    return text


def _day(text: object) -> object:
    """And no time, which would be one of another day elsewhere."""
    if isinstance(text, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError("a day is written as in 2026-11-20")
    return text


_KNOWN = {str(seconds): seconds for seconds in THRESHOLDS}


def _seconds(text: object) -> object:
    """Addresses hold text only."""
    return _KNOWN.get(text, text) if isinstance(text, str) else text


Nothing = SkipJsonSchema[None]
"""It can be left out; nobody can say `null` in an address."""

_Name = Annotated[str, Field(min_length=1, max_length=_LONGEST, pattern=r"^[^\x00]*$")]
_Number = Annotated[int, Field(ge=0, lt=_NUMBERS)]
_Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
_Day = Annotated[date, BeforeValidator(_day)]

Who = Annotated[_Name, Path(description="A listener's name or id.", examples=["Nadia", USER])]
OfWhom = Annotated[_Name | Nothing, Query(description="Only of this listener: a name or an id.")]
JobPath = Annotated[
    Annotated[str, Field(pattern=_JOB)], Path(description="A job's id.", examples=[f"initial.{USER}.{RUN}"])
]
OtherJob = Annotated[Annotated[str, Field(pattern=_JOB)], Query(alias="with", description="The other job's id.")]
ImportPath = Annotated[
    Annotated[str, Field(pattern=_IMPORT)],
    Path(alias="import", description="An import's id, which is that of its job.", examples=[f"archive.{USER}.{RUN}"]),
]
LetterPath = Annotated[int, Path(ge=1, lt=_NUMBERS, description="The number of a dead letter.", examples=[41])]

Limit = Annotated[int, Query(ge=1, le=2000, description="How many at most.")]

_GO_ON = Query(description="`next` of the page before.")
_AT = r"-?\d{1,17}@"
AfterJob = Annotated[Annotated[str, Field(pattern=rf"^{_AT}[!-~]{{1,120}}$")] | Nothing, _GO_ON]
AfterStep = Annotated[Annotated[str, Field(pattern=rf"^{_AT}\d{{1,9}}:[!-~]{{1,120}}$")] | Nothing, _GO_ON]
AfterPlay = Annotated[Annotated[str, Field(pattern=r"^-?\d{1,14}@[!-~]{1,120}$")] | Nothing, _GO_ON]
AfterReject = Annotated[Annotated[str, Field(pattern=r"^\d{1,9}:\d{1,9}$")] | Nothing, _GO_ON]
AfterUser = Annotated[Annotated[str, Field(pattern=f"^{_USER}$")] | Nothing, _GO_ON]
AfterLetter = Annotated[_Number | Nothing, _GO_ON]

Since = Annotated[_Moment | Nothing, Query(description="From this instant on: a time with its zone.")]
Until = Annotated[_Moment | Nothing, Query(description="Before this instant: a time with its zone.")]
Counting = Annotated[
    Annotated[AtLeast, BeforeValidator(_seconds)] | Nothing,
    Query(description="Seconds that something must have lasted to count; without it, as the listener chose."),
]

Search = Annotated[_Name | Nothing, Query(description="Only plays whose track, album or artist has this in its name.")]
OfTrack = Annotated[_Name | Nothing, Query(description="Only of the track of this id.")]
OfArtist = Annotated[_Name | Nothing, Query(description="Only of the artist of this id.")]
OfAlbum = Annotated[_Name | Nothing, Query(description="Only of the album of this id.")]
SeenBy = Annotated[Source | Nothing, Query(description="Only plays that this source has seen.")]
Skipped = Annotated[
    bool | Nothing,
    Query(
        description="Only plays of which an import says that they were skipped, or were not. A play that no import has"
        " seen is in neither: of it nobody knows."
    ),
]
Lasting = Annotated[
    Annotated[AtLeast, BeforeValidator(_seconds)] | Nothing,
    Query(description="Only plays that lasted so many seconds, or nobody knows how long."),
]
Short = Annotated[
    bool | Nothing, Query(description="Only plays that are known to have lasted less than 30 s, or all the others.")
]

OfKind = Annotated[Kind | Nothing, Query(description="Only of this kind.")]
OfStatus = Annotated[Status | Nothing, Query(description="Only those that stand so.")]


@dataclass(frozen=True)
class Days:
    """From the day `since` on and before the day `until`, as it is asked on the bus."""

    since: date | None
    until: date | None


async def _days(
    since: Annotated[_Day | Nothing, Query(description="From this day on, by the listener's clocks.")] = None,
    until: Annotated[_Day | Nothing, Query(description="Until the end of this day, by the same clocks.")] = None,
) -> Days:
    """Whoever names a last day means all of it."""
    if since and until and until < since:
        raise HTTPException(422, "`until` is before `since`")
    return Days(since, min(until, date.max - _A_DAY) + _A_DAY if until else None)


InDays = Annotated[Days, Depends(_days)]


async def nothing_else(request: Request) -> None:
    """A slip of the pen would be passed over: everybody's jobs for one's own, an import for a dry run."""
    route: APIRoute = request.scope["route"]
    known = list(_names(route.dependant))
    for name in request.query_params:
        if name not in known:
            there = ", ".join(known) or "nothing"
            raise HTTPException(422, f"nothing called {name!r} can be asked here; there is: {there}")


def _names(of: Dependant) -> Iterator[str]:
    """Also those that what it depends on asks for."""
    yield from (each.alias for each in of.query_params)
    for each in of.dependencies:
        yield from _names(each)
