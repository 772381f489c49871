"""Periods: how addresses call them, what people call them, and what is beside, around and within them."""

from datetime import date

import pytest

from spindle.people.periods import name, read
from spindle.people.zooming import cut, following, possible, previous, usual, wider
from spindle.shared.messages.ask import By

TODAY = date(2026, 8, 31)


@pytest.mark.parametrize(
    ("key", "since", "until", "told"),
    [
        ("", None, None, "Everything"),
        ("4w", date(2026, 8, 4), date(2026, 9, 1), "The last 4 weeks"),
        ("6m", date(2026, 3, 1), date(2026, 9, 1), "The last 6 months"),
        ("2024", date(2024, 1, 1), date(2025, 1, 1), "2024"),
        ("2023-12", date(2023, 12, 1), date(2024, 1, 1), "December 2023"),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 4), "28 December 2020 to 3 January 2021"),
        ("2024-W19", date(2024, 5, 6), date(2024, 5, 13), "6 to 12 May 2024"),
        ("2024-02-29", date(2024, 2, 29), date(2024, 3, 1), "Thursday, 29 February 2024"),
        ("2024-03-01..2024-05-02", date(2024, 3, 1), date(2024, 5, 3), "1 March to 2 May 2024"),
        ("2024-03-01..", date(2024, 3, 1), None, "Since 1 March 2024"),
        ("..2024-03-01", None, date(2024, 3, 2), "Until 1 March 2024"),
    ],
)
def test_a_period_is_called_by_a_short_key(key: str, since: date | None, until: date | None, told: str) -> None:
    found = read(key, TODAY)

    assert found
    assert (found.since, found.until, name(found)) == (since, until, told)
    assert read(found.key, TODAY) == found


@pytest.mark.parametrize(
    "key",
    [
        *("yesterday", "2024-13", "2023-W53", "2023-02-29", "0000", "9999", "1234", "2024-05-03T10:00", "20240503"),
        *("2024-05-02..2024-05-01", "2024..2025", "..9999-12-31", "\u0662\u0660\u0662\u0664", "2024-W00"),
    ],
)
def test_what_names_no_period_is_none(key: str) -> None:
    assert read(key, TODAY) is None


@pytest.mark.parametrize(
    ("key", "before", "after", "around"),
    [
        ("2024", "2023", "2025", "all"),
        ("2024-01", "2023-12", "2024-02", "2024"),
        ("2020-W53", "2020-W52", "2021-W01", "2020"),
        ("2024-03-01", "2024-02-29", "2024-03-02", "2024-03"),
        ("4w", None, None, "all"),
        ("..2024-03-01", None, None, "all"),
        ("all", None, None, None),
    ],
)
def test_a_period_has_neighbours_of_its_kind_and_a_wider_one(
    key: str, before: str | None, after: str | None, around: str | None
) -> None:
    found = read(key, TODAY)

    assert found
    assert [each and each.key for each in (previous(found), following(found), wider(found))] == [before, after, around]


def test_a_stretch_of_days_is_cut_into_whole_pieces_and_none_is_left_out() -> None:
    since, until = date(2023, 12, 30), date(2024, 2, 1)

    assert [each.key for each in cut(By.YEAR, since, until)] == ["2023", "2024"]
    assert [each.key for each in cut(By.MONTH, since, until)] == ["2023-12", "2024-01"]
    assert [each.key for each in cut(By.WEEK, since, until)][::5] == ["2023-W52", "2024-W05"]
    assert len(list(cut(By.DAY, since, until))) == 33


@pytest.mark.parametrize(
    ("until", "best", "there"),
    [
        (date(2020, 1, 2), By.DAY, [By.DAY]),
        (date(2020, 2, 1), By.DAY, [By.DAY, By.WEEK]),
        (date(2020, 7, 1), By.WEEK, [By.DAY, By.WEEK, By.MONTH]),
        (date(2021, 1, 1), By.MONTH, [By.DAY, By.WEEK, By.MONTH]),
        (date(2026, 1, 1), By.MONTH, [By.WEEK, By.MONTH, By.YEAR]),
        (date(2032, 1, 1), By.YEAR, [By.MONTH, By.YEAR]),
    ],
)
def test_bars_are_as_long_as_lets_them_be_told_apart(until: date, best: By, there: list[By]) -> None:
    since = date(2020, 1, 1)

    assert usual(since, until) is best
    assert list(possible(since, until)) == there
