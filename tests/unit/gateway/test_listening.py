"""Pages of Listening: which days they ask for, what they lead to, and into which bars days are put."""

from datetime import UTC, date, datetime

import pytest

from spindle.gateway.pages.listening.drawing import best, by_year, course, shown
from spindle.gateway.pages.listening.view import View
from spindle.people.periods import read
from spindle.shared.messages.ask import Bar, By, Heard, Listener, Listening

USER = "01950001-0000-7000-8000-000000000000"
TODAY = date(2026, 11, 21)
ONE = Listener(user=USER, name="Ada", account="ada", linked_at=datetime(2026, 1, 1, tzinfo=UTC), at_least=60)


def view(key: str, by: By | None = None) -> View:
    period = read(key, TODAY)
    assert period
    return View(ONE, period, TODAY, by=by)


@pytest.mark.parametrize(
    ("key", "since", "until"),
    [
        ("all", None, None),
        ("2025", date(2025, 1, 1), date(2026, 1, 1)),
        ("2026", date(2026, 1, 1), date(2026, 11, 22)),
        ("2026-11-02..", date(2026, 11, 2), date(2026, 11, 22)),
        ("..2026-11-02", None, date(2026, 11, 3)),
        ("2027", date(2027, 1, 1), date(2028, 1, 1)),
    ],
)
def test_what_is_to_come_is_not_asked_for_so_that_before_it_are_as_many_days(
    key: str, since: date | None, until: date | None
) -> None:
    assert view(key).days == (since, until)


def test_an_address_says_only_what_is_not_as_usual() -> None:
    assert view("4w").at() == f"/listening/{USER}"
    assert view("2026-11", By.DAY).at("/plays", by="") == f"/listening/{USER}/plays?period=2026-11"
    assert view("2026").sheet("tops", what="albums") == (
        f"/api/users/{USER}/tops.csv?since=2026-01-01&until=2026-11-21&at_least=60&what=albums"
    )


def test_a_bar_stands_for_each_stretch_and_leads_to_it() -> None:
    found = Listening(
        zone="UTC",
        at_least=60,
        first=date(2026, 9, 30),
        last=date(2026, 11, 20),
        heard=Heard(plays=3),
        bars=(Bar(begins=date(2026, 9, 1), plays=1, ms=1), Bar(begins=date(2026, 11, 1), plays=2, ms=2)),
    )
    seen = view("2026", By.MONTH)

    days = shown(seen, found)
    assert days
    told = course(seen, found, best(seen, days), days)

    assert [(each.name, each.plays, each.place) for each in told.heard] == [
        ("September 2026", 1, f"/listening/{USER}?period=2026-09"),
        ("November 2026", 2, f"/listening/{USER}?period=2026-11"),
    ]
    assert told.chart.count("<a ") == 2
    assert told.chart.count('class="mark') == 11  # up to this month


def test_days_that_would_be_too_many_bars_are_drawn_as_months() -> None:
    assert best(view("all", By.DAY), (date(2020, 1, 1), date(2024, 1, 1))) is By.MONTH


def test_months_sum_up_to_years() -> None:
    months = [
        Bar(begins=date(2025, 12, 1), plays=1, ms=10),
        *(Bar(begins=date(2026, n, 1), plays=2, ms=5) for n in (1, 3)),
    ]

    assert [(each.begins.year, each.plays, each.ms) for each in by_year(months)] == [(2025, 1, 10), (2026, 4, 10)]
