"""Which days are asked of, in whose time zone, and what counts there as a play."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.errors import DataRefused
from spindle.recorder.logic.rollups import Days
from spindle.shared.messages.ask import AskListening, AskRepeats, AskTops
from spindle.shared.messages.choices import USUAL, UTC_ZONE, AtLeast

Question = AskListening | AskTops | AskRepeats

_CHOSEN = text("SELECT zone, at_least FROM users WHERE user_id = CAST(:user AS uuid)")


@dataclass(frozen=True)
class Period:
    """From the day `since` on and before the day `until`, by the clocks of a zone."""

    user: str
    zone: str
    at_least: AtLeast
    since: date | None
    until: date | None

    @property
    def before(self) -> "Period | None":
        """As many days just before; none when not both ends are known."""
        if self.since is None or self.until is None or self.until <= self.since:
            return None
        days = self.until - self.since
        begins = self.since - min(days, self.since - date.min)
        return replace(self, since=begins, until=self.since)

    @property
    def days(self) -> Days:
        return Days(self.since or date.min, self.until or date.max)


async def period(connection: AsyncConnection, question: Question) -> Period:
    """With what the listener chose where the question leaves it open. Raises `DataRefused`."""
    if question.since and question.until and question.until < question.since:
        raise DataRefused("`until` is before `since`")
    row = (await connection.execute(_CHOSEN, {"user": question.user})).one_or_none()
    chosen = row.at_least if row and row.at_least is not None else USUAL
    return Period(
        user=question.user,
        zone=(row.zone if row else None) or UTC_ZONE,
        at_least=chosen if question.at_least is None else question.at_least,
        since=question.since,
        until=question.until,
    )
