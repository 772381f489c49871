"""Jobs on a line of time: seconds stay readable beside hours, and nothing is drawn beyond the end."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.gateway.charts.courses import Line, courses, passed
from spindle.gateway.charts.elapsed import scale
from spindle.people.course import course
from spindle.shared.ids import new_user
from spindle.shared.messages.ask import JobRow, StepRow
from spindle.shared.messages.jobs import Status

BEGAN = datetime(2026, 11, 21, 12, tzinfo=UTC)
USER = new_user()
LENGTHS = st.floats(0.01, 90_000, allow_nan=False)


def test_a_wait_of_hours_takes_no_more_than_its_share() -> None:
    along = scale([(0, 10), (7210, 7220)], 7220)

    assert along.breaks == [(10, 7210)]
    assert (along.at(0), along.at(10), along.at(7210), along.at(7220)) == (0, 45.5, 54.5, 100)


def test_what_two_do_at_the_same_time_is_not_cut() -> None:
    assert scale([(0, 10), (100, 110), (5, 105)], 110).breaks == []


@given(st.lists(st.tuples(LENGTHS, LENGTHS), min_size=1, max_size=30))
def test_later_is_never_further_left_and_the_end_is_at_the_edge(lengths: list[tuple[float, float]]) -> None:
    at, busy = 0.0, []
    for waits, works in lengths:
        busy.append((at + waits, at + waits + works))
        at += waits + works
    along = scale(busy, at)
    places = [along.at(each) for pair in busy for each in pair]

    assert places == sorted(places)
    assert along.at(at) == pytest.approx(100, abs=0.01)


def test_hundreds_of_steps_are_drawn_together_and_each_is_counted() -> None:
    drawn = chart(*(step(number, number * 0.2) for number in range(1, 801)))
    told = [title.text or "" for title in drawn.iter("title")][1:]
    bounds = [re.findall(r"step (\d+)|steps (\d+) to (\d+)", each)[0] for each in told]

    assert len(told) < 250
    assert sum(1 if alone else int(last) - int(first) + 1 for alone, first, last in bounds) == 800
    assert max(right(each) for each in drawn.iter("rect") if "%" in each.get("x", "")) <= 100


def test_whatever_a_reason_says_it_is_text() -> None:
    put_off = StepRow(step=1, what="delayed", started_at=BEGAN, at=BEGAN, next_at=BEGAN, error="<b>&\"'</b>")

    assert any("<b>" in (title.text or "") for title in chart(put_off, step(2, 1)).iter("title"))


@pytest.mark.parametrize(
    ("total", "at", "written"), [(0.4, 0.25, "250 ms"), (12, 1.5, "1.50 s"), (90, 65, "1:05"), (9000, 3725, "1:02:05")]
)
def test_times_are_written_as_fine_as_their_scale(total: float, at: float, written: str) -> None:
    assert passed(timedelta(seconds=total))(timedelta(seconds=at)) == written


def step(number: int, seconds: float) -> StepRow:
    return StepRow(step=number, what="page", started_at=BEGAN, at=BEGAN + timedelta(seconds=seconds), new=7, fetched=9)


def chart(*steps: StepRow) -> ET.Element:
    job = JobRow(
        job=f"archive.{USER}.{'0' * 32}",
        user=USER,
        name="ada",
        kind="archive",
        status=Status.SUCCESS,
        reason=None,
        started_at=BEGAN,
        finished_at=steps[-1].at,
        steps=len(steps),
        requests=0,
        fetched=0,
        new=0,
        duplicates=0,
        error=None,
        waiting_until=None,
    )
    drawn = courses("key", "title", "words", [Line("", course(job, steps, steps[-1].at))], str)
    return ET.fromstring(str(drawn))


def right(rect: ET.Element) -> float:
    return float(rect.get("x", "0").rstrip("%")) + float(rect.get("width", "0").rstrip("%"))
