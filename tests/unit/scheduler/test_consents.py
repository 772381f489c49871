"""Who is to be told that their consent ends soon."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.scheduler.logic.consents import aged
from spindle.shared.messages.ask import Listener
from spindle.shared.messages.users import ConsentAged, Left

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
LINKED = datetime(2026, 1, 20, 12, tzinfo=UTC)
END = datetime(2026, 7, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def listener(warned: Left | None = None, **known: object) -> Listener:
    told = {"linked_at": LINKED, "warned": warned, **known}
    return Listener.model_validate({"user": USER, "name": "ada", "account": "ada-account", **told})


@pytest.mark.parametrize(
    ("days_left", "warned", "expected"),
    [
        (31, None, None),
        (29, None, Left.MONTH),
        (29, Left.MONTH, None),
        (29, Left.WEEK, None),
        (6, None, Left.WEEK),
        (6, Left.MONTH, Left.WEEK),
        (6, Left.WEEK, None),
        (-99, None, Left.WEEK),
        (-99, Left.WEEK, None),
    ],
)
def test_a_listener_is_told_what_is_more_urgent_than_what_they_know(
    days_left: int, warned: Left | None, expected: Left | None
) -> None:
    now = END - days_left * DAY

    told = aged(listener(warned), now)

    if expected is None:
        assert told is None
    else:
        assert told == ConsentAged(user=USER, linked_at=LINKED, ends_at=END, left=expected, noticed_at=now)


def test_a_known_consent_counts_from_when_it_was_given() -> None:
    authorized = datetime(2026, 1, 1, tzinfo=UTC)
    now = datetime(2026, 6, 26, tzinfo=UTC)

    told = aged(listener(authorized_at=authorized), now)

    assert told is not None
    assert (told.ends_at, told.left, told.linked_at) == (datetime(2026, 7, 1, tzinfo=UTC), Left.WEEK, LINKED)


def test_whoever_must_log_in_anyway_is_not_told() -> None:
    assert aged(listener(disconnected_at=END - 20 * DAY), END - 6 * DAY) is None


@given(st.datetimes(timezones=st.just(UTC)), st.none() | st.datetimes(timezones=st.just(UTC)))
def test_no_time_in_the_database_stops_a_round(linked: datetime, authorized: datetime | None) -> None:
    told = aged(listener(linked_at=linked, authorized_at=authorized), END)

    assert told is None or told.left in Left
