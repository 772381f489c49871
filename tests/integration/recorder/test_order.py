"""The same facts in any order, told twice, by one recorder or three at once, leave the same rows, totals and news."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.commits import Commits
from spindle.recorder.outcomes import Recorded, Unknown
from spindle.recorder.store.engine import engine
from spindle.recorder.store.schema import metadata
from spindle.shared.ids import Kind
from spindle.shared.messages.choices import ChoicesMade
from spindle.shared.messages.jobs import JobDelayed, Reason, Status, Verdict
from spindle.shared.messages.plays import Album
from spindle.shared.messages.users import (
    AccountRemoved,
    AccountUnlinked,
    ConsentAged,
    Left,
    PausesChanged,
    UserExpiring,
    UserFailing,
    UserRecovered,
)

# What a step was first to bring, and what its transaction decided, does depend on order; so does the id of a play.
# With jobs that see the same plays, so does which of them was first; all else does not. How late a poll was depends on
# the time.
UNORDERED = {
    "checkpoints": {"poll_lags"},
    "listening_stale": {"since"},
    "plays": {"play_id"},
    "sightings": {"play_id"},
    "job_steps": {
        *("new", "duplicates", "began", "waits", "outcome", "finished_at", "plays"),
        *("sum_steps", "sum_requests", "sum_fetched", "sum_new", "sum_duplicates"),
    },
}
SHARED = UNORDERED | {"jobs": {"new", "duplicates"}}
# What the facts of a removed listener said of a track is learnt only if they came before the removal.
ALL = {"*"}
UNLEARNT = SHARED | dict.fromkeys(("artists", "albums", "tracks", "track_artists", "songs"), ALL)

NEWS = (UserExpiring, UserFailing, UserRecovered)
"""Built from the rows alone, so that the last word of them is the same. What was told on the way is at least that, but
for a warning that came before the link that it is about."""

_any = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
async def databases(database: AsyncEngine, database_url: str) -> AsyncIterator[list[AsyncEngine]]:
    """The same database through three pools, as three recorders have them."""
    others = [engine(database_url), engine(database_url)]
    yield [database, *others]
    for other in others:
        await other.dispose()


def seen(draw: st.DrawFn, world: Any) -> tuple[Any, ...]:
    """Plays of a page. Pages differ in what they know of a track, as answers years apart do, and of a context."""
    found = []
    for minute in draw(st.lists(st.integers(1, 12), max_size=5, unique=True)):
        known = {
            "name": draw(st.sampled_from(["", "A name", "Another name"])),
            "album": draw(
                st.sampled_from([None, Album(id="1", name="One"), Album(id="2", name="Two", release_date="2020")])
            ),
            "isrc": draw(st.sampled_from([None, "X", "Y"])),
        }
        context = draw(st.sampled_from([None, "a playlist", "an album"]))
        found.append(world.play(minute, world.track(minute, **known), context))
    return tuple(found)


def one_job(draw: st.DrawFn, world: Any, user: int) -> list[Any]:
    """Everything that can be said of one initial sync: pages that overlap, a page fetched twice, delays, an end."""
    steps = draw(st.integers(1, 4))
    job = {"run": 20, "user": user}
    facts = [world.started(**job)] if draw(st.booleans()) else []
    for step in range(1, steps + 1):
        for copy in range(draw(st.integers(1, 2))):
            at = world.at(20 + step + copy / 10)
            ends = step == steps and draw(st.booleans())
            window = world.window(10 - step, 10.5 - step + draw(st.integers(0, 2)))
            facts.append(world.page(step, **job, plays=seen(draw, world), last=ends, fetched_at=at, window=window))
    late = st.tuples(st.integers(1, steps + 1), st.integers(1, 3))
    facts += [delayed(world, user, *each) for each in draw(st.lists(late, max_size=2, unique=True))]
    if draw(st.booleans()):
        end = draw(st.sampled_from([Status.CANCELLED, Status.ERROR]))
        facts.append(world.ended(draw(st.integers(1, steps)), end, **job, requests=1))
    return facts


def verdict(draw: st.DrawFn, world: Any, run: int) -> Verdict:
    """Of a poll, with whatever may be said of those before it."""
    since = draw(st.none() | st.sampled_from([world.at(run - 2000), world.at(run), world.at(run + 2000)]))
    if draw(st.booleans()):
        return Verdict(status=Status.SUCCESS, failing_since=since)
    alarm = draw(st.booleans())
    return Verdict(
        status=Status.ERROR, reason=Reason.DISCONNECTED, error=f"poll {run}", failing_since=since, alarm=alarm
    )


def delayed(world: Any, user: int, step: int, attempt: int) -> JobDelayed:
    return JobDelayed(
        user=world.user(user),
        job=world.job(Kind.INITIAL, 20, user),
        step=step,
        attempt=attempt,
        started_at=world.at(20),
        delayed_at=world.at(20 + step + attempt / 10),
        waiting_until=world.at(40 + step + attempt / 10),
        error=f"attempt {attempt} of {step}",
        requests=1,
    )


def polls(draw: st.DrawFn, world: Any, user: int) -> list[Any]:
    """Good ones, bad ones, and those of which both is said."""
    facts: list[Any] = []
    for run in draw(st.lists(st.integers(21, 40), max_size=4, unique=True)):
        window = world.window(run - 15, run - 14)
        told = {"verdict": verdict(draw, world, run), "due_at": draw(st.sampled_from([None, world.at(run)]))}
        facts.append(world.poll(run, plays=seen(draw, world), user=user, window=window, **told))
        if draw(st.integers(0, 3)) == 0:
            ended = verdict(draw, world, run).model_copy(update={"status": Status.ERROR})
            facts.append(world.ended(1, Status.ERROR, Kind.POLL, run=run, user=user, verdict=ended))
    return facts


def consents(draw: st.DrawFn, world: Any, user: int) -> list[Any]:
    """A link once more, and warnings: of this one, of the first, and of one that nobody knows."""
    links = []
    for at in draw(st.lists(st.integers(-50, 50), max_size=1)):
        authorized = draw(st.none() | st.integers(-90, 90))
        links.append(world.linked(user, name=f"renamed {user} at {at}", at=at, authorized=authorized))
    known = [world.linked(user).linked_at, *(link.linked_at for link in links), world.at(70)]
    return links + [
        ConsentAged(
            user=world.user(user),
            linked_at=linked_at,
            ends_at=linked_at + timedelta(days=180),
            left=draw(st.sampled_from(Left)),
            noticed_at=world.at(draw(st.integers(-50, 50))),
        )
        for linked_at in draw(st.lists(st.sampled_from(known), max_size=3))
    ]


def choices(draw: st.DrawFn, world: Any, user: int) -> list[Any]:
    zone, at_least = st.sampled_from([None, "UTC", "Asia/Kathmandu"]), st.sampled_from([None, 0, 60])
    return [
        ChoicesMade(user=world.user(user), zone=draw(zone), at_least=draw(at_least), chosen_at=world.at(at))
        for at in draw(st.lists(st.integers(1, 3), max_size=3))
    ]


@st.composite
def jobs(draw: st.DrawFn, world: Any) -> list[Any]:
    """One job of each of three listeners: nobody else sees their plays, so even the counts are free of order."""
    return [fact for user in (1, 2, 3) for fact in (world.linked(user), *one_job(draw, world, user))]


@st.composite
def worlds(draw: st.DrawFn, world: Any) -> list[Any]:
    """Three listeners with a sync, polls that see the same plays, and whatever else can happen to them."""
    facts = draw(jobs(world))
    for user in (1, 2, 3):
        facts += polls(draw, world, user)
        for sequence in draw(st.lists(st.integers(1, 9), max_size=2, unique=True)):
            facts.append(
                PausesChanged(
                    user=world.user(user), paused=(f"p{sequence}",), sequence=sequence, changed_at=world.at(1)
                )
            )
        for at in draw(st.lists(st.integers(-50, 50), max_size=2, unique=True)):
            facts.append(AccountUnlinked(user=world.user(user), unlinked_at=world.at(at), why=f"at {at}"))
        facts += consents(draw, world, user)
        facts += choices(draw, world, user)
        if draw(st.integers(0, 5)) == 0:
            facts.append(AccountRemoved(user=world.user(user), removed_at=world.at(60)))
    return facts


async def tell(facts: Sequence[Any], recorders: Sequence[Commits], batch: int) -> set[Any]:
    """To these recorders at once, each taking what is next; facts of unknown listeners come again when all have come.

    Returns what somebody should know of listeners, as it was told.
    """
    queue, unknown, told = list(facts), list[Any](), set()

    async def consume(commits: Commits) -> None:
        while queue:
            taken = [queue.pop(0) for _ in range(min(batch, len(queue)))]
            for fact, outcome in zip(taken, await commits.commit(taken), strict=True):
                if isinstance(outcome, Unknown):
                    unknown.append(fact)
                else:
                    assert isinstance(outcome, Recorded), outcome
                    told.update(event for event in outcome.events if isinstance(event, NEWS))
            await asyncio.sleep(0)

    while before := len(queue):
        await asyncio.gather(*map(consume, recorders))
        queue, unknown = unknown, []
        assert len(queue) < before
    return told


async def rows(tables: Any, without: dict[str, set[str]]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: await tables.rows(name, *without.get(name, ())) for name in metadata.tables if without.get(name) != ALL
    }


async def counted_lags(tables: Any) -> dict[str, int]:
    return {row["user_id"]: len(row["poll_lags"]) for row in await tables.rows("checkpoints")}


async def same_rows(tables: Any, databases: Any, facts: Sequence[Any], data: Any, without: Any) -> None:
    await tables.clear()
    await tell(facts, [Commits(databases[0])], 1)
    expected, news = await rows(tables, without), await tell(facts, [Commits(databases[0])], len(facts))
    lags = await counted_lags(tables)
    counted = {row["user_id"]: row["plays"] for row in expected["checkpoints"]}
    for user, count in counted.items():
        assert count == sum(row["user_id"] == user for row in expected["plays"])

    again = data.draw(st.lists(st.sampled_from(facts), max_size=len(facts)), label="told again")
    order = random.Random(data.draw(st.integers(0, 2**32), label="order")).sample(
        [*facts, *again], len(facts) + len(again)
    )
    await tables.clear()
    count = data.draw(st.sampled_from([1, 3]), label="recorders")
    told = await tell(
        order, [Commits(each) for each in databases[:count]], data.draw(st.integers(1, 12), label="batch")
    )

    assert await rows(tables, without) == expected
    assert await counted_lags(tables) == lags
    assert await tell(facts, [Commits(databases[0])], len(facts)) == news
    of_polls = {event.identity for event in news if not isinstance(event, UserExpiring)}
    assert of_polls <= {event.identity for event in told}, "if not by today's name"
    brought = [row["new"] for row in await tables.rows("jobs")]
    assert sum(brought) == sum(counted.values())


@_any
@given(data=st.data())
async def test_the_facts_of_a_job_leave_the_same_rows_and_totals(
    world: Any, tables: Any, databases: Any, data: Any
) -> None:
    await same_rows(tables, databases, data.draw(jobs(world)), data, UNORDERED)


@_any
@given(data=st.data())
async def test_the_facts_of_a_world_leave_the_same_rows(world: Any, tables: Any, databases: Any, data: Any) -> None:
    facts = data.draw(worlds(world))
    removals = any(isinstance(fact, AccountRemoved) for fact in facts)
    await same_rows(tables, databases, facts, data, UNLEARNT if removals else SHARED)
