"""What was heard, in words."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from spindle.people.heard import begins, by_whom, change, listened, moved
from spindle.shared.messages.ask import TopRow


@pytest.mark.parametrize(
    ("ms", "told"),
    [
        (0, "0 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (3_599_999, "59 min"),
        (3_660_000, "1 h 01 min"),
        (359_999_999, "99 h 59 min"),
        (360_000_000, "100 h"),
        (4_444_444_444, "1,234 h"),
    ],
)
def test_a_length_is_told_as_exactly_as_matters(ms: int, told: str) -> None:
    assert listened(ms) == told


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (112, 100, "+12 %"),
        (95, 100, "-5 %"),
        (0, 7, "-100 %"),
        (2_500, 100, "+2,400 %"),
        (1_001, 1_000, "as before"),
        (3, 0, ""),
        (0, 0, ""),
        (3, None, ""),
    ],
)
def test_a_change_is_told_in_percent_where_there_is_something_to_compare_with(
    now: int, before: int | None, told: str
) -> None:
    assert change(now, before) == told


@pytest.mark.parametrize(
    ("plays_before", "rank_before", "told"),
    [(9, 8, "up 3"), (9, 4, "down 1"), (9, 5, ""), (0, None, "new"), (None, None, "")],
)
def test_it_is_told_how_a_place_has_changed(plays_before: int | None, rank_before: int | None, told: str) -> None:
    row = TopRow(rank=5, id="x", name="x", plays=1, ms=1, plays_before=plays_before, rank_before=rank_before)

    assert moved(row) == told


@pytest.mark.parametrize(
    ("day", "zone", "at"),
    [
        (date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (date(2022, 3, 27), "Asia/Beirut", datetime(2022, 3, 26, 22, tzinfo=UTC)),  # there is no midnight
        (date(2026, 11, 1), "America/Havana", datetime(2026, 11, 1, 4, tzinfo=UTC)),  # there are two
        (date(2026, 4, 5), "Australia/Lord_Howe", datetime(2026, 4, 4, 13, tzinfo=UTC)),
    ],
)
def test_a_day_begins_when_its_first_moment_does(day: date, zone: str, at: datetime) -> None:
    assert begins(day, ZoneInfo(zone)).astimezone(UTC) == at


def test_tracks_that_share_name_and_artists_are_told_apart_by_their_albums() -> None:
    rows = [
        TopRow(rank=rank, id=str(rank), name=name, artists=artists, album=album, plays=1, ms=1)
        for rank, (name, artists, album) in enumerate(
            [
                ("Intro", ("A",), "First"),
                ("Intro", ("B", "C"), "Other"),
                ("Intro", ("A",), "Live"),
                ("Intro", ("A",), None),
                ("Song", (), "First"),
            ],
            start=1,
        )
    ]

    assert by_whom(rows) == ["A · First", "B, C", "A · Live", "A", ""]
