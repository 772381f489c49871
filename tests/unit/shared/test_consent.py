"""How long a consent lasts, and from when on little of it is left."""

from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.shared.consent import ends_at, left
from spindle.shared.messages.users import Left

MS = timedelta(milliseconds=1)
DAY = timedelta(days=1)
END = datetime(2026, 7, 20, 12, tzinfo=UTC)

_times = st.datetimes(datetime(2006, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("began", "ends"),
    [
        ("2026-01-20T12:00:00Z", "2026-07-20T12:00:00Z"),
        ("2026-07-20T12:00:00.123456Z", "2027-01-20T12:00:00.123456Z"),
        ("2026-08-31T23:59:59Z", "2027-02-28T23:59:59Z"),
        ("2027-08-31T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("2026-08-28T00:00:00Z", "2027-02-28T00:00:00Z"),
        ("2026-03-31T00:00:00Z", "2026-09-30T00:00:00Z"),
        ("2026-06-30T00:00:00Z", "2026-12-30T00:00:00Z"),
        ("2026-12-31T00:00:00Z", "2027-06-30T00:00:00Z"),
        ("2028-02-29T00:00:00Z", "2028-08-29T00:00:00Z"),
    ],
)
def test_a_consent_ends_six_calendar_months_later(began: str, ends: str) -> None:
    assert ends_at(at(began)) == at(ends)


def test_the_calendar_is_that_of_utc() -> None:
    """There it is August already."""
    assert ends_at(at("2026-07-31T23:30:00-02:00")) == at("2027-02-01T01:30:00Z")


def test_an_unknown_consent_was_given_before_the_link_and_so_was_one_that_claims_to_be_later() -> None:
    linked = at("2026-05-02T00:00:00Z")

    assert ends_at(linked, None) == at("2026-11-02T00:00:00Z")
    assert ends_at(linked, at("2026-03-01T00:00:00Z")) == at("2026-09-01T00:00:00Z")
    assert ends_at(linked, at("2200-01-01T00:00:00Z")) == at("2026-11-02T00:00:00Z")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (END - 30 * DAY - MS, None),
        (END - 30 * DAY, Left.MONTH),
        (END - 7 * DAY - MS, Left.MONTH),
        (END - 7 * DAY, Left.WEEK),
        (END, Left.WEEK),
        (END + 999 * DAY, Left.WEEK),
    ],
)
def test_little_is_left_from_a_month_before_the_end(now: datetime, expected: Left | None) -> None:
    assert left(END, now) is expected


@given(linked=_times, authorized=st.none() | _times, now=_times)
def test_what_is_left_only_becomes_less(linked: datetime, authorized: datetime | None, now: datetime) -> None:
    ends = ends_at(linked, authorized)
    urgency = [None, Left.MONTH, Left.WEEK]

    assert 181 * DAY <= ends - min(linked, authorized or linked) <= 184 * DAY
    assert ends <= ends_at(linked)
    assert urgency.index(left(ends, now)) <= urgency.index(left(ends, now + DAY))


@pytest.mark.parametrize("hours", [-14, 0, 14])
@pytest.mark.parametrize("year", [MINYEAR, MAXYEAR])
def test_no_time_is_too_absurd(year: int, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    edge = datetime(year, 1, 1, tzinfo=zone) if year == MINYEAR else datetime.max.replace(tzinfo=zone)

    for linked, authorized in ((edge, None), (END, edge), (edge, END), (edge, edge)):
        assert left(ends_at(linked, authorized), END) in {None, Left.WEEK}
