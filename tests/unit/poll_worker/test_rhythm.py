"""What a chain of polls learns of a listener: small, and the same after it has travelled."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from spindle.poll_worker.logic.rhythm import FIRST_PACE, HOURS, RUN, Rhythm, hour_of, learned, packed, rate, unpacked

NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def evenings(weeks: int) -> Rhythm:
    """Somebody who plays ten songs in the hour after 19:00 of every day."""
    rhythm, newest = Rhythm(), NOW - HOUR
    for hours in range(weeks * HOURS):
        at = NOW + hours * HOUR
        ends = [at - each * 5 * MINUTE for each in range(10)] if at.hour == 19 else []
        rhythm = learned(rhythm, ends, newest, at)
        newest = max([newest, *ends])
    return rhythm


def run(apart: timedelta, count: int = 50) -> list[datetime]:
    return [NOW - each * apart for each in range(count)]


@given(pages=st.lists(st.tuples(st.integers(0, 50_000), st.lists(st.integers(0, 5_000), max_size=50)), max_size=8))
def test_it_travels_unchanged_in_a_few_hundred_bytes(pages: list[tuple[int, list[int]]]) -> None:
    rhythm, now = Rhythm(), NOW

    for later, minutes_ago in pages:
        now += later * MINUTE
        rhythm = unpacked(packed(learned(rhythm, [now - each * MINUTE for each in minutes_ago], NOW, now)))

    assert unpacked(packed(rhythm)) == rhythm
    assert len(packed(rhythm)) < 500


@given(text=st.text(max_size=600) | st.none())
def test_what_cannot_be_read_is_learned_anew(text: str | None) -> None:
    assert unpacked(text) == Rhythm()


def test_after_some_weeks_the_hours_in_which_somebody_plays_stand_out() -> None:
    rhythm = evenings(weeks=4)

    evening, night = (rate(rhythm, hour_of(NOW.replace(hour=hour))) for hour in (19, 4))

    assert evening > 20 * night
    assert 2 < evening * 60 < 10


def test_habits_of_long_ago_are_forgotten() -> None:
    before = evenings(weeks=3)
    later = NOW + timedelta(weeks=3)

    after = before
    for hours in range(6 * HOURS):
        after = learned(after, [], NOW, later + hours * HOUR)

    evening = hour_of(NOW.replace(hour=19))
    assert rate(after, evening) < rate(before, evening) / 2


def test_a_faster_run_of_plays_counts_at_once_and_a_slower_one_little_by_little() -> None:
    slow = learned(Rhythm(), run(4 * MINUTE), None, NOW)
    fast = learned(slow, run(0.6 * MINUTE), None, NOW)
    slower = learned(fast, run(4 * MINUTE, RUN + 1), NOW - MINUTE, NOW)

    assert FIRST_PACE < slow.pace < 240
    assert round(fast.pace) == 36
    assert fast.pace < slower.pace < fast.pace * 1.02


def test_a_page_of_plays_that_are_known_teaches_nothing_but_that_time_has_passed() -> None:
    rhythm = learned(Rhythm(), run(MINUTE), None, NOW)

    again = learned(rhythm, run(MINUTE), NOW, NOW)

    assert again == rhythm
