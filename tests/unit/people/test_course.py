"""The course of a job, put together from its books."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spindle.people.course import Course, Doing, course, figures
from spindle.shared.ids import new_user
from spindle.shared.messages.ask import JobRow, StepRow
from spindle.shared.messages.jobs import Status

BEGAN = datetime(2026, 11, 21, 12, tzinfo=UTC)
USER = new_user()


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def job(ended: float | None, **known: Any) -> JobRow:
    counted = {"steps": 0, "requests": 0, "fetched": 0, "new": 0, "duplicates": 0, **known}
    return JobRow(
        job=f"initial.{USER}.{'0' * 32}",
        user=USER,
        name="ada",
        kind="initial",
        status=Status.RUNNING if ended is None else Status.SUCCESS,
        reason=None,
        started_at=BEGAN,
        finished_at=None if ended is None else at(ended),
        error=None,
        waiting_until=None,
        **counted,
    )


def row(what: str, seconds: float, step: int = 1, **known: Any) -> StepRow:
    return StepRow(step=step, what=what, started_at=BEGAN, at=at(seconds), **known)


def delayed(seconds: float, until: float, step: int = 1) -> StepRow:
    return row("delayed", seconds, step, next_at=at(until), error="Spotify asks us to wait", requests=1)


def told(found: Course) -> list[tuple[Doing, float, float]]:
    return [(each.doing, each.begins.total_seconds(), each.ends.total_seconds()) for each in found.stretches]


STEP, TRY, WAIT = Doing.STEP, Doing.TRY, Doing.WAIT


@pytest.mark.parametrize(
    ("ended", "rows", "expected"),
    [
        (3, [row("started", 0, 0), row("page", 1), row("page", 3, 2)], [(STEP, 0, 1), (STEP, 1, 3)]),
        (95, [delayed(2, 90), row("page", 95)], [(TRY, 0, 2), (WAIT, 2, 90), (STEP, 90, 95)]),
        (9, [delayed(2, 3600), row("ended", 9)], [(TRY, 0, 2), (WAIT, 2, 9), (STEP, 9, 9)]),
        (None, [row("page", 1), delayed(2, 3600, 2)], [(STEP, 0, 1), (TRY, 1, 2), (WAIT, 2, 60)]),
        (80, [row("ended", 5), row("reopened", 70), row("page", 80, 2)], [(STEP, 0, 5), (WAIT, 5, 70), (STEP, 70, 80)]),
    ],
)
def test_between_two_lines_of_the_books_it_works_or_waits(
    ended: float | None, rows: list[StepRow], expected: list[tuple[Doing, float, float]]
) -> None:
    found = course(job(ended), rows, now=at(60))

    assert told(found) == expected
    assert found.lasts.total_seconds() == (60 if ended is None else ended)


def test_two_runs_are_compared_in_figures() -> None:
    one = course(job(95, steps=1, requests=2, new=40), [delayed(2, 90), row("page", 95)], now=at(99))
    other = course(job(10, steps=1, requests=1, new=50), [row("page", 10)], now=at(99))

    found = {each.name: each for each in figures([one, other])}

    assert found["duration_seconds"].difference == "+85 s (+850%)"
    assert found["new"].difference == "−10 (−20%)"  # noqa: RUF001
    assert found["steps"].difference == "the same"
    assert (found["waits"].values, found["waited_seconds"].written(88)) == ([1, 0], "88 s")
