"""Charts: each number becomes something that can be seen, read aloud and followed."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.gateway.charts.bars import Bar, bars
from spindle.gateway.charts.hours import LEVELS, hours, level
from spindle.gateway.charts.scale import of_counts, of_lengths
from spindle.gateway.charts.shares import share

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("most", "lines"),
    [(0, [1]), (3, [1, 2, 3]), (10, [5, 10]), (11, [5, 10, 15]), (1_200, [500, 1_000, 1_500])],
)
def test_the_lines_behind_bars_are_few_and_round(most: int, lines: list[int]) -> None:
    assert list(of_counts(most)) == lines


@given(st.integers(0, 10**12))
def test_the_last_line_is_never_below_the_highest_bar(most: int) -> None:
    for lines in (of_counts(most), of_lengths(most)):
        assert lines[-1] >= most
        assert len(lines) <= 4


def test_the_lines_of_lengths_are_whole_minutes_and_whole_hours() -> None:
    assert list(of_lengths(50 * 60_000)) == [15 * 60_000, 30 * 60_000, 45 * 60_000, HOUR]
    assert list(of_lengths(9 * HOUR + 1)) == [5 * HOUR, 10 * HOUR]


def test_a_bar_is_as_high_as_its_value_and_leads_to_what_it_is_of() -> None:
    values = [
        Bar(50, "May 2024", "50 plays", "?period=2024-05", "May"),
        Bar(0, "June 2024", "0 plays", "?period=2024-06"),
        Bar(1, "<July>", "1 play", "?period=2024-07&by=day"),
    ]

    drawn = ET.fromstring(bars("plays", "Plays", "By month", values, [50, 100], str))
    full, least = drawn.findall("a")

    assert (full.get("aria-label"), full.get("href")) == ("May 2024: 50 plays", "?period=2024-05")
    assert [(one.get("y"), one.get("height")) for one in full.iterfind("rect[@class='bar']")] == [("50.0%", "50.0%")]
    assert (least.findtext("title"), least.get("href")) == ("<July>: 1 play", "?period=2024-07&by=day")
    assert [one.get("height") for one in least.findall("rect")] == ["100%", "1.0%"]


def test_of_many_marks_a_phone_shows_some() -> None:
    values = [Bar(1, str(number), "1 play", "?", str(number)) for number in range(12)]

    drawn = ET.fromstring(bars("plays", "Plays", "", values, [1], str))

    assert [each.text for each in drawn.findall("text[@class='mark']")] == ["0", "2", "4", "6", "8", "10"]
    assert len(drawn.findall("text[@class='mark more']")) == 6


def test_an_hour_is_the_darker_the_more_was_heard_in_it() -> None:
    plays = [[0] * 24 for _ in range(7)]
    plays[0][18], plays[6][23], plays[3][5] = 80, 40, 1

    drawn = ET.fromstring(hours("hours", "Hours", "", plays))
    cells = {str(each.findtext("title")): str(each.get("class")) for each in drawn.findall("rect")}

    assert len(cells) == 7 * 24
    assert cells["Monday, 18:00 to 19:00: 80"] == f"cell heat-{LEVELS}"
    assert cells["Sunday, 23:00 to 24:00: 40"] == f"cell heat-{LEVELS // 2}"
    assert cells["Thursday, 05:00 to 06:00: 1"] == "cell heat-1"
    assert cells["Thursday, 06:00 to 07:00: 0"] == "cell heat-0"


def test_where_nothing_was_heard_nothing_is_divided_by_it() -> None:
    assert level(0, 0) == 0
    assert 'width="0%"' in share(0, 0)
