"""A fact of an unknown listener is looked at again, later and later, and not for ever."""

from datetime import timedelta

import pytest

from spindle.recorder.logic.patience import retry_after

PATIENCE = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("age", "again"),
    [(-5, 0.2), (0, 0.2), (3, 3), (29, 29), (300, 30), (595, 5), (599.99, 0.2), (600, None), (1e6, None)],
)
def test_a_fact_is_kept_until_it_is_ten_minutes_old(age: float, again: float | None) -> None:
    found = retry_after(timedelta(seconds=age), PATIENCE)

    assert found == (None if again is None else timedelta(seconds=again))
