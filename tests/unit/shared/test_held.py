"""What becomes of a step whose call may not be made now."""

import itertools
from datetime import UTC, datetime, timedelta

from nats.aio.client import Client
from nats.aio.msg import Msg

from spindle.shared.desk import held
from spindle.shared.ids import Kind, new_job, new_user
from spindle.shared.messages.plays import PollPlays
from spindle.shared.spotify.errors import Held
from spindle.shared.spotify.pace import AGAIN_AFTER

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
USER = new_user()
STEP = PollPlays(user=USER, job=new_job(Kind.POLL, USER), started_at=NOW)


def hand(number: int, came_at: datetime = NOW) -> Msg:
    """The delivery of message `number`."""
    nanoseconds = int(came_at.timestamp()) * 10**9
    return Msg(Client(), "sync.poll.x.step", f"$JS.ACK.commands.poll_worker-poll.1.{number}.1.{nanoseconds}.0")


def test_behind_a_closed_door_a_step_waits_for_the_deadline_to_the_millisecond() -> None:
    until = NOW + timedelta(seconds=19_056, milliseconds=7)

    outcome = held(STEP, Held(until, "closed"), hand(1))

    assert outcome.at == until
    assert outcome.successor == STEP.model_copy(update={"why": "closed"})
    assert outcome.facts == ()


def test_whoever_the_budget_puts_off_comes_back_soon_and_is_still_due_when_it_was() -> None:
    error = Held(NOW + AGAIN_AFTER, "short", budget=True)

    first = held(STEP, error, hand(1))
    assert first.successor is not None
    second = held(first.successor, error, hand(2, NOW + timedelta(seconds=40)))

    assert second.successor is not None
    assert first.successor.due_at == second.successor.due_at == NOW


def test_those_who_risk_plays_come_back_before_all_others() -> None:
    error = Held(NOW + AGAIN_AFTER, "short", budget=True)
    risky, safe = (STEP.model_copy(update={"full_at": NOW + timedelta(minutes=each)}) for each in (9, 30))

    first, then = ([held(each, error, hand(number)).at or NOW for number in range(50)] for each in (risky, safe))

    assert NOW + timedelta(seconds=5) < min(first)
    assert max(first) < min(then)
    assert max(then) <= NOW + AGAIN_AFTER


def test_those_whom_the_budget_puts_off_together_come_back_one_by_one() -> None:
    error = Held(NOW + AGAIN_AFTER, "short", budget=True)

    back = sorted(held(STEP, error, hand(number)).at or NOW for number in range(1000, 1020))

    pauses = [later - earlier for earlier, later in itertools.pairwise(back)]
    assert back[0] > NOW + timedelta(seconds=5)
    assert back[-1] <= NOW + AGAIN_AFTER
    assert max(pauses) < timedelta(seconds=3)
