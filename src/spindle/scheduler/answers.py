"""What people asked for, tried, and the answer in words: done, or refused and why."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from spindle.scheduler.asking import NoAnswer, Recorder
from spindle.scheduler.logic.jobs import PRIORITY, STILL_RUNNING, hurried, import_of, not_to_be_undone
from spindle.scheduler.logic.waiting import RUNNING, not_before, why_not_early
from spindle.scheduler.steering import Steering
from spindle.shared.bus.letters import Letter
from spindle.shared.ids import JobId, Kind, UserId, is_user, job_of, now, parts
from spindle.shared.messages.ask import ImportRow, JobRow, Listener
from spindle.shared.messages.control import Cancel, Import, Pause, Resume, Trigger, Undo
from spindle.shared.messages.imports import ImportArchive
from spindle.shared.pauses import ALL

UNKNOWN = "unknown"
_NO_DATABASE = "the recorder does not answer just now, and only it knows; try again"
_OVERTAKEN = "a later control has overtaken this one"
_TRIGGERED = (Kind.INITIAL, Kind.POLL)
_NAMES = {ALL: "everything", Kind.POLL: "polling", Kind.INITIAL: "the initial sync", Kind.ARCHIVE: "importing"}
_A_MOMENT, _MOMENTS = 0.1, 5
"""Seconds, and how often: for the recorder to write down what has just become of a job."""


@dataclass(frozen=True)
class Answer:
    done: bool
    why: str
    user: str = UNKNOWN
    job: str | None = None


class Refusal(Exception):
    """What was asked cannot be done; the text says why."""


class NoListener(Refusal):
    """There is no such listener, or not any more."""

    def __init__(self, name_or_id: str) -> None:
        super().__init__(f"there is no listener {name_or_id!r}")


@dataclass(frozen=True)
class Answers:
    steering: Steering
    recorder: Recorder
    poll_interval: timedelta

    async def paused(self, command: Pause, number: int) -> Answer:
        what, user = _what(command.what), await self._user(command.user)
        stood = await self.steering.pauses.read(user)
        paused = await self.steering.pause(user, what, number)
        if paused.gone:
            raise NoListener(user)
        if paused.sequence > number:
            return Answer(False, _OVERTAKEN, user)
        if what in stood.what and stood.sequence < number:
            return Answer(True, f"{_NAMES[what]} is paused already", user)
        return Answer(True, f"{_NAMES[what]} is paused: nothing of it is begun any more", user)

    async def resumed(self, command: Resume, number: int) -> Answer:
        what, user = _what(command.what), await self._user(command.user)
        stood = await self.steering.pauses.read(user)
        if what != ALL and ALL in stood.what:
            return Answer(False, "everything is paused: resume all of it", user)
        paused = await self.steering.resume(user, what, number)
        if paused.gone:
            raise NoListener(user)
        if paused.sequence > number:
            return Answer(False, _OVERTAKEN, user)
        if stood.sequence < number and not (stood.what if what == ALL else what in stood.what):
            return Answer(True, f"{'nothing was' if what == ALL else f'{_NAMES[what]} was not'} paused", user)
        left = f"; still paused: {', '.join(sorted(paused.what))}" if paused.what else ""
        return Answer(True, f"{_NAMES[what]} is resumed{left}", user)

    async def triggered(self, command: Trigger, number: int, asked_at: datetime) -> Answer:
        """The job's id comes from the control's number, so that a control that comes again starts nothing twice."""
        if command.what == Kind.ARCHIVE:
            raise Refusal("an import needs files: `spindle import` starts one")
        if command.what not in _TRIGGERED:
            raise Refusal(f"nothing called {command.what!r} can be triggered; there are: {_list(_TRIGGERED)}")
        kind, user = Kind(command.what), await self._user(command.user)
        if (await self.steering.pauses.read(user)).holds(kind):
            return Answer(False, "it is paused; resume it first", user)
        job = job_of(kind, user, f"control {number}", asked_at)
        letter, closed = await self.steering.mailboxes.read(kind, user), await self._closed()
        if letter is not None and letter.step.job != job:
            why = why_not_early(letter, closed, command.hurry)
            return Answer(False, why, user, letter.step.job) if why else await self._hurried(user, letter, number)
        answer = await self._started(job, command.again)
        return replace(answer, why=f"{answer.why}; {closed}") if answer.done and closed else answer

    async def cancelled(self, command: Cancel) -> Answer:
        kind, user = parts(command.job)
        if await self.steering.cancel(command.job, self.poll_interval):
            return Answer(True, "cancelled", user, command.job)
        row = await self._row(user, command.job)
        if row is None or row.finished_at is not None:
            await self.steering.drop(command.job)
            ended = f"it has ended already: {row.status}" if row else "no such job is running or waiting"
            return Answer(False, ended, user, command.job)
        await self.steering.give_up(command.job, row.started_at, cancelled=True)
        of_import = kind is Kind.ARCHIVE
        left = "what it has brought is being taken back" if of_import else "nothing was left of it but its row"
        return Answer(True, f"cancelled; {left}", user, command.job)

    async def imported(self, command: Import) -> Answer:
        """A listener who is disconnected may import: Spotify is not called for it."""
        user = await self._importer(command)
        step = _import(user, command)
        if (await self.steering.pauses.read(user)).holds(Kind.ARCHIVE):
            return Answer(False, "imports are paused for them; resume archive first", user)
        held = await self.steering.mailboxes.read(Kind.ARCHIVE, user)
        if held is None and await self.steering.uploads.manifest(step.job) is None:
            if await self._row(user, step.job):  # and it may have ended before anybody was told so
                return Answer(True, "it was started before", user, step.job)
            return Answer(False, "there is no whole upload of this id; upload the files again", user)
        found = await self.steering.begin(step)
        if isinstance(found, Letter):
            why = "another import of theirs is running; start this one when it has ended"
            return Answer(False, why, user, found.step.job)
        if found is None:
            raise NoListener(command.user)
        return Answer(True, "started", user, found.job)

    async def undone(self, command: Undo) -> Answer:
        kind, user = parts(command.job)
        letter = await self.steering.mailboxes.read(kind, user)
        if letter is not None and letter.step.job == command.job:
            return Answer(False, STILL_RUNNING, user, command.job)
        found = await self._import(command.job)
        if why := not_to_be_undone(found):
            return Answer(False, why, user, command.job)
        await self.steering.revoke(command.job, found.started_at)
        return Answer(True, "what it has brought is being taken back", user, command.job)

    async def known_import(self, job: JobId) -> ImportRow | None:
        """As the recorder has it. None: it has not heard of it."""
        try:
            return await self.recorder.imported(job)
        except NoAnswer as error:
            raise Refusal(_NO_DATABASE) from error

    async def _started(self, job: JobId, again: bool) -> Answer:
        kind, user = parts(job)
        listener = await self._listener(user)
        if listener.disconnected_at is not None:
            return Answer(False, f"{listener.name} must log in with Spotify again first", user)
        completed = listener.initial_sync.completed_at
        if kind is Kind.INITIAL and completed and not again:
            why = f"skipped: it completed on {completed:%Y-%m-%d} ({listener.initial_sync.reason}); --again repeats it"
            return Answer(False, why, user)
        found = await self.steering.start(job, listener.last_played_at)
        if isinstance(found, Letter):
            return Answer(False, RUNNING, user, found.step.job)
        if found is None:
            raise NoListener(user)
        return Answer(True, "started", user, found.job)

    async def _hurried(self, user: UserId, letter: Letter, number: int) -> Answer:
        """When the control comes again, it does not hurry what has come into the mailbox since then."""
        if await self.steering.mailboxes.move(hurried(letter), now(), f"control {number}"):
            return Answer(True, "started early", user, letter.step.job)
        return Answer(False, "it has just started by itself", user, letter.step.job)

    async def _closed(self) -> str | None:
        door = await self.steering.door()
        return not_before(door.until, door.why) if door else None

    async def _user(self, name_or_id: str) -> UserId:
        """An id is taken at its word while the recorder is silent: a pause must work without a database."""
        if not is_user(name_or_id):
            return (await self._listener(name_or_id)).user
        if await self.recorder.unknown(name_or_id):
            raise NoListener(name_or_id)
        return name_or_id

    async def _importer(self, command: Import) -> UserId:
        """What was uploaded for somebody who is gone goes, too."""
        try:
            return (await self._listener(command.user)).user
        except NoListener:
            if is_user(command.user):
                await self.steering.uploads.remove_all(command.user)
            raise

    async def _listener(self, name_or_id: str) -> Listener:
        try:
            listener = await self.recorder.listener(name_or_id)
        except NoAnswer as error:
            raise Refusal(_NO_DATABASE) from error
        if listener is None:
            raise NoListener(name_or_id)
        return listener

    async def _row(self, user: UserId, job: JobId) -> JobRow | None:
        """As the recorder has it when it has written down what was said last of the listener's jobs."""
        for _ in range(_MOMENTS):
            if not await self.steering.unrecorded(user, "jobs"):
                break
            await asyncio.sleep(_A_MOMENT)
        try:
            return await self.recorder.job(user, job)
        except NoAnswer as error:
            raise Refusal(_NO_DATABASE) from error

    async def _import(self, job: JobId) -> ImportRow:
        found = await self.known_import(job)
        if found is None:
            raise Refusal("there is no such import")
        return found


def _import(user: UserId, command: Import) -> ImportArchive:
    try:
        return import_of(user, command.upload, command.dry_run, now())
    except ValueError as error:
        raise Refusal("an upload's id is 32 hexadecimal digits, in lower case") from error


def _what(text: str) -> str:
    if text != ALL and text not in PRIORITY:
        raise Refusal(f"nothing called {text!r} can be paused; there are: {ALL}, {_list(PRIORITY)}")
    return text


def _list(kinds: tuple[Kind, ...]) -> str:
    return ", ".join(kinds)
