"""An import goes from step to step, waits for the recorder, obeys people, and leaves nothing behind."""

import asyncio
import random
from datetime import timedelta

import pytest
from workbench import START, Bench, ended_at, export

from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.patience import insist, never
from spindle.shared.bus.uploads import STORE, STREAM
from spindle.shared.ids import Kind, now
from spindle.shared.messages.imports import ArchiveCut, ArchiveRead, ImportRevoked, RowsRead
from spindle.shared.messages.jobs import JobEnded, Status
from spindle.sync_worker.archive.errors import NoRoom
from spindle.sync_worker.logic import imports


async def test_an_import_is_cut_read_slice_by_slice_and_cleared_up(bench: Bench) -> None:
    step = await bench.upload(("my_spotify_data.zip", export(12_000)), dry_run=True)

    async with bench.worker():
        await bench.start(step)
        facts = await bench.record(until=ArchiveRead)
        await bench.until_cleared_up(step.job)

    cut, *slices, read = facts
    assert isinstance(cut, ArchiveCut)
    assert isinstance(read, ArchiveRead)
    assert [(each.name, each.rows) for each in cut.files] == [("MyData/endsong_0.json", 12_000)]
    assert (cut.slices, cut.dry_run) == (len(slices), True)
    assert [fact.step for fact in slices if isinstance(fact, RowsRead)] == [*range(2, 2 + cut.slices)]
    assert ended_at(slices) == [int(START.timestamp()) + number for number in range(12_000)]
    assert (read.step, read.verdict.status, read.verdict.error) == (2 + cut.slices, Status.SUCCESS, None)


async def test_no_more_than_four_facts_wait_for_the_recorder(bench: Bench) -> None:
    step = await bench.upload(("my_spotify_data.zip", export(40_000)))

    async with bench.worker():
        await bench.start(step)
        async with asyncio.timeout(60):
            while (most := await bench.unrecorded()) < 4:
                await asyncio.sleep(0.02)
        for _ in range(40):
            most = max(most, await bench.unrecorded())
            await asyncio.sleep(0.05)
        facts = await bench.record(until=ArchiveRead)

    assert most == 4
    assert ended_at(facts) == [int(START.timestamp()) + number for number in range(40_000)]


async def test_a_step_that_finds_no_room_waits_in_its_mailbox_and_nobody_needs_to_hear_of_it(bench: Bench) -> None:
    step = await bench.upload(("my_spotify_data.zip", export(40_000)))
    mailboxes = Mailboxes(bench.js)

    async with bench.worker():
        await bench.start(step)
        async with asyncio.timeout(60):
            while (letter := await mailboxes.read(Kind.ARCHIVE, bench.user)) is None or letter.due_at is None:
                await asyncio.sleep(0.02)
        facts = await bench.record(until=ArchiveRead)

    assert letter.step.step == 5  # three slices and what was cut fill the room
    assert {type(fact) for fact in facts} == {ArchiveCut, RowsRead, ArchiveRead}


async def test_a_pause_counts_within_a_cut_and_the_import_begins_anew(bench: Bench) -> None:
    step = await bench.upload(("my_spotify_data.zip", export(250_000)))
    mailboxes = Mailboxes(bench.js)

    async with bench.worker():
        await bench.start(step)
        while not await bench.left_of_slices(step.job):
            await asyncio.sleep(0.02)
        await bench.pauses.decide(bench.user, 1, lambda stands: stands.plus("archive", 1))
        async with asyncio.timeout(60):
            while not (letter := await mailboxes.read(Kind.ARCHIVE, bench.user)) or not letter.parked:
                await asyncio.sleep(0.02)
        nothing = await bench.unrecorded()
        await bench.pauses.decide(bench.user, 2, lambda stands: stands.minus("archive", 2))
        await mailboxes.move(letter, now())
        facts = await bench.record(until=ArchiveRead)

    assert (letter.step.step, nothing) == (1, 0)
    assert len(ended_at(facts)) == 250_000


async def test_a_cancel_ends_a_cut_and_nothing_is_told(bench: Bench) -> None:
    step = await bench.upload(("my_spotify_data.zip", export(250_000)))

    async with bench.worker():
        await bench.start(step)
        while not await bench.left_of_slices(step.job):
            await asyncio.sleep(0.02)
        await Mailboxes(bench.js).purge(Kind.ARCHIVE, bench.user, step.job)
        await bench.uploads.remove(step.job)
        async with asyncio.timeout(60):
            while (await bench.js.consumer_info("commands", "sync_worker-archive")).num_ack_pending:
                await asyncio.sleep(0.05)

    assert (await bench.js.stream_info("facts")).state.messages == 0


@pytest.mark.parametrize(
    ("upload", "why"),
    [
        (("notes.txt", b"hello"), "notes.txt: This is neither a ZIP nor a JSON file of a listening history."),
        (("a.zip", export(10)[:-30]), "a.zip: the ZIP is cut off: its end, with the list of its files, is missing"),
        (("a.zip", export(1001)), "it holds more than 1,000 rows (SPINDLE_IMPORT_MAX_ROWS)"),
    ],
    ids=["no archive", "cut off", "too large"],
)
async def test_an_upload_that_cannot_be_imported_ends_its_job_with_the_reason(
    bench: Bench, upload: tuple[str, bytes], why: str
) -> None:
    step = await bench.upload(upload)

    async with bench.worker(bench.settings.model_copy(update={"import_max_rows": 1000})):
        await bench.start(step)
        await bench.record(until=ImportRevoked)
        facts = await bench.record(until=JobEnded)
        await bench.until_cleared_up(step.job)

    ended = next(fact for fact in facts if isinstance(fact, JobEnded))
    assert {type(fact) for fact in facts} == {ImportRevoked, JobEnded}
    assert (ended.verdict.status, ended.verdict.error, ended.requests) == (Status.ERROR, why, 0)


@pytest.mark.parametrize("missing", ["manifest", "file/0/0", "slice/5"])
async def test_an_upload_that_has_aged_away_ends_its_job(bench: Bench, missing: str) -> None:
    step = await bench.upload(("my_spotify_data.zip", export(40_000)))
    if missing.startswith("slice"):
        await bench.stop_within_slices(step)
    await (await bench.js.object_store(STORE)).delete(f"{bench.user}/{step.job.rsplit('.', 1)[1]}/{missing}")

    async with bench.worker():
        await bench.start(step)
        await bench.record(until=ImportRevoked)
        facts = await bench.record(until=JobEnded)

    ended = next(fact for fact in facts if isinstance(fact, JobEnded))
    assert ended.verdict.error == "The upload is no longer there: import the files again."


async def test_an_upload_that_fits_only_without_what_it_is_cut_into_ends_its_job(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = await bench.upload(("my_spotify_data.zip", export(40_000)))
    stream = await bench.js.stream_info(STREAM)
    await bench.js.update_stream(stream.config, max_bytes=stream.state.bytes + 20_000)
    monkeypatch.setattr(insist, "__defaults__", (1.0, never))  # seconds

    async with bench.worker():
        await bench.start(step)
        facts = await bench.record(until=JobEnded)
        await bench.until_cleared_up(step.job)

    ended = next(fact for fact in facts if isinstance(fact, JobEnded))
    assert (ended.verdict.status, ended.verdict.error) == (Status.ERROR, str(NoRoom()))


async def test_part_of_an_upload_that_cannot_be_read_makes_it_partial(bench: Bench) -> None:
    step = await bench.upload(("a.zip", export(100)), ("notes.txt", b"hello"))

    async with bench.worker():
        await bench.start(step)
        facts = await bench.record(until=ArchiveRead)

    read = facts[-1]
    assert isinstance(read, ArchiveRead)
    assert read.verdict.status is Status.PARTIAL
    assert read.verdict.error == "notes.txt: This is neither a ZIP nor a JSON file of a listening history."
    assert len(ended_at(facts)) == 100


async def test_a_worker_that_dies_again_and_again_changes_nothing(bench: Bench) -> None:
    """Killed without a word: within the cut, then at random moments. The step in hand comes to the next one."""
    step = await bench.upload(("my_spotify_data.zip", export(60_000)))
    await bench.redeliver_after(1.0)
    await bench.start(step)
    dice = random.Random(4)

    async with bench.process():
        while not await bench.left_of_slices(step.job):
            await asyncio.sleep(0.01)
    recording = asyncio.create_task(bench.record(until=ArchiveRead, within=100))
    for _ in range(3):
        seen = len(bench.facts)
        async with bench.process():
            while len(bench.facts) == seen:
                await asyncio.sleep(0.005)
            await asyncio.sleep(dice.uniform(0, 0.1))
    assert not recording.done()
    async with bench.process():
        facts = await recording

    cut = next(fact for fact in facts if isinstance(fact, ArchiveCut))
    again = [fact for fact in facts if isinstance(fact, RowsRead)]
    assert {fact.step for fact in again} == set(range(2, 2 + cut.slices))
    assert all(one.rows == other.rows for one in again for other in again if one.step == other.step)
    assert ended_at(facts) == [int(START.timestamp()) + number for number in range(60_000)]


async def test_an_error_that_nobody_foresaw_is_tried_again_and_then_ends_the_job(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "RETRY_AFTER", timedelta(milliseconds=50))
    step = await bench.upload(("my_spotify_data.zip", export(100)))
    await bench.uploads._put(step.job, "manifest", b"nonsense")
    await bench.start(step)

    async with bench.worker():
        await bench.record(until=ImportRevoked)
        facts = await bench.record(until=JobEnded)
        await bench.until_cleared_up(step.job)

    ended = next(fact for fact in facts if isinstance(fact, JobEnded))
    assert ended.verdict.error == "it cannot be read: ValidationError at step 1, 5 times"
