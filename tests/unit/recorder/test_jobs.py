"""How a job stands follows from what was said of it, not from when."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from spindle.recorder.logic.jobs import Entry, What, run
from spindle.shared.messages.jobs import Reason, Status, Verdict

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
    assert before.finished_at is None or after.finished_at is not None


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
