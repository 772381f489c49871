"""What is missing, in words, and what would bring it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from spindle.people import missing
from spindle.people.coverage import days, gaps
from spindle.people.wording import ZONE
from spindle.shared.ids import new_user
from spindle.shared.messages.ask import Gap, Listener, Window
from spindle.shared.messages.plays import Source

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def in_utc() -> Iterator[None]:
    before = ZONE.set(ZoneInfo("UTC"))
    yield
    ZONE.reset(before)


def window(after: float, before: float, source: Source = Source.POLL) -> Window:
    """Of days ago."""
    return Window(source=source, after=NOW - after * DAY, before=NOW - before * DAY)


def closing(*windows: Window) -> list[str]:
    return [missing.closes(gap, windows, NOW) for gap in gaps(windows)]


def test_what_closes_a_gap_is_an_export_that_reaches_so_far_and_so_far_back() -> None:
    (old,) = closing(window(900, 800), window(798, 0))
    (new,) = closing(window(90, 8), window(7.9, 0))

    assert (
        old == "An import of the extended streaming history that reaches from 12 September 2024 to 14 September 2024."
    )
    assert "from 12:00 to 14:24 on 13 November 2026" in new
    assert new.endswith("Account data will do, too.")


def test_between_two_imported_files_nothing_may_be_missing() -> None:
    files = window(900, 800, Source.IMPORT), window(799, 700, Source.IMPORT)

    assert "unless a file was left out, nothing is missing" in closing(*files)[0]
    assert "left out" not in closing(files[0], window(799, 700))[0]


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({}, "is told by the poll that finds the next play"),
        ({"paused": ("poll",)}, "polling is paused"),
        ({"disconnected_at": NOW}, "the account has to be linked again"),
    ],
)
def test_what_comes_last_depends_on_whether_somebody_is_polled(known: dict[str, object], told: str) -> None:
    ada = Listener.model_validate({"user": new_user(), "name": "Ada", "account": "a", "linked_at": NOW, **known})

    assert told in missing.after_all([window(3, 1)], ada)


def test_what_was_before_the_first_day_comes_with_an_import_unless_one_was_the_first() -> None:
    assert "goes back to the first play" in missing.before_all([window(3, 1)])
    assert "the earliest imported file begins" in missing.before_all([window(5, 4, Source.IMPORT), window(3, 1)])


def test_all_of_it_is_told_in_a_sentence() -> None:
    windows = window(10, 8), window(7, 5), window(2, 0)
    known = days(windows, ZoneInfo("UTC"))

    assert missing.counted(known) == "11 days: 4 complete, 5 partly known, 2 in a gap"
    assert missing.summary(windows, gaps(windows)) == (
        "Every play from 11 November 2026 to 21 November 2026 is recorded, but for 2 gaps, 4 days in all; "
        "the longest lasts 3 days, from 16 November 2026 to 19 November 2026."
    )
    assert missing.summary([window(0.5, 0.25)], []) == (
        "Every play from 00:00 to 06:00 on 21 November 2026 is recorded: there are no gaps."
    )
    assert missing.between(Gap(after=NOW, before=NOW + DAY / 24)) == "from 12:00 to 13:00 on 21 November 2026"
