"""What of a listener's plays counts, as the questions read it: by hour, by track, by day and track.

Each is a relation: what was counted beforehand, and plays where nothing was, or something has changed since. A play
belongs to the hour in which it ended.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.rollups import NOTHING, Days, Reading, Standing, reading
from spindle.recorder.store.answers.periods import Period
from spindle.recorder.store.clocks import PLANNED, PLAYS
from spindle.shared.messages.choices import THRESHOLDS

_STANDING = text(f"""
    SELECT ARRAY(SELECT month FROM listening_stale WHERE user_id = CAST(:user AS uuid)) AS marked,
           ARRAY(SELECT year FROM listening_counted WHERE user_id = CAST(:user AS uuid) ORDER BY year) AS years,
           ARRAY(SELECT until FROM listening_counted WHERE user_id = CAST(:user AS uuid) ORDER BY year) AS untils,
           {PLANNED}
""")

_LASTED = "coalesce(h.ms >= CAST(:least AS int), true)"
_LIVE = """
    SELECT day, hour, count(*) AS plays, coalesce(sum(ms), 0)::bigint AS ms FROM ({plays}) AS p GROUP BY day, hour
"""
_OF_DAYS = """
    FROM listening_days WHERE user_id = CAST(:user AS uuid) AND ({days}) AND coalesce(plays[:place] > 0, false)
"""
_DAYS = f"""
    SELECT day, plays[:place]::bigint AS plays, ms[:place] AS ms {_OF_DAYS}
    UNION ALL SELECT day, sum(plays)::bigint, sum(ms)::bigint FROM live GROUP BY day
"""
_EVERY_HOUR = ", ".join(f"sum(hours[24 * :place - {23 - hour}])::bigint" for hour in range(24))
_WEEK = f"""
    SELECT d.weekday, h.hour::int - 1 AS hour, h.plays
    FROM (SELECT extract(isodow FROM day)::int AS weekday, ARRAY[{_EVERY_HOUR}] AS plays {_OF_DAYS} GROUP BY 1) AS d
    CROSS JOIN unnest(d.plays) WITH ORDINALITY AS h (plays, hour)
    UNION ALL SELECT extract(isodow FROM day)::int, hour, plays FROM live
"""
# Of plays that nobody timed it is looked up once for each track how long it is.
_TRACKS = """
    SELECT track_id, {sign} * coalesce(plays[:place], 0)::int AS plays, {sign} * coalesce(ms[:place], 0) AS ms
    FROM listening_years WHERE user_id = CAST(:user AS uuid) AND year = ANY(CAST({years} AS smallint[]))
    UNION ALL
    SELECT h.track_id, (h.plays + CASE WHEN h.long THEN h.untimed ELSE 0 END)::int,
           h.ms + CASE WHEN h.long THEN h.untimed * h.duration ELSE 0 END
    FROM (SELECT p.*, coalesce(t.duration_ms, 0) AS duration,
                 coalesce(t.duration_ms >= CAST(:least AS int), true) AS long
          FROM ({plays}) AS p LEFT JOIN tracks AS t USING (track_id)) AS h
"""
_BY_TRACK = """
    SELECT p.track_id, coalesce(sum({sign}) FILTER (WHERE p.ms_played >= CAST(:least AS int)), 0)::bigint AS plays,
           coalesce(sum({sign} * p.ms_played) FILTER (WHERE p.ms_played >= CAST(:least AS int)), 0)::bigint AS ms,
           coalesce(sum({sign}) FILTER (WHERE p.ms_played IS NULL), 0)::bigint AS untimed
    FROM plays AS p WHERE p.user_id = CAST(:user AS uuid) AND ({near}) AND coalesce({inside}, false) GROUP BY p.track_id
"""
_SUMMED = """
    SELECT track_id, sum(plays) AS plays, sum(ms)::bigint AS ms,
           sum(plays_before) AS plays_before, sum(ms_before)::bigint AS ms_before
    FROM ({parts}) AS parts GROUP BY track_id HAVING sum(plays) > 0 OR sum(plays_before) > 0
"""
_NOW = "SELECT track_id, plays, ms, 0 AS plays_before, 0 AS ms_before FROM ({tracks}) AS now"
_BEFORE = "SELECT track_id, 0, 0, plays, ms FROM ({tracks}) AS before"
_REPEATS = """
    SELECT day, track_id, plays[:place]::bigint AS plays FROM listening_repeats
    WHERE user_id = CAST(:user AS uuid) AND ({days}) AND plays[:place] > 1
    UNION ALL
    SELECT day, track_id, count(*) FROM ({plays}) AS p GROUP BY day, track_id HAVING count(*) > 1
"""
_FAR = timedelta(days=2)
"""No day is further from its moments in UTC: they narrow down what is read. Which day a play is of, its clock says."""
_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass
class Counted:
    """What a listener heard in a period: texts of relations, and the names by which they know what is asked."""

    period: Period
    _reading: Reading
    _mark: str
    """Of its own names, where a statement reads two periods."""
    named: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.named |= {
            "user": self.period.user,
            "zone": self.period.zone,
            "least": self.period.at_least * 1000,
            "place": THRESHOLDS.index(self.period.at_least) + 1,
        }

    @property
    def live(self) -> str:
        """Of (day, hour, plays, ms): what was not counted. The next two read it under this name."""
        return _LIVE.format(plays=self._plays(self._reading.plays))

    @property
    def days(self) -> str:
        """Of (day, plays, ms)."""
        return _DAYS.format(days=self._in(self._reading.counted))

    @property
    def week(self) -> str:
        """Of (weekday, hour, plays), from Monday, which is 1; some more than once."""
        return _WEEK.format(days=self._in(self._reading.counted))

    @property
    def tracks(self) -> str:
        """Of (track_id, plays, ms), some more than once."""
        more, less = self._reading.more, self._reading.less
        sign = f"CASE WHEN {self._inside(less)} THEN -1 ELSE 1 END" if less else "1"
        every = [*more, *less]
        plays = _BY_TRACK.format(near=self._near(every, -_FAR), inside=self._inside(every), sign=sign)
        off = list(self._reading.years_off)
        signed = f"CASE WHEN year = ANY(CAST({self._name(off)} AS smallint[])) THEN -1 ELSE 1 END" if off else "1"
        return _TRACKS.format(years=self._name([*self._reading.years, *off]), sign=signed, plays=plays)

    @property
    def repeats(self) -> str:
        """Of (day, track_id, plays), with two plays at least; of whole months the ten with the most of them."""
        return _REPEATS.format(days=self._in(self._reading.months), plays=self._plays(self._reading.month_ends))

    def _plays(self, some: Sequence[Days]) -> str:
        return f"{PLAYS.format(near=self._near(some, -_FAR), days=self._in(some, 'h.at::date'))} AND {_LASTED}"

    def _inside(self, some: Sequence[Days]) -> str:
        """Nearly all plays are so far inside that no clock need be asked."""
        return f"({self._near(some, _FAR)} OR {self._in(some, '(p.played_at AT TIME ZONE CAST(:zone AS text))::date')})"

    def _near(self, some: Sequence[Days], inwards: timedelta) -> str:
        """Moments of these days, with so much less at either end, or more."""
        named = [
            (self._name(_moment(days.since, inwards, _EVER)), self._name(_moment(days.until, -inwards, _NEVER)))
            for days in some
        ]
        parts = [
            f"p.played_at >= CAST({since} AS timestamptz) AND p.played_at <= CAST({until} AS timestamptz)"
            for since, until in named
        ]
        return f"({' OR '.join(parts) or 'false'})"

    def _in(self, some: Sequence[Days], day: str = "day") -> str:
        named = [(self._name(days.since), self._name(days.until)) for days in some]
        parts = [f"{day} >= CAST({since} AS date) AND {day} < CAST({until} AS date)" for since, until in named]
        return f"({' OR '.join(parts) or 'false'})"

    def _name(self, value: date | list[int]) -> str:
        name = f"{self._mark}_{len(self.named)}"
        self.named[name] = value
        return f":{name}"


@dataclass(frozen=True)
class Counts:
    """What was counted of a listener."""

    standing: Standing

    def of(self, period: Period, mark: str = "now") -> Counted:
        return Counted(period, reading(period.days, self.standing), mark)

    def compared(self, period: Period) -> tuple[str, dict[str, object]]:
        """What was heard in a period and in the one before, if there is one: the text of a relation of (track_id,
        plays, ms, plays_before, ms_before), and its names."""
        now = self.of(period)
        parts, named = _NOW.format(tracks=now.tracks), now.named
        if period.before is not None:
            before = self.of(period.before, "before")
            parts, named = f"{parts} UNION ALL {_BEFORE.format(tracks=before.tracks)}", named | before.named
        return _SUMMED.format(parts=parts), named


async def counted(connection: AsyncConnection, user: str) -> Counts:
    row = (await connection.execute(_STANDING, {"user": user})).one()
    return Counts(Standing(frozenset(row.marked), dict(zip(row.years, row.untils, strict=True))))


async def uncounted(connection: AsyncConnection, user: str) -> Counts:  # noqa: ARG001
    """As if nothing had been counted."""
    return Counts(NOTHING)


Counting = Callable[[AsyncConnection, str], Awaitable[Counts]]


def _moment(day: date, further: timedelta, end: datetime) -> datetime:
    try:
        return datetime.combine(day, time(), UTC) + further
    except OverflowError:
        return end
