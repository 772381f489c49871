"""What polls and imports saw of the same plays, told in any order, gives the same plays, and loses and doubles none."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from listening import SECOND, Habits
from listening import World as Listening
from listening import world as listening
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.commits import Commits
from spindle.recorder.logic.placing import placed
from spindle.recorder.logic.sightings import Known, Play, Row
from spindle.recorder.logic.twins import Side, Sight
from spindle.recorder.outcomes import Recorded, Unfinished, Waiting
from spindle.recorder.store.engine import engine
from spindle.recorder.store.schema import metadata
from spindle.shared.messages import plays as wire
from spindle.shared.messages.imports import ArchiveCut, ImportRevoked, RowsRead
from spindle.shared.messages.plays import PlaysFetched, Window
from spindle.shared.messages.users import AccountRemoved

from .conftest import Tables, World
from .test_imports import Importer, Said, unnumbered

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MIDNIGHT = datetime(2020, 9, 13, tzinfo=UTC)
"""Of the day on which the seeded worlds begin."""

WORLDS = {
    "calm": Habits(),
    "always the same song": Habits(songs=1),
    "rows told twice": Habits(told_twice=0.2, clock=-144 * SECOND),
    "starts for ends, sometimes": Habits(flips=0.05),
    "starts for ends, always": Habits(flips=1, repeats=0.9),
    "pauses": Habits(pauses=0.3, repeats=0.9),
    "pauses and missed polls": Habits(pauses=0.3, repeats=0.9, missed=0.2),
    "echoes and missed polls": Habits(echoes=0.05, missed=0.1, repeats=0.9),
    "some of all": Habits(pauses=0.1, flips=0.02, missed=0.05, echoes=0.02, told_twice=0.05, bulk=0.05),
}

Final = Counter[tuple[datetime, str, int | None, int]]


@dataclass
class Story:
    """A listener's world, and the facts that tell it."""

    importer: Importer
    seen: Listening
    dice: random.Random

    def facts(self) -> list[Any]:
        """Some of what could be told, so that in some worlds a row is alone and in others everybody saw it."""
        some: list[Sequence[Any]] = [[page] for page in self.pages()]
        extended, account = self.side(Side.EXTENDED), self.side(Side.ACCOUNT)
        half = len(extended) // 2
        for files, how in (
            ((extended[: half + 10], extended[half:]), {"slices": 3}),
            ((extended[half:], account[half:]), {"slices": 2}),
            ((account[: half + 15], account[half:]), {"slices": 2}),
            ((extended, account), {"dry_run": True}),
        ):
            some.append(self.importer.facts(*files, **how))
        for regretted in ((extended[: half + 20],), (account, extended[half:])):
            facts = self.importer.facts(*regretted, slices=2)
            some.append([*facts, self.revoked(facts)])
        self.dice.shuffle(some)
        return [fact for facts in some[: self.dice.randint(len(some) // 2, len(some))] for fact in facts]

    def side(self, side: Side) -> list[Said]:
        return [
            Said(
                second=self.second(sight.at),
                track=track_of(sight),
                ms=sight.ms_played or 0,
                minutely=side is Side.ACCOUNT,
                started=None if sight.started is None else self.second(sight.started),
            )
            for sight in sorted(self.seen.sights, key=lambda each: each.at)
            if sight.side is side
        ]

    def pages(self) -> list[Any]:
        """Of polls that see some plays again, and of an initial sync that saw the last fifty."""
        world, user = self.importer.world, self.importer.listener
        shown = [each for each in self.seen.sights if each.side is Side.API]
        shown.sort(key=lambda each: each.at, reverse=True)
        found: list[Any] = []
        at = 0
        while at < len(shown):
            some = shown[at : at + self.dice.randint(1, 12)]
            found.append(world.poll(len(found) + 1, user=user, plays=self.played(some), window=self.window(some)))
            at += max(1, len(some) - 2)
        for step, first in enumerate((0, 25), 1):
            some = shown[first : first + 25]
            more = {"plays": self.played(some), "window": self.window(some), "last": first > 0}
            found.append(world.page(step, run=900, user=user, **more))
        return found

    def played(self, shown: Iterable[Sight]) -> tuple[wire.Play, ...]:
        track = self.importer.world.track
        return tuple(wire.Play(played_at=when(each.at), track=track(song(each))) for each in shown)

    def window(self, shown: Sequence[Sight]) -> Window:
        return Window(after=when(shown[-1].at - 1), before=when(shown[0].at))

    def second(self, at: int) -> float:
        return (when(at) - MIDNIGHT) / timedelta(seconds=1)

    def revoked(self, facts: Sequence[Any]) -> ImportRevoked:
        first = facts[0]
        return ImportRevoked(user=first.user, job=first.job, started_at=first.started_at, revoked_at=MIDNIGHT)


def when(at: int) -> datetime:
    return EPOCH + timedelta(milliseconds=at)


def song(sight: Sight) -> int:
    return int(max(sight.songs).removeprefix("name"))


def track_of(sight: Sight) -> str:
    return unnumbered(song(sight)) if sight.side is Side.ACCOUNT else f"track{song(sight)}"


async def tell(
    database: AsyncEngine, facts: Sequence[Any], dice: random.Random, *, at_once: int = 1, left: int = 0
) -> None:
    """All but so many in any order, each until it is done with; so that anything comes between two portions."""
    pending = list(facts)
    while len(pending) > left:
        batch = dice.sample(pending, min(at_once, len(pending)))
        outcomes = await Commits(database).commit(batch)
        assert all(isinstance(each, Recorded | Unfinished | Waiting) for each in outcomes), outcomes
        for fact, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Recorded):
                pending.remove(fact)
        await assert_sound(database)


async def assert_sound(database: AsyncEngine) -> None:
    """Every play was seen, by whom it says; every row that is applied is of one play."""
    async with database.connect() as connection:
        for what, unsound in UNSOUND.items():
            found = (await connection.exec_driver_sql(unsound)).all()
            assert not found, f"{what}: {found[:5]}"


_APPLIED = """
    import_rows AS r JOIN imports AS i ON i.user_id = r.user_id AND i.number = r.import AND NOT i.dry_run
     AND r.ended_at <= i.applied_until
"""
_OF = """
    p.user_id = r.user_id
    AND (p.play_id = r.play_id OR r.play_id IS NULL AND p.played_at = r.ended_at AND p.track_id = r.track_id)
"""
UNSOUND = {
    "a count that is wrong": """
        SELECT c.plays, p.plays FROM checkpoints AS c
        JOIN (SELECT u.user_id, count(p.play_id) AS plays FROM users AS u LEFT JOIN plays AS p USING (user_id)
              GROUP BY u.user_id) AS p ON p.user_id = c.user_id
        WHERE c.plays <> p.plays
    """,
    "rows without a play": f"""
        SELECT r.ended_at, r.track_id, r.play_id FROM {_APPLIED}
        WHERE NOT EXISTS (SELECT FROM plays AS p WHERE {_OF})
    """,
    "plays that nobody saw so": f"""
        SELECT p.played_at, p.track_id, p.seen_by, s.seen_by FROM plays AS p JOIN LATERAL (
            SELECT max(CASE WHEN r.to_the_minute THEN 0 ELSE 2 END) + max(CASE WHEN r.to_the_minute THEN 4 ELSE 0 END)
            FROM {_APPLIED} WHERE {_OF}
        ) AS s (seen_by) ON true
        WHERE p.seen_by <> coalesce(s.seen_by, 0) + (EXISTS (
            SELECT FROM sightings AS s WHERE s.user_id = p.user_id AND s.play_id = p.play_id))::int
    """,
}


def expected(facts: Sequence[Any]) -> Final:
    """By the rule, when it sees everything at once."""
    revoked = {fact.job for fact in facts if isinstance(fact, ImportRevoked)}
    unseen = revoked | {fact.job for fact in facts if isinstance(fact, ArchiveCut) and fact.dry_run}
    shown = {(play.played_at, play.track.id) for page in facts if isinstance(page, PlaysFetched) for play in page.plays}
    told = [fact for fact in facts if isinstance(fact, RowsRead) and fact.job not in unseen]
    known = Known(
        plays=[Play(str(n), at, track, None, Side.API) for n, (at, track) in enumerate(sorted(shown))],
        rows=[row for fact in told for row in rows(fact)],
        songs={f"track{n}": frozenset({unnumbered(n)}) for n in range(50)},
    )
    done = placed(known, EPOCH, datetime(9999, 1, 1, tzinfo=UTC))
    plays = {play.play_id: play for play in (*known.plays, *done.changed, *done.added)}
    return Counter((each.played_at, each.track_id, each.ms_played, each.seen_by) for each in plays.values())


def rows(fact: RowsRead) -> Iterator[Row]:
    said = fact.rows
    stretches = [stretch for stretch in said.stretches for _ in range(stretch.rows)]
    for n, stretch in enumerate(stretches):
        yield Row(
            ended_at=when(1000 * said.ended[n]),
            number=int(fact.job.rpartition(".")[2], 16),
            place=said.first + n,
            file=stretch.file,
            ms_played=said.ms_played[n],
            to_the_minute=stretch.to_the_minute,
            track_id=said.tracks[said.track[n]],
            started_at=None if (started := said.started[n]) is None else when(started),
            play_id=None,
            entering=True,
        )


async def final(tables: Tables, user: str) -> Final:
    rows = [each for each in await tables.rows("plays") if each["user_id"] == user]
    return Counter((each["played_at"], each["track_id"], each["ms_played"], each["seen_by"]) for each in rows)


async def covered(tables: Tables) -> list[tuple[str, Any]]:
    """The number of an import is that of its first fact."""
    return sorted(
        ((each["source"].rstrip("0123456789"), each["proven"]) for each in await tables.rows("coverage")), key=repr
    )


@pytest.fixture
def world() -> World:
    return World(noon=MIDNIGHT)


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("spindle.recorder.importing", "spindle.recorder.undoing"):
        monkeypatch.setattr(f"{module}.AT_ONCE", 17)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("habits", WORLDS.values(), ids=WORLDS)
async def test_any_order_gives_the_plays_that_the_rule_gives_at_once(
    database: AsyncEngine, world: World, tables: Tables, habits: Habits, seed: int
) -> None:
    story = Story(Importer(database, world), listening(seed, habits, 70), random.Random(seed))
    facts = story.facts()
    coverage: list[Any] = []

    for order in range(2):
        await tables.clear()
        await story.importer.tell(world.linked())
        await tell(database, facts, random.Random(order))

        assert await final(tables, world.user()) == expected(facts), order
        revoked = {fact.job for fact in facts if isinstance(fact, ImportRevoked)}
        for fact in facts:
            if isinstance(fact, ArchiveCut) and fact.job not in revoked:
                await story.importer.receipt(fact.job)
        coverage.append(await covered(tables))

    assert coverage[0] == coverage[1]


async def test_undoing_every_import_leaves_what_the_polls_saw(
    database: AsyncEngine, world: World, tables: Tables
) -> None:
    story = Story(Importer(database, world), listening(3, WORLDS["some of all"], 70), random.Random(3))
    pages, imports = story.pages(), [fact for fact in story.facts() if not isinstance(fact, PlaysFetched)]
    undone = [story.revoked([fact]) for fact in imports if isinstance(fact, ArchiveCut)]
    names = ("plays", "coverage", "checkpoints")
    await story.importer.tell(world.linked(), *pages)
    polled = {name: await tables.rows(name, "play_id") for name in names}

    await tables.clear()
    await story.importer.tell(world.linked())
    await tell(database, [*pages, *imports, *undone], random.Random(3))

    assert {name: await tables.rows(name, "play_id") for name in names} == polled
    assert await tables.rows("import_rows") == []


async def test_two_recorders_at_once_record_what_one_does(
    database: AsyncEngine, database_url: str, world: World, tables: Tables
) -> None:
    other = engine(database_url)
    stories = [
        Story(Importer(database, world, listener=n), listening(n, WORLDS["some of all"], 50), random.Random(n))
        for n in (1, 2, 3)
    ]
    told = [story.facts() for story in stories]
    facts = [fact for some in told for fact in some]
    random.Random(7).shuffle(facts)
    await stories[0].importer.tell(*(world.linked(n) for n in (1, 2, 3)))

    # Some facts come to both, as after a crash.
    await asyncio.gather(
        tell(database, facts[: len(facts) * 2 // 3], random.Random(1), at_once=4),
        tell(other, facts[len(facts) // 3 :], random.Random(2), at_once=4),
    )
    await other.dispose()

    await assert_sound(database)
    for n, some in enumerate(told, 1):
        assert await final(tables, world.user(n)) == expected(some), n


async def test_nothing_is_left_of_a_listener_who_is_removed_in_the_middle(
    database: AsyncEngine, world: World, tables: Tables
) -> None:
    story = Story(Importer(database, world), listening(5, WORLDS["pauses"], 50), random.Random(5))
    facts = story.facts()
    await story.importer.tell(world.linked())
    await tell(database, facts, random.Random(5), left=len(facts) // 2)
    assert await tables.rows("import_rows")

    await tell(database, [AccountRemoved(user=world.user(), removed_at=world.at(5000)), *facts], random.Random(5))

    left = [name for name, table in metadata.tables.items() if "user_id" in table.c and await tables.rows(name)]
    assert left == ["users"]
