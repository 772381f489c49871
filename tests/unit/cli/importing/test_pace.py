"""How fast an import goes on: rows a second of what it does now."""

import pytest

from spindle.cli.importing.pace import Pace, speed
from spindle.shared.messages.jobs import Progress


def progress(doing: str, done: int) -> Progress:
    return Progress.model_validate({"doing": doing, "done": done, "total": 100_000})


def test_the_rate_is_that_of_all_that_was_seen() -> None:
    pace = Pace()

    rates = [pace.rate(progress("reading", done), at) for done, at in ((5_000, 1.0), (15_000, 2.0), (45_000, 6.0))]

    assert rates == [None, 10_000, 8_000]


def test_what_is_done_next_has_a_rate_of_its_own() -> None:
    pace = Pace()
    pace.rate(progress("reading", 100_000), 1.0)

    assert pace.rate(progress("recording", 0), 2.0) is None
    assert pace.rate(progress("recording", 5_000), 3.0) == 5_000


@pytest.mark.parametrize(("rate", "said"), [(None, ""), (12345.6, "12,346 rows/s")])
def test_no_speed_is_told_before_there_is_one(rate: float | None, said: str) -> None:
    assert speed(rate) == said
