"""How long a 429 makes us wait."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.shared.spotify.retry_after import LONGEST, SHORTEST, retry_after

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("   ", None),
        ("soon", None),
        ("-1", None),
        ("5, 10", None),
        ("1e3", None),
        ("NaN", None),
        ("٣", None),
        ("0", 1),
        ("1", 1),
        ("3", 3),
        (" 7 ", 7),
        ("1.2", 2),
        ("19056", 19056),
        ("52531", 52531),
        ("85771", 85771),
        ("86400", 86400),
        ("604800", 25 * 3600),
        ("9" * 5000, 25 * 3600),
        ("Fri, 20 Nov 2026 12:01:30 GMT", 90),
        ("Fri, 20 Nov 2026 12:01:30 -0000", 90),
        ("Fri, 20 Nov 2026 14:01:30 +0200", 90),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 1),
        ("Thu, 20 Nov 2036 12:00:00 GMT", 25 * 3600),
    ],
)
def test_the_wait_is_what_the_header_says_within_bounds(header: str | None, seconds: int | None) -> None:
    assert retry_after(header, NOW) == (None if seconds is None else timedelta(seconds=seconds))


@given(st.none() | st.text() | st.integers().map(str) | st.floats().map(str) | st.datetimes().map(format_datetime))
def test_no_header_makes_us_wait_for_less_than_a_second_or_more_than_a_day(header: str | None) -> None:
    wait = retry_after(header, NOW)

    assert wait is None or SHORTEST <= wait <= LONGEST


@given(st.integers(min_value=1, max_value=90_000))
def test_a_longer_wait_is_never_shortened(seconds: int) -> None:
    assert retry_after(str(seconds), NOW) == timedelta(seconds=seconds)
