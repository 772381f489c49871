"""Controls of imports: what starts, what is refused, and what goes when one is ended or undone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from nats.aio.msg import Msg
from stack import Stack, Stacked

from spindle.scheduler.answers import Answers
from spindle.scheduler.asking import Recorder
from spindle.scheduler.service import steering_on
from spindle.shared.bus.mailbox import NEVER
from spindle.shared.bus.publish import publish
from spindle.shared.bus.uploads import Manifest, UploadedFile, Uploads
from spindle.shared.ids import JobId, Kind, UserId, new_job, new_user, now, parts
from spindle.shared.messages.ask import AskImports, ImportRow, Imports
from spindle.shared.messages.control import Cancel, Import, Pause, Resume, Trigger, Undo
from spindle.shared.messages.imports import Buckets, ImportArchive, ImportRevoked
from spindle.shared.messages.jobs import ChainStarted, Status
from spindle.shared.messages.users import AccountRemoved, AccountUnlinked
from spindle.simulator import Settings, build


async def test_an_import_starts_with_the_number_of_its_upload(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        (user,) = await _begun(stack)
        job = await _uploaded(stack, user)

        answer = await stack.control(Import(user=user, upload=_upload(job), dry_run=True))

        assert (answer.done, answer.job) == (True, job)
        step = await _step(stack, user)
        assert (step.job, step.step, step.dry_run) == (job, 1, True)
        (row,) = await stack.until(lambda: stack.jobs(user, Kind.ARCHIVE))
        assert (row.job, row.status) == (job, Status.RUNNING)


async def test_an_import_needs_no_spotify(stacked: Stacked) -> None:
    """So a listener may be disconnected."""
    async with stacked(build(Settings(listeners=1))) as stack:
        (user,) = await _begun(stack)
        await publish(stack.js, AccountUnlinked(user=user, unlinked_at=now(), why="a test"))

        async def disconnected() -> bool:
            found = await stack.listener(user)
            return found is not None and found.disconnected_at is not None

        await stack.until(disconnected)

        assert (await stack.control(Import(user=user, upload=_upload(await _uploaded(stack, user))))).done


async def test_an_import_that_cannot_start_is_refused_with_a_reason(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        (user,) = await _begun(stack)
        upload = _upload(await _uploaded(stack, user))

        stranger = await stack.control(Import(user=new_user(), upload=upload))
        nonsense = await stack.control(Import(user=user, upload="../" + upload))
        unknown = await stack.control(Import(user=user, upload="0" * 32))
        await stack.control(Pause(user=user, what="archive"))
        paused = await stack.control(Import(user=user, upload=upload))
        await stack.control(Resume(user=user))
        await stack.control(Pause(user=user))
        all_paused = await stack.control(Import(user=user, upload=upload))

        assert "no listener" in stranger.why
        assert "32 hexadecimal digits" in nonsense.why
        assert "no whole upload" in unknown.why
        assert "resume archive" in paused.why
        assert "resume archive" in all_paused.why
        assert not any(each.done for each in (stranger, nonsense, unknown, paused, all_paused))
        assert await stack.mailboxes.read(Kind.ARCHIVE, user) is None


async def test_one_import_at_a_time_and_the_refusal_says_which(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        user, other = await _begun(stack)
        first, second = await _uploaded(stack, user), await _uploaded(stack, user)
        await stack.control(Import(user=user, upload=_upload(first)))

        refused = await stack.control(Import(user=user, upload=_upload(second)))

        assert (refused.done, refused.job) == (False, first)
        assert "another import" in refused.why
        assert (await stack.control(Import(user=other, upload=_upload(await _uploaded(stack, other))))).done


async def test_an_import_that_is_asked_for_again_starts_nothing_twice(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        (user,) = await _begun(stack)
        answers = Answers(await steering_on(stack.js), Recorder(stack.client), timedelta(minutes=10))
        job = await _uploaded(stack, user)
        command = Import(user=user, upload=_upload(job))

        first, again = await answers.imported(command), await answers.imported(command)
        assert (first.done, first.job) == (again.done, again.job) == (True, job)
        await stack.until(lambda: stack.jobs(user, Kind.ARCHIVE))
        await stack.mailboxes.purge(Kind.ARCHIVE, user, job)
        await answers.steering.uploads.remove(job)
        after_its_end = await answers.imported(command)

        assert (after_its_end.done, after_its_end.why) == (True, "it was started before")
        assert await stack.mailboxes.read(Kind.ARCHIVE, user) is None


async def test_nothing_remains_of_an_import_that_is_cancelled(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        (user,) = await _begun(stack)
        job = await _uploaded(stack, user)
        await stack.control(Import(user=user, upload=_upload(job)))
        facts = await stack.client.subscribe(f"facts.archive.{user}")

        answer = await stack.control(Cancel(job=job))

        assert answer.done
        assert ImportRevoked.decoded((await facts.next_msg(timeout=30)).data).job == job
        assert await stack.mailboxes.read(Kind.ARCHIVE, user) is None
        assert await (await Uploads.on(stack.js)).manifest(job) is None
        (row,) = await stack.finished(user, Kind.ARCHIVE)
        assert (row.status, row.requests) == (Status.CANCELLED, 0)


async def test_an_import_that_is_only_being_recorded_can_be_cancelled_too(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        (user,) = await _begun(stack)
        job = new_job(Kind.ARCHIVE, user)
        await publish(stack.js, ChainStarted(user=user, job=job, started_at=now()))
        await stack.until(lambda: stack.jobs(user, Kind.ARCHIVE))
        facts = await stack.client.subscribe(f"facts.archive.{user}")

        answer = await stack.control(Cancel(job=job))

        assert answer.done
        assert ImportRevoked.decoded((await facts.next_msg(timeout=30)).data).job == job
        (row,) = await stack.finished(user, Kind.ARCHIVE)
        assert row.status is Status.CANCELLED


async def test_a_parked_import_goes_on_when_imports_are_resumed(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        (user,) = await _begun(stack)
        await stack.control(Import(user=user, upload=_upload(await _uploaded(stack, user))))
        assert (await stack.control(Pause(user=user, what="archive"))).done
        letter = await stack.mailboxes.read(Kind.ARCHIVE, user)
        assert letter is not None
        await stack.mailboxes.move(letter, NEVER)

        assert (await stack.control(Resume(user=user, what="archive"))).done

        async def goes_on() -> bool:
            found = await stack.mailboxes.read(Kind.ARCHIVE, user)
            return found is not None and found.due_at is None

        await stack.until(goes_on)


async def test_a_trigger_of_an_import_says_how_to_start_one(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        (user,) = await _begun(stack)

        answer = await stack.control(Trigger(user=user, what="archive"))

        assert not answer.done
        assert "spindle import" in answer.why


async def test_what_a_removed_listener_has_uploaded_goes_with_them(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        gone, stays = await _begun(stack)
        lost, kept = await _uploaded(stack, gone), await _uploaded(stack, stays)
        uploads = await Uploads.on(stack.js)

        await publish(stack.js, AccountRemoved(user=gone, removed_at=now()))

        async def forgotten() -> bool:
            return await uploads.manifest(lost) is None

        await stack.until(forgotten)
        assert await uploads.manifest(kept) is not None


async def test_an_undo_revokes_what_an_import_has_brought_and_nothing_else(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await stack.start("scheduler")
        user = new_user()
        good, running, undone = _imported(user), _imported(user, Status.RUNNING), _imported(user, undone=True)
        facts = await stack.client.subscribe(f"facts.archive.{user}")
        async with _known(stack, good, running, undone):
            refused = [
                await stack.control(Undo(job=job)) for job in (running.job, undone.job, new_job(Kind.ARCHIVE, user))
            ]
            answer = await stack.control(Undo(job=good.job))

        assert [each.done for each in refused] == [False] * 3
        assert "cancel it" in refused[0].why
        assert "undone already" in refused[1].why
        assert "no such import" in refused[2].why
        assert (answer.done, answer.job) == (True, good.job)
        revoked = ImportRevoked.decoded((await facts.next_msg(timeout=30)).data)
        assert (revoked.job, revoked.started_at) == (good.job, good.started_at)
        assert facts.pending_msgs == 0


async def test_an_undo_of_an_import_that_has_just_begun_is_told_so(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        (user,) = await _begun(stack)
        job = await _uploaded(stack, user)
        await stack.control(Import(user=user, upload=_upload(job)))

        answer = await stack.control(Undo(job=job))

        assert not answer.done
        assert "cancel it" in answer.why


async def test_an_undo_is_refused_while_nobody_knows_the_import(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await stack.start("scheduler")

        answer = await stack.control(Undo(job=new_job(Kind.ARCHIVE, new_user())))

        assert not answer.done
        assert "recorder" in answer.why


async def _begun(stack: Stack) -> list[UserId]:
    """Listeners, and a scheduler; nobody takes the steps that it starts."""
    await stack.start("recorder", "scheduler", initial_sync_enabled=False)
    return await stack.everybody()


async def _uploaded(stack: Stack, user: UserId) -> JobId:
    job, uploads = new_job(Kind.ARCHIVE, user), await Uploads.on(stack.js)
    await uploads.put_piece(job, 0, 0, b"[]")
    await uploads.put_manifest(job, Manifest(files=(UploadedFile(name="endsong.json", size=2),)))
    return job


def _upload(job: JobId) -> str:
    return job.rsplit(".", 1)[1]


async def _step(stack: Stack, user: UserId) -> ImportArchive:
    letter = await stack.mailboxes.read(Kind.ARCHIVE, user)
    assert letter is not None
    return ImportArchive.decoded(letter.body)


def _imported(user: UserId, status: Status = Status.SUCCESS, undone: bool = False) -> ImportRow:
    return ImportRow(
        job=new_job(Kind.ARCHIVE, user),
        user=user,
        name="ada",
        status=status,
        error=None,
        dry_run=False,
        started_at=now(),
        finished_at=None if status is Status.RUNNING else now(),
        revoked_at=now() if undone else None,
        undone_at=now() if undone else None,
        rows=1,
        buckets=Buckets(new=1),
        file_count=1,
        earliest=None,
        latest=None,
    )


@asynccontextmanager
async def _known(stack: Stack, *rows: ImportRow) -> AsyncIterator[None]:
    """Somebody who answers for these imports, and no others."""

    async def answer(message: Msg) -> None:
        asked = AskImports.decoded(message.data)
        assert asked.user in {parts(row.job)[1] for row in rows}
        found = tuple(row for row in rows if row.job.endswith(asked.ending or ""))
        await message.respond(Imports(imports=found[: asked.limit]).model_dump_json().encode())

    subscription = await stack.client.subscribe("ask.imports", cb=answer)
    await stack.client.flush()
    yield
    await subscription.unsubscribe()
