"""Imports on a real PostgreSQL: staged, judged next to what polls saw, applied, repeated and taken back."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.commits import Commits
from spindle.recorder.outcomes import Recorded, Unfinished, Waiting
from spindle.recorder.store import answers
from spindle.shared.ids import JobId, Kind, now
from spindle.shared.messages import Message
from spindle.shared.messages.ask import AskGaps, AskImports, AskPlays, AskRejects, ImportRow, PlayRow
from spindle.shared.messages.imports import (
    ArchiveCut,
    ArchiveRead,
    Buckets,
    Circumstances,
    FileCut,
    ImportRevoked,
    ImportUndone,
    Reject,
    Rows,
    RowsRead,
    Stretch,
)
from spindle.shared.messages.jobs import ChainStarted, JobFinished, JobProgressed, Progress, Status, Verdict
from spindle.shared.messages.plays import Artist, PlaysRecorded, Source, Track
from spindle.shared.spotify.plays import local_id

from .conftest import Tables, World

PLAYED = 180_000


@dataclass(frozen=True)
class Said:
    """A row of an export, told in seconds after noon."""

    second: float
    track: str = "track1"
    ms: int = PLAYED
    minutely: bool = False
    started: float | None = None


def unnumbered(track: int) -> str:
    """The id of a track that is known by name alone."""
    return local_id(f"Track {track}", f"Artist {track % 3}", None)


def account(minute: int, track: int = 1, ms: int = PLAYED) -> Said:
    return Said(minute * 60, unnumbered(track), ms, minutely=True)


NUMBERS = {name: n for n in range(100) for name in (f"track{n}", unnumbered(n))}


@dataclass
class Importer:
    """Imports of one listener, made true directly."""

    database: AsyncEngine
    world: World
    listener: int = 1
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def facts(self, *files: Sequence[Said], dry_run: bool = False, slices: int = 1) -> list[Any]:
        run = next(self._numbers)
        base: dict[str, Any] = {
            "user": self.world.user(self.listener),
            "job": self.world.job(Kind.ARCHIVE, run, self.listener),
            "started_at": self.world.at(1000 + run),
        }
        rows = [(number, said) for number, file in enumerate(files) for said in file]
        cut = ArchiveCut(
            **base,
            step=1,
            cut_at=self.world.at(1001 + run),
            dry_run=dry_run,
            slices=slices,
            files=tuple(self.file(n, file) for n, file in enumerate(files)),
        )
        size = max(1, -(-len(rows) // slices))
        pieces = [
            RowsRead(
                **base,
                step=2 + n,
                read_at=self.world.at(1001 + run),
                rows=self.rows(n * size, rows[n * size : (n + 1) * size]),
                dry_run=dry_run,
            )
            for n in range(slices)
        ]
        end = ArchiveRead(**base, step=slices + 2, read_at=now(), verdict=Verdict(status=Status.SUCCESS))
        return [cut, *pieces, end]

    def file(self, number: int, rows: Sequence[Said]) -> FileCut:
        ends = [self.at(each.second) for each in rows]
        return FileCut(
            name=f"file {number}",
            rows=len(rows) + 2,
            left=Buckets(podcast=1, invalid=1),
            first=min(ends, default=None),
            last=max(ends, default=None),
        )

    def rows(self, first: int, rows: Sequence[tuple[int, Said]]) -> Rows:
        tracks = sorted({said.track for _, said in rows})
        return Rows(
            first=first,
            stretches=tuple(Stretch(file=file, rows=1, to_the_minute=said.minutely) for file, said in rows),
            ended=tuple(int(self.at(said.second).timestamp()) for _, said in rows),
            ms_played=tuple(said.ms for _, said in rows),
            started=tuple(
                None if said.started is None else int(self.at(said.started).timestamp() * 1000) for _, said in rows
            ),
            track=tuple(tracks.index(said.track) for _, said in rows),
            circumstance=tuple(0 for _ in rows),
            tracks=tuple(tracks),
            circumstances=(Circumstances(platform="ios", reason_end="trackdone", skipped=False),),
            said=tuple(self.named(track) for track in tracks),
            rejects=(Reject(file=0, position=first + 1, reason="ts: no time"),),
        )

    def named(self, track: str) -> Track:
        number = NUMBERS[track]
        return Track(id=track, name=f"Track {number}", artists=(Artist(id=None, name=f"Artist {number % 3}"),))

    def at(self, second: float) -> datetime:
        return self.world.noon + timedelta(seconds=second)

    async def tell(self, *facts: Any) -> list[Message]:
        """The events that follow, each fact told until it is done with."""
        events: list[Message] = []
        for fact in facts:
            for _ in range(1000):
                (outcome,) = await Commits(self.database).commit([fact])
                assert isinstance(outcome, Recorded | Unfinished), outcome
                events += outcome.events
                if isinstance(outcome, Recorded):
                    break
        return events

    async def __call__(self, *files: Sequence[Said], **how: Any) -> ImportRow:
        """The receipt."""
        facts = self.facts(*files, **how)
        await self.tell(*facts)
        return await self.receipt(facts[0].job)

    async def undo(self, job: JobId) -> list[Message]:
        return await self.tell(
            ImportRevoked(
                user=self.world.user(), job=job, started_at=self.world.at(1001), revoked_at=self.world.at(2000)
            )
        )

    async def receipt(self, job: JobId) -> ImportRow:
        found = await self.receipt_so_far(job)
        assert found.buckets.rows == found.rows == sum(file.rows for file in found.files)
        assert all(file.buckets.rows == file.rows for file in found.files)
        return found

    async def receipt_so_far(self, job: JobId) -> ImportRow:
        async with self.database.connect() as connection:
            (found,) = (await answers.imports(connection, AskImports(ending=job, files=True))).imports
        return found

    async def plays(self) -> list[PlayRow]:
        async with self.database.connect() as connection:
            return list((await answers.plays(connection, AskPlays(user=self.world.user(), limit=5000))).plays)

    async def counted(self) -> int:
        """What the checkpoint says."""
        async with self.database.connect() as connection:
            found = await connection.exec_driver_sql("SELECT plays FROM checkpoints")
            return int(found.scalar_one())

    async def seconds(self) -> list[tuple[float, str]]:
        return [((each.played_at - self.world.noon).total_seconds(), each.track_id) for each in await self.plays()]


@pytest.fixture
async def importer(database: AsyncEngine, world: World) -> Importer:
    made = Importer(database, world)
    await made.tell(world.linked())
    return made


def polled(world: World, run: int, *seen: tuple[float, int]) -> Any:
    """A poll that shows plays at these seconds, of these tracks."""
    plays = tuple(world.play(second / 60, track) for second, track in sorted(seen, reverse=True))
    return world.poll(run, plays=plays)


async def test_rows_become_plays_with_what_the_export_knows(importer: Importer) -> None:
    receipt = await importer([Said(0), Said(200, "track2", 1000), Said(200, "track1")])

    plays = await importer.plays()
    assert receipt.status is Status.SUCCESS
    assert receipt.buckets == Buckets(new=2, short=1, podcast=1, invalid=1)
    assert [(each.track_id, each.ms_played, each.short) for each in plays] == [
        ("track1", PLAYED, False),
        ("track1", PLAYED, False),
        ("track2", 1000, True),
    ]
    assert all(each.source is Source.IMPORT and each.job == receipt.job for each in plays)
    assert plays[0].track == "Track 1"
    assert plays[0].artists == ("Artist 1",)
    assert plays[0].circumstances == Circumstances(platform="ios", reason_end="trackdone", skipped=False)
    assert await importer.counted() == 3


async def test_slices_may_come_in_any_order_and_twice(importer: Importer, tables: Tables) -> None:
    rows = [Said(n * 200, f"track{n % 7}") for n in range(50)]
    cut, *slices, end = importer.facts(rows, slices=5)
    random.Random(1).shuffle(slices)

    (outcome,) = await Commits(importer.database).commit([end.model_copy(update={"read_at": importer.world.at(1e6)})])
    events = await importer.tell(*slices, cut, *slices, end, end)

    assert isinstance(outcome, Waiting)
    assert len(await tables.rows("plays")) == 50
    assert (await importer.receipt(cut.job)).buckets.new == 50
    assert [type(each) for each in events].count(JobFinished) == 2
    assert len({each.identity for each in events if isinstance(each, JobFinished)}) == 1
    assert next(each for each in events if isinstance(each, PlaysRecorded)).new == 50


async def test_slices_that_the_recorder_was_not_there_for_are_not_lost(importer: Importer, tables: Tables) -> None:
    cut, first, second, end = importer.facts([Said(0), Said(200)], slices=2)
    yesterday = end.model_copy(update={"read_at": importer.world.at(-1e6)})

    await importer.tell(cut, first)
    (outcome,) = await Commits(importer.database).commit([yesterday])
    await importer.tell(second, yesterday)

    assert isinstance(outcome, Waiting)
    receipt = await importer.receipt(cut.job)
    assert (receipt.status, receipt.buckets.new) == (Status.SUCCESS, 2)


async def test_the_same_file_again_adds_nothing(importer: Importer, tables: Tables) -> None:
    rows = [Said(n * 200, f"track{n % 7}", 1000 * n) for n in range(50)]
    await importer(rows)
    before = await tables.rows("plays")

    receipt = await importer(rows, [Said(100_000)])

    assert receipt.buckets == Buckets(new=1, duplicate=50, podcast=2, invalid=2)
    assert [each for each in await tables.rows("plays") if each["played_at"] < importer.at(99_000)] == before
    assert await importer.counted() == 51


async def test_the_same_row_twice_in_an_upload_is_one_play(importer: Importer) -> None:
    receipt = await importer([Said(0), Said(0), Said(60)], [Said(60)])

    assert receipt.buckets == Buckets(new=2, duplicate=2, podcast=2, invalid=2)
    assert await importer.seconds() == [(0, "track1"), (60, "track1")]


async def test_two_plays_of_a_track_that_end_in_the_same_second_stay_two(importer: Importer) -> None:
    receipt = await importer([Said(0), Said(0, ms=200)])

    assert receipt.buckets == Buckets(new=1, short=1, podcast=1, invalid=1)
    assert [
        (second, each.ms_played)
        for (second, _), each in zip(await importer.seconds(), await importer.plays(), strict=True)
    ] == [(0, PLAYED), (0.001, 200)]
    assert (await importer([Said(0), Said(0, ms=200)])).buckets.duplicate == 2


@pytest.mark.parametrize("polled_first", [True, False])
async def test_a_polled_play_and_its_row_are_one_with_the_knowledge_of_both(
    importer: Importer, polled_first: bool
) -> None:
    poll = polled(importer.world, 600, (0.4, 1), (200.123, 1), (1000, 2), (1100.5, 3))
    rows = [Said(0), Said(205), Said(920, "track2"), Said(3000, "track4")]

    if polled_first:
        await importer.tell(poll)
        receipt = await importer(rows)
        assert receipt.buckets == Buckets(merged=3, new=1, podcast=1, invalid=1)
    else:
        assert (await importer(rows)).buckets.new == 4
        events = await importer.tell(poll)
        assert next(each for each in events if isinstance(each, PlaysRecorded)).new == 1

    plays = await importer.plays()
    assert await importer.seconds() == [
        (0.4, "track1"),
        (200.123, "track1"),
        (1000, "track2"),
        (1100.5, "track3"),
        (3000, "track4"),
    ]
    assert [each.ms_played for each in plays] == [PLAYED, PLAYED, PLAYED, None, PLAYED]
    assert await importer.counted() == 5


async def test_a_play_on_the_very_millisecond_of_its_row_is_one(importer: Importer) -> None:
    await importer([Said(0)])
    await importer.tell(polled(importer.world, 600, (0, 1)))

    assert await importer.seconds() == [(0, "track1")]
    assert (await importer([Said(0)])).buckets.duplicate == 1
    assert await importer.counted() == 1


async def test_a_dry_run_tells_the_same_and_changes_nothing(importer: Importer, tables: Tables) -> None:
    await importer.tell(polled(importer.world, 600, (0.4, 1)))
    names = ("plays", "sightings", "import_rows", "coverage", "tracks", "checkpoints")
    before = [await tables.rows(name) for name in names]

    receipt = await importer([Said(0), Said(500), Said(500, ms=5)], dry_run=True)

    assert receipt.dry_run
    assert receipt.buckets == Buckets(merged=1, new=1, short=1, podcast=1, invalid=1)
    assert [await tables.rows(name) for name in names] == before
    assert (await importer([Said(0), Said(500), Said(500, ms=5)])).buckets == receipt.buckets


async def test_a_dry_run_whose_slices_come_first_leaves_no_names_behind(importer: Importer, tables: Tables) -> None:
    cut, slice_, end = importer.facts([Said(0)], dry_run=True)

    await importer.tell(slice_, cut, end)

    assert (await importer.receipt(cut.job)).buckets.new == 1
    assert [await tables.rows(name) for name in ("tracks", "artists", "import_rows")] == [[], [], []]


async def test_undoing_an_import_leaves_what_others_saw(importer: Importer, tables: Tables) -> None:
    await importer.tell(polled(importer.world, 600, (0.4, 1), (5000, 3)))
    before = {name: await tables.rows(name) for name in ("plays", "coverage", "checkpoints")}
    first = await importer([Said(0), Said(500), Said(1000), Said(9000)])
    second = await importer([Said(500), Said(1000, ms=PLAYED), Said(2000)])

    events = await importer.undo(first.job)

    undone = next(each for each in events if isinstance(each, ImportUndone))
    assert undone.removed == 1
    assert await importer.seconds() == [
        (0.4, "track1"),
        (500, "track1"),
        (1000, "track1"),
        (2000, "track1"),
        (5000, "track3"),
    ]
    assert next(each for each in await importer.plays() if each.track_id == "track1").ms_played is None
    await importer.undo(second.job)
    assert {name: await tables.rows(name) for name in before} == before
    assert await tables.rows("import_rows") == []
    assert (await importer.receipt(first.job)).undone_at


@pytest.mark.parametrize("exact_first", [True, False])
async def test_account_data_and_extended_data_of_the_same_plays_are_one(importer: Importer, exact_first: bool) -> None:
    exact = [Said(63), Said(250, "track2", 5000), Said(260, "track2", 5000), Said(1000)]
    minutes = [account(1), account(4, 2, 5000), account(4, 2, 5000), account(60)]

    files = (exact, minutes) if exact_first else (minutes, exact)
    await importer(files[0])
    receipt = await importer(files[1])

    assert receipt.buckets.duplicate == 3
    assert await importer.seconds() == [
        (63, "track1"),
        (250, "track2"),
        (260, "track2"),
        (1000, "track1"),
        (3600, account(60).track),
    ]
    assert (await importer(exact, minutes)).buckets.duplicate == 8


async def test_both_packages_in_one_upload_are_one(importer: Importer) -> None:
    receipt = await importer([Said(63), Said(1000)], [account(1), account(60)])

    assert receipt.buckets == Buckets(new=3, duplicate=1, podcast=2, invalid=2)
    assert await importer.seconds() == [(63, "track1"), (1000, "track1"), (3600, account(60).track)]


async def test_a_cancelled_import_leaves_nothing(importer: Importer, tables: Tables) -> None:
    cut, one, two, end = importer.facts([Said(n * 200) for n in range(20)], slices=2)
    await importer.tell(cut, one)

    await importer.undo(cut.job)
    await importer.tell(two, end)

    assert await tables.rows("import_rows") == []
    assert await tables.rows("plays") == []


async def test_an_import_is_listed_as_soon_as_its_job_has_started(importer: Importer, world: World) -> None:
    job = world.job(Kind.ARCHIVE)
    await importer.tell(ChainStarted(user=world.user(), job=job, started_at=world.at(1)))

    begun = await importer.receipt(job)
    await importer.tell(*importer.facts([Said(0)])[:1])
    cut = await importer.receipt_so_far(job)

    assert (begun.status, begun.rows, begun.files) == (Status.RUNNING, 0, ())
    assert (cut.status, cut.rows) == (Status.RUNNING, 3)


async def test_an_import_says_how_far_it_has_come_until_it_has_ended(importer: Importer) -> None:
    cut, one, two, end = importer.facts([Said(n * 200) for n in range(20)], slices=2)

    told = []
    for fact in (cut, one, two, end):
        await importer.tell(fact)
        told.append((await importer.receipt_so_far(cut.job)).progress)

    assert told == [*(Progress(doing="reading", done=done, total=20) for done in (0, 10, 20)), None]


async def test_imports_are_read_in_pages(importer: Importer, world: World, database: AsyncEngine) -> None:
    jobs = [(await importer([Said(second)])).job for second in (1, 500, 1000)]

    async with database.connect() as connection:
        first = await answers.imports(connection, AskImports(limit=2))
        last = await answers.imports(connection, AskImports(limit=2, after=first.next))

    assert [each.job for each in (*first.imports, *last.imports)] == [jobs[2], jobs[1], jobs[0]]
    assert last.next is None


async def test_what_comes_behind_a_cancellation_does_not_bring_the_job_back(
    importer: Importer, world: World, tables: Tables
) -> None:
    cut, one, two, end = importer.facts([Said(n * 200) for n in range(20)], slices=2)
    await importer.tell(cut, one, world.ended(0, Status.CANCELLED, Kind.ARCHIVE))

    events = await importer.tell(two, end)
    await importer.undo(cut.job)

    assert events == []
    assert [job["status"] for job in await tables.rows("jobs")] == ["cancelled"]
    assert await tables.rows("import_rows") == []
    assert await tables.rows("plays") == []


async def test_rejects_are_listed_page_by_page(importer: Importer) -> None:
    facts = importer.facts([Said(n * 200) for n in range(9)], slices=3)
    await importer.tell(*facts)

    async with importer.database.connect() as connection:
        one = await answers.rejects(connection, AskRejects(user=importer.world.user(), job=facts[0].job, limit=2))
        two = await answers.rejects(
            connection, AskRejects(user=importer.world.user(), job=facts[0].job, after=one.next, limit=2)
        )

    assert [(each.file, each.position, each.reason) for each in (*one.rejects, *two.rejects)] == [
        ("file 0", n, "ts: no time") for n in (1, 4, 7)
    ]
    assert two.next is None


async def test_a_file_proves_its_own_time(importer: Importer) -> None:
    await importer([Said(0), Said(1000)], [Said(5000), Said(6000)])

    async with importer.database.connect() as connection:
        gaps = (await answers.gaps(connection, AskGaps(user=importer.world.user()))).gaps

    assert [(each.after, each.before) for each in gaps] == [(importer.at(1000), importer.at(5000))]


async def test_many_portions_give_what_one_gives(
    importer: Importer, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(7)
    rows = [
        Said(n * 50 + rng.randrange(20), f"track{rng.randrange(4)}", rng.choice((500, 40_000, 200_000)))
        for n in range(400)
    ]
    await importer.tell(
        polled(
            importer.world,
            900,
            *((row.second + rng.random() * 2, int(row.track[5:])) for row in rows[100:150] if row.ms > 30_000),
        )
    )
    whole = await importer(rows)
    plays = await tables.rows("plays", "play_id")
    await importer.undo(whole.job)

    for module in ("spindle.recorder.importing", "spindle.recorder.undoing"):
        monkeypatch.setattr(f"{module}.AT_ONCE", 37)
    facts = importer.facts(rows, slices=4)
    events = await importer.tell(*facts)

    assert (await importer.receipt(facts[0].job)).buckets == whole.buckets
    assert await tables.rows("plays", "play_id") == plays
    progress = [each.progress for each in events if isinstance(each, JobProgressed) and each.progress]
    assert [each.done for each in progress if each.doing == "recording"] == sorted(
        each.done for each in progress if each.doing == "recording"
    )
    await importer.undo(facts[0].job)
    assert await importer.counted() == len(await tables.rows("plays"))
