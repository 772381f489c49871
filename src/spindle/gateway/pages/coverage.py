"""Coverage: which days are known and from whom, what is missing, and what would bring it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from spindle.gateway.charts import calendar
from spindle.gateway.framing import begun
from spindle.gateway.growing import Rest
from spindle.gateway.here import Gateway, Here
from spindle.gateway.pages.choosing import chosen, offered
from spindle.gateway.pages.naming import Who
from spindle.people import asking, missing
from spindle.people.coverage import Day, Proof, Run, days, gaps, runs
from spindle.people.heard import zone
from spindle.people.wording import ZONE, here
from spindle.shared.ids import now
from spindle.shared.messages.ask import AskCoverage, Gap, Listener, Window

router = APIRouter()

_GAPS = 100
"""On the page; the API has all of them."""


@dataclass(frozen=True)
class Kind:
    """What can be said of a day, and of how many it is."""

    proof: Proof
    days: int

    @property
    def called(self) -> str:
        return missing.CALLED[self.proof]

    @property
    def meant(self) -> str:
        return missing.MEANT[self.proof]


@dataclass(frozen=True)
class Year:
    number: int
    counted: str
    months: Sequence[tuple[str, Markup]]
    runs: Sequence[Run]
    is_open: bool
    """Each of its days is a link."""


@dataclass(frozen=True)
class Open:
    """A gap, and the day in which it begins."""

    day: date
    between: str
    lasting: str
    closes: str


@router.get("/coverage")
async def whose(request: Request, gateway: Here) -> Response:
    return await chosen(request, gateway, "/coverage", "Coverage")


@router.get("/coverage/{user}")
async def coverage(request: Request, gateway: Here, user: Who, year: int | None = None, day: str = "") -> Response:
    """With the newest year or the one that is asked for opened to its days. Who asks for a day in the form is led to
    it. Times here are of the same zone as the days."""
    one = await asking.listener(gateway.client, user)
    if day:
        return RedirectResponse(f"/coverage/{one.user}/{day}", 303)
    ZONE.set(zone(one))
    shown = {
        "one": one,
        "zone": zone(one).key,
        "names": await offered(gateway, one),
        "called": missing.CALLED,
        "mark": calendar.mark,
    }
    return await begun(request, gateway, "coverage.html", shown, known=Rest(lambda: _known(gateway, one, year)))


async def _known(gateway: Gateway, one: Listener, year: int | None) -> Mapping[str, object]:
    windows = await asking.windows(gateway.client, AskCoverage(user=one.user))
    known, open_ = days(windows, zone(one)), gaps(windows)
    if not known:
        return {"days": ()}
    return {
        "years": _years(known, year, f"/coverage/{one.user}"),
        "days": known,
        "kinds": [Kind(proof, number) for proof, number in missing.counts(known).items()],
        "summary": missing.summary(windows, open_),
        "gaps": [_open(gap, windows) for gap in reversed(open_[-_GAPS:])],
        "gap_count": len(open_),
        "before": missing.before_all(windows),
        "after": missing.after_all(windows, one),
    }


def _years(known: Sequence[Day], opened: int | None, place: str) -> Sequence[Year]:
    """The newest first."""
    by_year = [(year, list(of)) for year, of in groupby(known, key=lambda day: day.date.year)][::-1]
    there = opened if opened in dict(by_year) else by_year[0][0]
    return [_year(number, of, place if number == there else None) for number, of in by_year]


def _year(number: int, of: Sequence[Day], place: str | None) -> Year:
    marks = {day.date: (day.proof.value, missing.called(day)) for day in of}
    months = calendar.months(number, marks, place)
    return Year(number, missing.counted(of), months, runs(of)[::-1], is_open=place is not None)


def _open(gap: Gap, windows: Sequence[Window]) -> Open:
    length = missing.lasting(gap.before - gap.after)
    return Open(here(gap.after).date(), missing.between(gap), length, missing.closes(gap, windows, now()))
