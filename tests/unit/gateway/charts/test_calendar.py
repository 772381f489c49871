"""Calendars, read as the markup that they are."""

from datetime import date
from xml.etree import ElementTree as ET

import pytest

from spindle.gateway.charts.calendar import mark, months


def month(year: int, number: int, marked: dict[date, tuple[str, str]], place: str | None = None) -> ET.Element:
    return ET.fromstring(months(year, marked, place)[number - 1][1])


def test_each_day_of_an_opened_year_says_how_it_is_and_leads_to_itself() -> None:
    marked = {date(2024, 2, 1): ("gap", "a gap"), date(2024, 2, 29): ("complete", "<all> of it")}

    february = month(2024, 2, marked, "/coverage/x")

    assert february.get("aria-label") == "February 2024"
    assert [(link.get("href"), link.findtext("title")) for link in february.iter("a")] == [
        ("/coverage/x/2024-02-01", "1 February 2024: a gap"),
        ("/coverage/x/2024-02-29", "29 February 2024: <all> of it"),
    ]
    places = [(place.get("x"), place.get("y")) for place in february.iter("rect")]
    assert places == [("33", "0"), ("33", "44")]  # both are Thursdays


def test_days_that_are_alike_are_one_shape_and_every_day_is_drawn() -> None:
    marked = {date(2023, 5, number): ("partial", "") for number in (7, 8)} | {date(2023, 5, 9): ("gap", "")}

    may = month(2023, 5, marked)

    days = {path.get("class"): str(path.get("d")).count("M") for path in may.iter("path")}
    assert days == {"is-beyond filled": 28, "is-partial framed": 2, "is-partial filled": 2, "is-gap framed": 1}
    assert (may.get("role"), may.get("aria-label")) == ("img", "May 2023: 28 beyond, 2 partial, 1 gap")
    assert not list(may.iter("a"))


@pytest.mark.parametrize(("year", "days"), [(2023, 365), (2024, 366)])
def test_a_year_has_all_its_days(year: int, days: int) -> None:
    drawn = [ET.fromstring(drawn) for _, drawn in months(year, {})]

    assert sum(str(path.get("d")).count("M") for month in drawn for path in month.iter("path")) == days


def test_marks_differ_by_more_than_their_colour() -> None:
    shapes = {str(mark(name)).partition(" d=")[2] for name in ("complete", "imported", "partial", "gap", "beyond")}

    assert len(shapes) == 5
