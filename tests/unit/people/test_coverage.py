"""Which days are known: windows laid over days of every length."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.people.coverage import Day, Proof, Run, bounds, days, gaps, runs
from spindle.shared.messages.ask import Window
from spindle.shared.messages.plays import Source

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
START = datetime(2026, 3, 27, tzinfo=UTC)
ZONES = (
    "Europe/Berlin",
    "America/Havana",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
)


def window(after: str, before: str, source: Source = Source.POLL) -> Window:
    """Of times in Berlin."""
    first, last = (datetime.fromisoformat(each).replace(tzinfo=BERLIN) for each in (after, before))
    return Window(source=source, after=first, before=last)


def told(*windows: Window) -> dict[int, Proof]:
    """By day of the month."""
    return {day.date.day: day.proof for day in days(windows, BERLIN)}


def test_a_day_is_complete_only_when_all_of_it_is_proven() -> None:
    found = told(window("2026-05-01T18:00", "2026-05-03T00:00"), window("2026-05-03T09:00", "2026-05-05T12:00"))

    assert found == {1: Proof.PARTIAL, 2: Proof.COMPLETE, 3: Proof.PARTIAL, 4: Proof.COMPLETE, 5: Proof.COMPLETE}


def test_a_day_that_needs_an_import_to_be_whole_is_imported() -> None:
    polls = window("2026-05-01T00:00", "2026-05-02T06:00"), window("2026-05-02T08:00", "2026-05-04T00:00")

    found = told(*polls, window("2026-05-01T12:00", "2026-05-02T08:00", Source.IMPORT))

    assert found == {1: Proof.COMPLETE, 2: Proof.IMPORTED, 3: Proof.COMPLETE}


def test_days_without_anything_are_a_gap_and_days_after_the_last_window_are_none() -> None:
    windows = window("2026-05-01T00:00", "2026-05-02T00:00"), window("2026-05-04T00:00", "2026-05-05T01:00")

    found = days(windows, BERLIN)

    assert [day.proof for day in found] == [Proof.COMPLETE, Proof.GAP, Proof.GAP, Proof.COMPLETE, Proof.COMPLETE]
    assert [day.so_far for day in found] == [False] * 4 + [True]
    assert runs(found)[1] == Run(date(2026, 5, 2), date(2026, 5, 3), Proof.GAP)
    assert runs(found)[1].days == 2
    assert [(gap.after, gap.before) for gap in gaps(windows)] == [(windows[0].before, windows[1].after)]


def test_nothing_is_known_of_somebody_of_whom_nothing_is_proven() -> None:
    assert (days((), BERLIN), gaps(()), runs(())) == ((), [], [])


@pytest.mark.parametrize(
    ("zone", "day", "hours", "begins"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23, "2026-03-28T23:00"),
        ("Europe/Berlin", date(2026, 10, 25), 25, "2026-10-24T22:00"),
        ("America/Havana", date(2026, 3, 8), 23, "2026-03-08T05:00"),  # has no midnight
        ("America/Havana", date(2026, 11, 1), 25, "2026-11-01T04:00"),  # has two
        ("America/Sao_Paulo", date(2018, 11, 4), 23, "2018-11-04T03:00"),
        ("America/Sao_Paulo", date(2018, 2, 17), 25, "2018-02-17T02:00"),  # its last hour comes twice
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5, "2026-04-04T13:00"),
        ("Pacific/Apia", date(2011, 12, 30), 0, "2011-12-30T10:00"),  # was left out
    ],
)
def test_a_day_is_as_long_as_it_was_there(zone: str, day: date, hours: float, begins: str) -> None:
    first, last = bounds(day, ZoneInfo(zone))

    assert (first, last - first) == (datetime.fromisoformat(begins).replace(tzinfo=UTC), hours * HOUR)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_day_of_another_length_is_complete_when_all_of_it_is_proven(day: date) -> None:
    first, last = bounds(day, BERLIN)
    whole = Window(source=Source.POLL, after=first, before=last)

    assert [each.proof for each in days([whole], BERLIN)] == [Proof.COMPLETE]
    short = whole.model_copy(update={"after": first + HOUR})
    assert [each.proof for each in days([short], BERLIN)] == [Proof.PARTIAL]


spans = st.tuples(st.integers(0, 400), st.integers(1, 60), st.sampled_from(Source))


@given(st.lists(spans, min_size=1, max_size=8), st.sampled_from(ZONES))
def test_days_say_what_their_hours_say(told: list[tuple[int, int, Source]], zone: str) -> None:
    """Each half hour is proven or not, and by whom: counted one by one."""
    half = timedelta(minutes=30)
    windows = [
        Window(source=source, after=START + half * begins, before=START + half * (begins + length))
        for begins, length, source in told
    ]
    end = max(window.before for window in windows)
    where = ZoneInfo(zone)

    for day in days(windows, where):
        assert day.proof is counted(day, windows, end, half / 2)
        assert day.so_far is (end < day.ends)
        assert days(windows, where, only=day.date) == [day]


def counted(day: Day, windows: list[Window], end: datetime, step: timedelta) -> Proof:
    sources = []
    at = day.begins + step / 2
    while at < min(day.ends, end):
        sources.append({window.source for window in windows if window.after < at < window.before})
        at += step
    if not any(sources):
        return Proof.GAP
    if not all(sources):
        return Proof.PARTIAL
    return Proof.COMPLETE if all(found - {Source.IMPORT} for found in sources) else Proof.IMPORTED
