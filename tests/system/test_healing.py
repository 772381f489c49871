"""Reconciling: what got lost from a mailbox is put back, at second sight, and nothing else is touched."""

from dataclasses import replace
from datetime import timedelta

from stack import Stack, Stacked

from spindle.scheduler.asking import Recorder
from spindle.scheduler.reconcile import Reconciler
from spindle.scheduler.service import steering_on
from spindle.shared.bus.mailbox import NEVER
from spindle.shared.bus.publish import publish
from spindle.shared.ids import JobId, Kind, UserId, new_job, now
from spindle.shared.messages.imports import ArchiveRead, ImportArchive, ImportRevoked
from spindle.shared.messages.jobs import ChainStarted, Reason, Status, Verdict
from spindle.shared.messages.plays import PlaysFetched, Source
from spindle.simulator import Settings, build


async def test_a_lost_poll_is_begun_again_at_second_sight(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        await stack.start("recorder", "scheduler", "poll_worker", initial_sync_enabled=False)
        lost, kept = await stack.everybody()
        await stack.finished(lost, Kind.POLL)
        await stack.finished(kept, Kind.POLL)
        await stack.drained()
        reconciler = await _reconciler(stack)
        assert await reconciler.round() == 0

        await stack.js.purge_stream("commands", subject=f"sync.poll.{lost}.*")

        assert await reconciler.round() == 0
        assert await reconciler.round() == 1
        await stack.finished(lost, Kind.POLL, count=2)
        assert len(await stack.jobs(kept, Kind.POLL)) == 1


async def test_whoever_is_late_is_looked_at_when_it_is_not_time_for_everybody(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", "poll_worker", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        await stack.drained()
        reconciler = await _reconciler(stack)
        well, late = now() - timedelta(minutes=5), now() + timedelta(days=1)
        await stack.js.purge_stream("commands", subject=f"sync.poll.{user}.*")

        seen = [await reconciler.round(since) for since in (well, well, late, well, late)]

        assert seen == [0, 0, 0, 0, 1]


async def test_a_running_job_of_which_nothing_is_left_is_lost_and_begun_again(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", "poll_worker", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        job = new_job(Kind.INITIAL, user)
        await publish(stack.js, ChainStarted(user=user, job=job, started_at=now()))
        await stack.until(lambda: stack.jobs(user, Kind.INITIAL))
        reconciler = replace(await _reconciler(stack), initial_sync_enabled=True)

        await stack.until(reconciler.round)

        (row,) = await stack.finished(user, Kind.INITIAL)
        assert (row.job, row.status, row.reason) == (job, Status.ERROR, Reason.LOST)
        assert await stack.mailboxes.read(Kind.INITIAL, user) is not None


async def test_a_sync_that_waits_for_the_recorder_is_not_lost(stacked: Stacked) -> None:
    """Its last fact, in the stream, is all that there is of it."""
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", "poll_worker", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        started = ChainStarted(user=user, job=new_job(Kind.INITIAL, user), started_at=now())
        await publish(stack.js, started)
        await stack.until(lambda: stack.jobs(user, Kind.INITIAL))
        await stack.js.pause_consumer("facts", "recorder-facts", "2100-01-01T00:00:00Z")
        await publish(
            stack.js,
            PlaysFetched(
                user=user,
                job=started.job,
                step=1,
                source=Source.INITIAL,
                started_at=started.started_at,
                fetched_at=now(),
                requests=1,
                verdict=Verdict(status=Status.SUCCESS, reason=Reason.EMPTY_PAGE),
            ),
        )
        reconciler = replace(await _reconciler(stack), initial_sync_enabled=True)

        assert [await reconciler.round() for _ in range(3)] == [0, 0, 0]

        assert await stack.mailboxes.read(Kind.INITIAL, user) is None


async def test_a_link_that_is_told_again_begins_nothing_again(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start()
        (user,) = await stack.everybody()
        (first,) = await stack.finished(user, Kind.INITIAL)
        told = await stack.js.get_last_msg("events", f"users.linked.{user}")

        await stack.js.publish(f"users.linked.{user}", told.data or b"")

        async def heard() -> bool:
            consumer = await stack.js.consumer_info("events", "scheduler-events")
            return not consumer.num_pending and not consumer.num_ack_pending

        await stack.until(heard)
        assert await stack.mailboxes.read(Kind.INITIAL, user) is None
        assert [row.job for row in await stack.jobs(user, Kind.INITIAL)] == [first.job]


async def test_a_parked_step_whose_pause_is_over_goes_on(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", "poll_worker", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        await stack.mailboxes.move(await stack.waiting(user), NEVER)

        assert await (await _reconciler(stack)).round() == 1
        await stack.finished(user, Kind.POLL, count=2)


async def test_a_step_that_waits_for_its_time_is_left_alone(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", "poll_worker", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        before = await stack.waiting(user)
        assert before.due_at is not None
        assert before.due_at > now() + timedelta(minutes=50)

        assert await (await _reconciler(stack)).round() == 0

        assert await stack.mailboxes.read(Kind.POLL, user) == before


async def test_one_bad_mailbox_does_not_keep_the_others_from_being_healed(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        await stack.start("recorder", "scheduler", "poll_worker", initial_sync_enabled=False)
        bad, lost = await stack.everybody()
        await stack.finished(bad, Kind.POLL)
        await stack.finished(lost, Kind.POLL)
        await stack.drained()
        await stack.js.purge_stream("commands", subject="sync.poll.>")
        schedule = {"Nats-Schedule": "@every 1h", "Nats-Schedule-Target": f"sync.poll.{bad}.step"}
        await stack.js.publish(f"sync.poll.{bad}.later", b"no step", headers=schedule)
        reconciler = await _reconciler(stack)

        await reconciler.round()
        await reconciler.round()

        await stack.finished(lost, Kind.POLL, count=2)


async def test_an_import_of_which_nothing_is_left_is_lost_at_second_sight(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        user, job = await _running_import(stack)
        reconciler = await _reconciler(stack)
        facts = await stack.client.subscribe(f"facts.archive.{user}")
        await stack.js.purge_stream("commands", subject=f"sync.archive.{user}.*")

        assert await reconciler.round() == 0
        assert await reconciler.round() == 1

        (row,) = await stack.finished(user, Kind.ARCHIVE)
        assert (row.job, row.status, row.reason) == (job, Status.ERROR, Reason.LOST)
        assert ImportRevoked.decoded((await facts.next_msg(timeout=30)).data).job == job
        assert await stack.mailboxes.read(Kind.ARCHIVE, user) is None


async def test_an_import_that_was_missing_once_is_missed_anew(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        user, job = await _running_import(stack)
        reconciler, latest = await _reconciler(stack), now() - timedelta(days=1)
        letter = await stack.mailboxes.read(Kind.ARCHIVE, user)
        assert letter is not None
        seen = []
        for there in (False, True, False, False):
            await stack.js.purge_stream("commands", subject=f"sync.archive.{user}.*")
            if there:
                await stack.mailboxes.hand_over(ImportArchive.decoded(letter.body), after=0)
            seen.append(await reconciler.round(latest))

        assert seen == [0, 0, 0, 1]
        assert (await stack.finished(user, Kind.ARCHIVE))[0].job == job


async def test_an_import_that_waits_for_the_recorder_is_not_lost(stacked: Stacked) -> None:
    """Its last fact, in the stream, is all that there is of it."""
    async with stacked(build(Settings(listeners=1))) as stack:
        user, job = await _running_import(stack)
        reconciler, verdict = await _reconciler(stack), Verdict(status=Status.SUCCESS)
        await stack.js.pause_consumer("facts", "recorder-archive", "2100-01-01T00:00:00Z")
        read = ArchiveRead(user=user, job=job, step=2, started_at=now(), read_at=now(), verdict=verdict)
        await publish(stack.js, read)
        await stack.js.purge_stream("commands", subject=f"sync.archive.{user}.*")

        assert [await reconciler.round() for _ in range(3)] == [0, 0, 0]

        (row,) = await stack.jobs(user, Kind.ARCHIVE)
        assert row.status is Status.RUNNING


async def test_an_import_that_lies_in_its_mailbox_is_left_alone_unless_its_pause_is_over(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        user, _ = await _running_import(stack)
        reconciler = await _reconciler(stack)
        assert [await reconciler.round() for _ in range(2)] == [0, 0]
        letter = await stack.mailboxes.read(Kind.ARCHIVE, user)
        assert letter is not None
        await stack.mailboxes.move(letter, NEVER)

        assert await reconciler.round() == 1

        assert (await stack.jobs(user, Kind.ARCHIVE))[0].status is Status.RUNNING


async def _running_import(stack: Stack) -> tuple[UserId, JobId]:
    """Of which nobody takes the first step."""
    await stack.start("recorder", "scheduler", "poll_worker", initial_sync_enabled=False)
    (user,) = await stack.everybody()
    await stack.finished(user, Kind.POLL)
    job = new_job(Kind.ARCHIVE, user)
    await (await steering_on(stack.js)).begin(ImportArchive(user=user, job=job, started_at=now()))
    await stack.until(lambda: stack.jobs(user, Kind.ARCHIVE))
    return user, job


async def _reconciler(stack: Stack) -> Reconciler:
    return Reconciler(stack.js, await steering_on(stack.js), Recorder(stack.client), initial_sync_enabled=False)
