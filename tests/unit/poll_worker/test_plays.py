"""What follows a poll: its page as a fact, and the next poll, or the page before it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.poll_worker.logic.plays import LONGEST_WAY_BACK, Seen, followed, next_poll
from spindle.poll_worker.logic.rhythm import FIRST_PACE, unpacked
from spindle.shared.ids import Kind, new_job, parts
from spindle.shared.messages.jobs import Reason, Status, Verdict
from spindle.shared.messages.plays import Play, PlaysFetched, PollPlays, Source, Track, Window
from spindle.shared.outcomes import Outcome
from spindle.shared.spotify.plays import Fetched, RecentlyPlayed

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
INTERVAL = timedelta(minutes=10)
READY_AT = NOW - timedelta(seconds=3)
MINUTE = timedelta(minutes=1)


def poll(newest: datetime | None = None, failures: int = 0, attempt: int = 0) -> PollPlays:
    started_at = NOW - timedelta(hours=1)
    job = new_job(Kind.POLL, USER)
    return PollPlays(user=USER, job=job, started_at=started_at, newest=newest, failures=failures, attempt=attempt)


def page(*minutes_ago: int, unreadable: int = 0) -> RecentlyPlayed:
    ends = sorted((NOW - timedelta(minutes=each) for each in minutes_ago), reverse=True)
    plays = tuple(Play(played_at=end, track=Track(id="x", name="x")) for end in ends)
    return RecentlyPlayed(plays, unreadable, min(ends, default=None), max(ends, default=None))


def ago(minutes: int) -> datetime:
    return NOW - minutes * MINUTE


def after(step: PollPlays, found: RecentlyPlayed, requests: int = 1) -> Outcome:
    return followed(step, Seen(Fetched(found, requests)), READY_AT, INTERVAL, NOW)


def told(outcome: Outcome) -> PlaysFetched:
    (fact,) = outcome.facts
    assert isinstance(fact, PlaysFetched)
    return fact


def handed_over(outcome: Outcome) -> PollPlays:
    assert isinstance(outcome.successor, PollPlays)
    return outcome.successor


def learned(step: PollPlays) -> dict[str, object]:
    """What has become known of the listener, and was told."""
    return {name: getattr(step, name) for name in ("rhythm", "told", "polled_at", "whole_at", "full_at")}


def catching_up(step: int = 3) -> PollPlays:
    """Behind whose cursor there may be more."""
    known = {"step": step, "newest": ago(500), "before": ago(200), "latest": ago(1), "started_at": ago(4)}
    return poll().model_copy(update=known)


def test_a_poll_ends_with_its_page_as_a_fact() -> None:
    step, found = poll(), page(1, 5, 30)

    facts = after(step, found, requests=2).facts

    assert facts == (
        PlaysFetched(
            user=USER,
            job=step.job,
            step=1,
            source=Source.POLL,
            started_at=NOW,
            fetched_at=NOW,
            requests=2,
            plays=found.plays,
            window=Window(after=NOW - timedelta(minutes=30), before=NOW - timedelta(minutes=1)),
            verdict=Verdict(status=Status.SUCCESS),
            next_poll_at=NOW + INTERVAL,
            next_poll_why="every 600 seconds, as it is set",
            due_at=READY_AT,
        ),
    )


def test_the_next_poll_is_a_job_of_its_own_that_waits_for_the_interval() -> None:
    step = poll(failures=3, attempt=2)

    outcome = after(step, page(1))

    assert isinstance(outcome.successor, PollPlays)
    assert outcome.at == outcome.successor.started_at == NOW + INTERVAL
    assert parts(outcome.successor.job) == (Kind.POLL, USER)
    assert outcome.successor.job != step.job
    assert (outcome.successor.step, outcome.successor.attempt) == (1, 0)


def test_a_poll_that_succeeds_says_since_when_they_had_failed_and_forgets_it() -> None:
    step = poll(newest=NOW, failures=9).model_copy(update={"failing_since": ago(900), "alarmed": True, "why": "no"})

    outcome = after(step, page())

    assert told(outcome).verdict == Verdict(status=Status.SUCCESS, failing_since=ago(900), alarm=True)
    following = handed_over(outcome)
    assert (following.failures, following.failing_since, following.alarmed, following.why) == (0, None, False, None)


def test_a_poll_that_the_budget_had_put_off_was_due_before_that() -> None:
    step = poll().model_copy(update={"due_at": ago(7)})

    outcome = after(step, page(1))

    assert told(outcome).due_at == ago(7)
    assert handed_over(outcome).due_at == outcome.at


def test_a_poll_that_somebody_let_start_early_was_due_when_it_came() -> None:
    step = poll().model_copy(update={"due_at": NOW + INTERVAL})

    assert told(after(step, page(1))).due_at == told(after(poll(), page(1))).due_at


def test_a_listener_who_played_nothing_is_polled_again() -> None:
    outcome = after(poll(newest=NOW), page())

    assert outcome.facts[0].model_dump()["plays"] == ()
    assert isinstance(outcome.successor, PollPlays)
    assert outcome.successor.newest == NOW


@pytest.mark.parametrize(
    ("known", "found", "expected"),
    [
        (None, None, None),
        (None, NOW, NOW),
        (NOW, None, NOW),
        (NOW, NOW, NOW),
        (NOW, NOW + INTERVAL, NOW + INTERVAL),
        (NOW + INTERVAL, NOW, NOW + INTERVAL),
    ],
)
def test_the_newest_play_is_the_newer_of_known_and_found(
    known: datetime | None, found: datetime | None, expected: datetime | None
) -> None:
    assert next_poll(poll(newest=known), NOW, newest=found).newest == expected


@given(pages=st.lists(st.lists(st.integers(0, 10_000), max_size=5), max_size=20))
def test_the_newest_play_never_moves_back_along_a_chain(pages: list[list[int]]) -> None:
    step, known = poll(), list[datetime]()

    for minutes_ago in pages:
        step = handed_over(after(step, page(*minutes_ago)))
        known += [step.newest] if step.newest else []

    assert known == sorted(known)
    assert step.newest == max((NOW - timedelta(minutes=min(each)) for each in pages if each), default=None)


@pytest.mark.parametrize(
    ("newest", "found"),
    [
        pytest.param(None, page(*range(50)), id="the very first poll: the initial sync reads what lies before"),
        pytest.param(ago(49), page(*range(50)), id="its oldest play is the newest known one"),
        pytest.param(ago(10), page(*range(50)), id="most of it is known"),
        pytest.param(ago(500), page(*range(49)), id="Spotify has no more to give"),
        pytest.param(ago(500), page(), id="nothing at all"),
        pytest.param(ago(0), page(*range(5, 55)), id="Spotify shows an older state than before"),
    ],
)
def test_a_page_that_leaves_nothing_out_ends_the_poll(newest: datetime | None, found: RecentlyPlayed) -> None:
    outcome = after(poll(newest=newest), found)

    assert told(outcome).verdict == Verdict(status=Status.SUCCESS)
    assert outcome.at == told(outcome).next_poll_at == NOW + INTERVAL
    assert handed_over(outcome).before is None


@pytest.mark.parametrize("found", [page(*range(50)), page(*range(47), unreadable=3)], ids=["readable", "not all of it"])
def test_a_full_page_of_unknown_plays_leads_to_the_one_before_it_at_once(found: RecentlyPlayed) -> None:
    step = poll(newest=ago(500), failures=2).model_copy(update={"failing_since": ago(900), "why": "no", "attempt": 4})

    outcome = after(step, found)

    assert (told(outcome).verdict, told(outcome).next_poll_at, told(outcome).due_at) == (None, None, READY_AT)
    assert outcome.at is None
    further = {"step": 2, "before": found.oldest, "latest": ago(0), "started_at": NOW, "attempt": 0, "why": None}
    known = learned(handed_over(outcome))
    assert outcome.successor == step.model_copy(update=further | known)


def test_without_a_fixed_interval_the_next_poll_follows_the_listener_and_says_why() -> None:
    asked = [followed(poll(), Seen(Fetched(page(minutes), 1)), READY_AT, None, NOW) for minutes in (2, 600)]

    playing, silent = asked
    assert playing.at is not None
    assert silent.at is not None
    assert timedelta(minutes=5) <= playing.at - NOW < silent.at - NOW
    assert [told(each).next_poll_why for each in asked] == ["in a session", "the window may fill by 10:55 UTC"]
    assert all(told(each).next_poll_at == each.at for each in asked)
    assert handed_over(silent).full_at == NOW + timedelta(minutes=50)


def test_what_is_learned_of_a_listener_travels_from_poll_to_poll() -> None:
    first = handed_over(after(poll(), page(*(3 * each for each in range(50)))))
    second = handed_over(after(first, page(0)))

    assert first.rhythm is not None
    assert unpacked(second.rhythm).pace == unpacked(first.rhythm).pace > FIRST_PACE


def test_a_poll_that_the_budget_has_put_off_asks_for_less() -> None:
    step = poll().model_copy(update={"due_at": ago(20), "why": "the budget of calls is spent on others just now"})

    put_off, prompt = (followed(each, Seen(Fetched(page(2), 1)), READY_AT, None, NOW) for each in (step, poll()))

    assert told(put_off).next_poll_why == "the budget of calls is short"
    assert put_off.at is not None
    assert prompt.at is not None
    assert put_off.at > prompt.at


def test_a_page_on_the_way_back_proves_what_lies_up_to_its_cursor_and_was_not_due_by_itself() -> None:
    step = catching_up()

    outcome = after(step, page(*range(210, 260)))

    assert told(outcome).window == Window(after=ago(259), before=ago(200))
    assert (told(outcome).started_at, told(outcome).due_at) == (ago(4), None)
    following = handed_over(outcome)
    assert (following.job, following.step, following.before, following.newest) == (step.job, 4, ago(259), ago(500))
    assert following.latest == ago(1)


@pytest.mark.parametrize(
    ("step", "found", "reason"),
    [
        pytest.param(catching_up(), page(450, 500), None, id="it meets what is known"),
        pytest.param(catching_up(), page(450, 510), None, id="it goes beyond what is known"),
        pytest.param(catching_up(), page(), Reason.EMPTY_PAGE, id="Spotify has forgotten what lies before"),
        pytest.param(catching_up(), page(*range(50)), Reason.NO_PROGRESS, id="Spotify ignores the cursor"),
        pytest.param(catching_up(LONGEST_WAY_BACK), page(210), Reason.MAX_REQUESTS, id="it has gone far enough"),
    ],
)
def test_the_way_back_ends_and_the_next_poll_knows_the_newest_play(
    step: PollPlays, found: RecentlyPlayed, reason: Reason | None
) -> None:
    outcome = after(step, found)

    assert told(outcome).verdict == Verdict(status=Status.SUCCESS, reason=reason)
    following = handed_over(outcome)
    expected = PollPlays(user=USER, job=following.job, started_at=outcome.at, due_at=outcome.at, newest=ago(1))
    assert following == expected.model_copy(update=learned(following))
    assert following.job != step.job


@pytest.mark.parametrize(
    ("minutes", "expected"), [(0, NOW + INTERVAL), (4, NOW + timedelta(minutes=6)), (10, NOW), (300, NOW)]
)
def test_the_next_poll_counts_from_the_first_page(minutes: int, expected: datetime) -> None:
    step = catching_up().model_copy(update={"started_at": ago(minutes)})

    outcome = after(step, page())

    assert outcome.at == told(outcome).next_poll_at == expected


def test_a_page_on_the_way_back_that_is_not_full_is_not_the_last_one() -> None:
    assert told(after(catching_up(), page(210))).verdict is None
