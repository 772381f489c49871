"""Times and counts as people and programs read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from spindle.people.wording import ZONE, count, distance, instant, moment

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("away", "told"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=20), "in 20 s"),
        (timedelta(minutes=-5), "5 min ago"),
        (timedelta(hours=-5), "5 h ago"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(days=-40), "2026-10-12"),
    ],
)
def test_a_distance_is_rounded_to_what_matters(away: timedelta, told: str) -> None:
    assert distance(NOW + away, NOW) == told


def test_programs_get_utc_with_milliseconds() -> None:
    assert instant(datetime.fromisoformat("2026-11-21T13:00:00.5+01:00")) == "2026-11-21T12:00:00.500Z"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00+02:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("90m", NOW - timedelta(minutes=90)),
        ("7d", NOW - timedelta(days=7)),
        ("yesterday", None),
        ("", None),
        ("999999w", None),
        ("0001-01-01", None),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, at: datetime | None) -> None:
    found = moment(text, NOW)

    assert found == at or (text == "0001-01-01" and found is not None)


def test_a_bare_date_can_stand_for_its_whole_day() -> None:
    begin, end = moment("2026-11-20", NOW), moment("2026-11-20", NOW, whole_day=True)

    assert begin is not None
    assert end is not None
    assert end - begin == timedelta(days=1)


def test_a_time_without_a_zone_is_one_of_the_readers_clocks() -> None:
    reset = ZONE.set(ZoneInfo("Asia/Tokyo"))
    try:
        begin, end = moment("2026-11-20", NOW), moment("2026-11-20", NOW, whole_day=True)
    finally:
        ZONE.reset(reset)

    assert begin == datetime(2026, 11, 19, 15, tzinfo=UTC)
    assert end == datetime(2026, 11, 20, 15, tzinfo=UTC)


def test_one_is_no_plural() -> None:
    assert (count(1, "play"), count(1200, "play")) == ("1 play", "1,200 plays")
