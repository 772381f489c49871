"""What is said to somebody who tells when a listener consented."""

from datetime import UTC, datetime

import pytest

from spindle.people.linking import consent_trouble

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("authorized_at", "trouble"),
    [
        (datetime(2026, 11, 21, 12, 0, 1, tzinfo=UTC), "yet to come"),
        (datetime(2026, 5, 21, 12, tzinfo=UTC), "ended on 2026-11-21"),
        (datetime(2025, 8, 31, 12, tzinfo=UTC), "ended on 2026-02-28"),
        (datetime(1, 1, 1, tzinfo=UTC), "ended on"),
    ],
)
def test_a_consent_of_the_future_and_one_that_has_ended_are_refused(authorized_at: datetime, trouble: str) -> None:
    assert trouble in (consent_trouble(authorized_at, NOW) or "")


@pytest.mark.parametrize("authorized_at", [None, NOW, datetime(2026, 5, 21, 12, 0, 1, tzinfo=UTC)])
def test_any_other_time_and_none_are_fine(authorized_at: datetime | None) -> None:
    assert consent_trouble(authorized_at, NOW) is None
