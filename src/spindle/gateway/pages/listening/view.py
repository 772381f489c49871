"""What the address of a page of Listening says: whose, which period, what counts, and how it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, HTTPException, Query

from spindle.gateway.here import Here
from spindle.gateway.pages.naming import Who
from spindle.people import asking, heard, periods
from spindle.people.periods import Period
from spindle.shared.ids import now
from spindle.shared.messages.ask import By, Listener
from spindle.shared.messages.choices import THRESHOLDS, USUAL, AtLeast

DEFAULT = "4w"
_DAY = timedelta(days=1)


class Show(StrEnum):
    """What bars are of."""

    PLAYS = "plays"
    TIME = "time"


@dataclass(frozen=True)
class View:
    one: Listener
    period: Period
    today: date
    chosen: AtLeast | None = None
    """None for what counts as a play with this listener."""
    by: By | None = None
    show: Show = Show.PLAYS

    @property
    def at_least(self) -> AtLeast:
        return self.chosen if self.chosen is not None else self.own_at_least

    @property
    def own_at_least(self) -> AtLeast:
        return USUAL if self.one.at_least is None else self.one.at_least

    @property
    def days(self) -> tuple[date | None, date | None]:
        """To be asked for. What is to come is left out, so that what was before is compared with as many days."""
        since, until, tomorrow = self.period.since, self.period.until, self.today + _DAY
        if since is None:
            return None, until
        return since, min(until or tomorrow, tomorrow) if since < tomorrow else until

    def at(self, place: str = "", **changed: str) -> str:
        """The address of another page of the same listener, or of this one with something changed."""
        said = {
            "period": self.period.key,
            "at_least": "" if self.chosen is None else str(self.chosen),
            "by": self.by or "",
            "show": self.show if self.show is not Show.PLAYS else "",
        }
        return address(f"/listening/{self.one.user}{place}", said | changed)

    def counted_plays(self, period: str = "", **of: str) -> str:
        """The plays that were counted of something, so that there are as many as the number said that leads there."""
        said = {"by": "", "show": "", "at_least": str(self.at_least or "")}
        return self.at("/plays", **said | of | ({"period": period} if period else {}))

    def sheet(self, name: str, **asked: str) -> str:
        """The address of the same figures as CSV."""
        since, until = self.days
        said = {"since": str(since or ""), "until": str(until - _DAY if until else ""), "at_least": str(self.at_least)}
        return address(f"/api/users/{self.one.user}/{name}.csv", said | asked)


def address(place: str, said: Mapping[str, str]) -> str:
    """Without what need not be said."""
    told = {name: value for name, value in said.items() if value and (name, value) != ("period", DEFAULT)}
    return f"{place}?{urlencode(told)}" if told else place


async def _view(
    gateway: Here,
    user: Who,
    period: str = "",
    since: Annotated[str, Query(alias="from")] = "",
    last: Annotated[str, Query(alias="to")] = "",
    at_least: str = "",
    by: str = "",
    show: Show = Show.PLAYS,
) -> View:
    """Days that were chosen in a form go before a period."""
    one = await asking.listener(gateway.client, user)
    today = heard.today(one, now())
    wanted = f"{since}..{last}" if since or last else period or DEFAULT
    found = periods.read(wanted, today)
    if found is None:
        raise HTTPException(422, f"{wanted!r} is no period: a year is 2026, a month 2026-11, a day 2026-11-21")
    return View(one, found, today, _threshold(at_least), By(by) if by in list(By) else None, show)


def _threshold(text: str) -> AtLeast | None:
    found = next((each for each in THRESHOLDS if str(each) == text), None)
    if text and found is None:
        raise HTTPException(422, f"{text!r} is none of {', '.join(map(str, THRESHOLDS))} seconds")
    return found


Viewed = Annotated[View, Depends(_view)]
