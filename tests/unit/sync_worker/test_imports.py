"""What follows a step of an import: the next slice, the verdict, or that nothing of it may remain."""

from datetime import UTC, datetime, timedelta

import pytest

from spindle.shared.ids import Kind, new_job
from spindle.shared.messages.imports import (
    ArchiveCut,
    ArchiveRead,
    FileCut,
    ImportArchive,
    ImportRevoked,
    Rows,
    RowsRead,
)
from spindle.shared.messages.jobs import JobEnded, Reason, Status, Verdict
from spindle.sync_worker.logic.imports import (
    FAILURES,
    RETRY_AFTER,
    all_read,
    cut,
    failed,
    incomplete,
    next_slice,
    read,
    refused,
    slice_of,
)

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
JOB = new_job(Kind.ARCHIVE, USER)
WHOLE = FileCut(name="endsong_0.json", rows=3)
BROKEN = FileCut(name="endsong_1.json", why="it ends in the middle")


def step(number: int = 1, slices: int | None = None, failures: int = 0) -> ImportArchive:
    return ImportArchive(
        user=USER,
        job=JOB,
        step=number,
        started_at=NOW - timedelta(minutes=1),
        dry_run=True,
        slices=slices,
        attempt=failures,
        failures=failures,
    )


def test_slices_are_read_by_the_steps_after_the_cut_and_the_last_step_reads_none() -> None:
    assert [next_slice(step(number, slices=3)) for number in range(2, 6)] == [0, 1, 2, None]
    assert next_slice(step(2, slices=0)) is None


def test_a_slice_of_a_dry_run_says_so_itself() -> None:
    assert slice_of(step(), 0, Rows(first=0), NOW).dry_run


def test_a_whole_chain_counts_its_steps_and_tells_each_fact_once() -> None:
    outcome = cut(step(failures=2), 2, [WHOLE, BROKEN], NOW)
    told = [*outcome.facts]
    while isinstance(outcome.successor, ImportArchive):
        following = outcome.successor
        assert (following.failures, following.attempt, following.dry_run) == (0, 0, True)
        number = next_slice(following)
        slice_ = b"" if number is None else slice_of(step(), number, Rows(first=0), NOW).encoded()
        outcome = all_read(following, NOW) if number is None else read(following, slice_)
        told += outcome.facts

    slices = [RowsRead.decoded(fact.encoded()) for fact in told[1:3]]
    assert isinstance(told[0], ArchiveCut)
    assert isinstance(told[-1], ArchiveRead)
    assert [fact.step for fact in (told[0], *slices, told[-1])] == [1, 2, 3, 4]
    assert [(fact.on, fact.identity) for fact in told[1:3]] == [(fact.on, fact.identity) for fact in slices]
    assert len({fact.identity for fact in told}) == 4
    verdict = told[-1].verdict
    assert (verdict.status, verdict.reason) == (Status.PARTIAL, Reason.DRY_RUN)
    assert verdict.error == "endsong_1.json: it ends in the middle"


def test_nothing_ends_before_it_began_when_clocks_differ() -> None:
    ahead = step().model_copy(update={"started_at": NOW + timedelta(seconds=3)})

    (fact,) = cut(ahead, 0, [WHOLE], NOW).facts

    assert isinstance(fact, ArchiveCut)
    assert fact.started_at == NOW


def test_what_could_not_be_read_is_named_as_far_as_a_line_holds() -> None:
    assert incomplete([WHOLE]) is None
    assert incomplete([BROKEN] * 5) == "; ".join(["endsong_1.json: it ends in the middle"] * 3 + ["and 2 more files"])


def test_a_refused_import_is_taken_back_and_no_call_is_counted() -> None:
    outcome = refused(step(3, slices=9), "too large", NOW)

    ended, revoked = outcome.facts
    assert isinstance(ended, JobEnded)
    assert isinstance(revoked, ImportRevoked)
    assert (ended.verdict, ended.requests, ended.step) == (Verdict(status=Status.ERROR, error="too large"), 0, 3)
    assert outcome.successor is None


@pytest.mark.parametrize("failures", range(FAILURES - 1))
def test_an_unforeseen_error_is_tried_again_later_each_time_and_nobody_is_told(failures: int) -> None:
    outcome = failed(step(failures=failures), KeyError("secret"), NOW)

    assert outcome.facts == ()
    assert outcome.successor == step(failures=failures + 1).model_copy(update={"why": "it could not be read: KeyError"})
    assert outcome.at == NOW + RETRY_AFTER * (failures + 1)


def test_an_error_that_stays_ends_the_import_and_repeats_nothing_of_it() -> None:
    outcome = failed(step(failures=FAILURES - 1), KeyError("secret"), NOW)

    ended, _ = outcome.facts
    assert isinstance(ended, JobEnded)
    assert ended.verdict.error == "it cannot be read: KeyError at step 1, 5 times"
