"""Where the answers of a period are read: together the parts hold each of its days once, and no other day."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from spindle.recorder.logic.rollups import ALL_YEARS, Days, Reading, Standing, reading, year

FIRST, LAST = date(2019, 1, 1), date(2023, 1, 1)
MONTHS = [date(number, month, 1) for number in range(FIRST.year, LAST.year) for month in range(1, 13)]
DAYS = [FIRST + timedelta(n) for n in range((LAST - FIRST).days)]


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Something was heard in each month: so each is in a year that was counted, or marked."""
    over = draw(st.sampled_from(MONTHS[1:]))
    years = {number: min(over, year(number).until) for number in range(FIRST.year, over.year + 1)}
    counted = draw(st.sets(st.sampled_from(sorted(years))))
    marked = {month for month in MONTHS if month >= over or month.year not in counted}
    marked |= draw(st.sets(st.sampled_from(MONTHS), max_size=4))
    kept = {number: until for number, until in years.items() if number in counted}
    if draw(st.booleans()):
        kept[ALL_YEARS] = over
    return Standing(frozenset(marked), kept)


def times(parts: Iterable[Days], sign: int = 1) -> Counter[date]:
    return Counter({day: sign for part in parts for day in DAYS if part.since <= day < part.until})


def plus(*counters: Counter[date]) -> dict[date, int]:
    total = Counter[date]()
    for each in counters:
        total.update(each)
    return {day: number for day, number in total.items() if number}


def rolled(numbers: Iterable[int], standing: Standing) -> list[Days]:
    return [
        Days(until=standing.years[number]) if number == ALL_YEARS else Days(year(number).since, standing.years[number])
        for number in numbers
    ]


def tracks(found: Reading, standing: Standing) -> dict[date, int]:
    years = [times([each]) for each in rolled(found.years, standing)]
    years_off = [times([each], -1) for each in rolled(found.years_off, standing)]
    return plus(*years, *years_off, times(found.more), times(found.less, -1))


@given(standings(), st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(sorted), st.booleans(), st.booleans())
def test_each_day_of_a_period_is_read_once_and_no_other(
    standing: Standing, ends: list[date], since_ever: bool, for_ever: bool
) -> None:
    asked = Days(date.min if since_ever else ends[0], date.max if for_ever else ends[1])

    found = reading(asked, standing)

    wanted = dict(times([asked]))
    assert plus(times(found.counted), times(found.plays)) == wanted
    assert plus(times(found.months), times(found.month_ends)) == wanted
    assert tracks(found, standing) == wanted
    assert not times(found.more).keys() & times(found.less).keys()


def test_a_long_period_is_everything_without_its_ends() -> None:
    years = {number: year(number).until for number in range(2010, 2025)}
    standing = Standing(frozenset(), {**years, ALL_YEARS: date(2025, 1, 1)})

    found = reading(Days(date(2011, 1, 1), date(2024, 1, 11)), standing)

    assert (found.years, found.years_off) == ([ALL_YEARS], [2010, 2024])
    assert (found.more, found.less) == ([Days(date(2024, 1, 1), date(2024, 1, 11))], [])
