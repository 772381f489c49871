"""How a job stands follows from what was said of it, not from when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from spindle.recorder.logic.jobs import Entry, What, run
from spindle.recorder.logic.jobs import entry as made
from spindle.shared.messages.jobs import Reason, Status, Verdict
from spindle.shared.messages.plays import PlaysFetched, Source

USER = "01950001-0000-7000-8000-000000000000"
JOB = f"initial.{USER}.{1:032x}"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry(step: int, what: What = What.PAGE, at: int = 0, name: str = "a", **more: object) -> Entry:
    said = {"user": USER, "job": JOB, "started_at": NOON, "at": NOON + timedelta(minutes=at)} | more
    return Entry(step=step, what=what, hash=f"{what}{name}", **said)


def ending(status: Status = Status.SUCCESS, reason: Reason | None = None) -> Verdict:
    return Verdict(status=status, reason=reason, error=None if status is Status.SUCCESS else str(status))


whats = st.builds(
    entry,
    step=st.integers(0, 4),
    what=st.sampled_from(What),
    at=st.integers(0, 5),
    name=st.sampled_from("abc"),
    attempt=st.integers(0, 2),
    requests=st.integers(0, 3),
    verdict=st.none() | st.builds(ending, st.sampled_from([Status.SUCCESS, Status.ERROR, Status.CANCELLED])),
    next_at=st.none() | st.just(NOON),
)


@given(st.lists(whats, min_size=1, unique_by=lambda each: each.key), st.randoms())
def test_the_order_of_entries_does_not_matter(entries: list[Entry], order: object) -> None:
    shuffled = list(entries)
    order.shuffle(shuffled)

    assert run(shuffled) == run(entries)


@given(st.lists(whats, min_size=2, unique_by=lambda each: each.key))
def test_a_success_stays_one_whatever_comes_later(entries: list[Entry]) -> None:
    before, after = run(entries[:-1]), run(entries)

    assert before.status is not Status.SUCCESS or after.status is Status.SUCCESS
    assert before.finished_at is None or after.finished_at is not None or entries[-1].what is What.REOPENED


@given(st.lists(whats, min_size=1, unique_by=lambda each: each.key), st.integers(1, 4))
def test_a_job_that_is_retried_runs_unless_it_has_succeeded_or_a_page_ends_it(entries: list[Entry], step: int) -> None:
    reopened = entry(step, What.REOPENED, attempt=3, at=9)
    died_again = entry(step, What.ENDED, attempt=3, at=1, verdict=ending(Status.ERROR), name="again")

    after = run([*entries, reopened])
    again = run([*entries, reopened, died_again])

    failures = [each for each in entries if each.what is What.ENDED and each.verdict != ending()]
    left = [each for each in entries if each not in failures or not each.step]
    assert after.outcome == run([*left, reopened]).outcome
    assert again.finished_at is not None


def test_a_job_runs_until_all_steps_up_to_its_verdict_are_there() -> None:
    last = entry(3, verdict=ending(reason=Reason.MAX_DAYS), at=3)

    assert run([last]).status is Status.RUNNING
    assert run([last, entry(1)]).status is Status.RUNNING
    assert run([last, entry(1), entry(1, name="b")]).status is Status.RUNNING

    done = run([last, entry(2), entry(1)])
    assert (done.status, done.reason, done.finished_at) == (Status.SUCCESS, Reason.MAX_DAYS, last.at)


def test_a_step_that_no_job_can_reach_does_not_keep_us_counting() -> None:
    assert run([entry(2**31 - 1, verdict=ending()), entry(1)]).status is Status.RUNNING


def test_a_job_that_was_ended_has_ended_whatever_is_missing() -> None:
    ended = entry(7, What.ENDED, verdict=ending(Status.CANCELLED), at=9)

    assert run([entry(1), ended]).status is Status.CANCELLED


def test_the_first_of_two_failures_counts() -> None:
    lost = entry(2, What.ENDED, verdict=ending(Status.ERROR), at=2)
    cancelled = entry(2, What.ENDED, verdict=ending(Status.CANCELLED), at=3, name="b")

    assert run([cancelled, lost]).status is Status.ERROR


def test_a_job_that_died_runs_again_when_it_is_retried_and_ends_again() -> None:
    died = entry(2, What.ENDED, verdict=ending(Status.ERROR), at=2)
    reopened = entry(2, What.REOPENED, attempt=7, at=1)
    last = entry(2, verdict=ending(), at=3)

    assert run([died, reopened, entry(1)]).finished_at is None
    assert run([died, reopened, entry(1), replace(died, attempt=7, hash="again")]).status is Status.ERROR
    assert run([died, reopened, entry(1), last]).status is Status.SUCCESS


def test_a_retried_job_that_gets_lost_is_lost() -> None:
    reopened = entry(2, What.REOPENED, attempt=7, at=4)
    lost = [entry(0, What.ENDED, verdict=ending(Status.ERROR), at=at, name=str(at)) for at in (3, 5)]

    assert run([reopened, lost[0]]).finished_at is None
    assert run([reopened, *lost]).finished_at == lost[1].at


def test_two_ends_at_the_same_instant_do_not_leave_it_to_their_order() -> None:
    one = entry(0, What.ENDED, verdict=ending(Status.CANCELLED))
    other = entry(1, What.ENDED, verdict=ending(Status.ERROR))

    assert run([one, other]) == run([other, one])


def test_a_job_waits_for_its_newest_delay_until_that_step_is_there() -> None:
    def delayed(step: int, attempt: int) -> Entry:
        until = NOON + timedelta(hours=step, minutes=attempt)
        return entry(step, What.DELAYED, attempt=attempt, name=str(attempt), next_at=until, error=f"{step} {attempt}")

    assert run([delayed(2, 1), delayed(2, 2), delayed(1, 9)]).error == "2 2"
    assert run([delayed(2, 1), entry(1)]).waiting_until == NOON + timedelta(hours=2, minutes=1)
    assert run([delayed(2, 1), entry(2)]).waiting_until is None
    assert run([delayed(2, 1), entry(2, What.ENDED, verdict=ending(Status.ERROR))]).waiting_until is None


def test_a_page_that_was_fetched_twice_is_one_step_and_two_requests() -> None:
    totals = run([entry(1, requests=1, fetched=50), entry(1, requests=2, fetched=50, name="b")]).totals

    assert (totals.steps, totals.requests, totals.fetched) == (1, 3, 100)


def test_a_poll_that_goes_on_is_due_since_its_last_page_until_it_says_when_the_next_one_is() -> None:
    later = NOON + timedelta(hours=1)
    waiting = entry(3, What.DELAYED, attempt=1, at=3, next_at=later, error="not now")
    last = entry(3, at=4, verdict=ending(), next_at=NOON + timedelta(minutes=14))

    assert run([entry(1, at=1)]).next_at == NOON + timedelta(minutes=1)
    assert run([entry(2, at=2), entry(1, at=1)]).next_at == NOON + timedelta(minutes=2)
    assert run([waiting, entry(2, at=2), entry(1, at=1)]).next_at == later
    assert run([last, waiting, entry(1, at=1), entry(2, at=2)]).next_at == NOON + timedelta(minutes=14)


def test_what_spotify_showed_counts_as_fetched_told_or_not() -> None:
    job = f"poll.{USER}.{1:032x}"
    page = PlaysFetched(
        user=USER, job=job, step=1, source=Source.POLL, started_at=NOON, fetched_at=NOON, requests=1, shown=12
    )

    booked = made(page, new=0)

    assert (booked.fetched, booked.new, booked.duplicates) == (12, 0, 12)
