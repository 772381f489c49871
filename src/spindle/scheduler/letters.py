"""Dead letters retried and dropped, and the answer in words. The stream `dead` is read and emptied here.

Whatever is done is done before the letter goes: after a crash in between, the control comes again and does the same.
"""

from dataclasses import dataclass

from pydantic import ValidationError

from spindle.scheduler.answers import UNKNOWN, Answer, Answers, NoListener, Refusal
from spindle.scheduler.logic.letters import NotAgain, fact_of, import_of_step, is_step, step_of
from spindle.scheduler.steering import Steering
from spindle.shared.bus import dead
from spindle.shared.bus.letters import Letter
from spindle.shared.bus.patience import insist
from spindle.shared.bus.publish import publish
from spindle.shared.ids import JobId, Kind, UserId, is_user, now, parts
from spindle.shared.messages.ask import ImportRow
from spindle.shared.messages.control import Drop, Retry
from spindle.shared.messages.dead import Dead
from spindle.shared.messages.jobs import JobReopened, Status
from spindle.shared.messages.plays import Step


@dataclass(frozen=True)
class Letters:
    steering: Steering
    answers: Answers

    async def retried(self, command: Retry, again: bool) -> Answer:
        """`again`: the control was delivered before, and may have been honoured."""
        letter = await self._letter(command.letter)
        if letter is None:
            return _gone(command.letter, again)
        try:
            answer = await (self._step(letter, command.letter) if is_step(letter) else self._fact(letter))
        except NotAgain as refused:
            raise Refusal(str(refused)) from refused
        if answer.done:
            await dead.remove(self.steering.js, command.letter)
        return answer

    async def dropped(self, command: Drop, again: bool) -> Answer:
        """With the step of an import that has failed goes all that it has brought: nobody can go on with it."""
        try:
            letter = await self._letter(command.letter)
        except Refusal:
            letter = None  # nobody can read it
        else:
            if letter is None:
                return _gone(command.letter, again)
        job = import_of_step(letter) if letter and is_step(letter) else None
        left = await self._taken_back(job, step_of(letter, 0)) if letter and job else ""
        await dead.remove(self.steering.js, command.letter)
        return Answer(True, f"dropped{left}", _whose(letter), letter.job if letter else None)

    async def _step(self, letter: Dead, number: int) -> Answer:
        step = step_of(letter, number)
        kind, user = parts(step.job)
        if kind is Kind.ARCHIVE and _succeeded(await self._not_taken_back(step.job)):
            return Answer(True, "its import has come to its end since", user, step.job)
        held = await self.steering.mailboxes.read(kind, user)
        if held is not None and (held.step.job, held.step.retried) != (step.job, number):
            return Answer(False, _held(held, step), user, held.step.job)
        if held is None and await self.steering.mailboxes.start(step) is not None:
            raise Refusal("another job has just begun in its mailbox; try again when that has ended")
        await self._must_be_there(user)
        reopened = JobReopened(
            user=user, job=step.job, step=step.step, started_at=step.started_at, reopened_at=now(), letter=number
        )
        await publish(self.steering.js, reopened)
        return Answer(True, f"step {step.step} of the job is tried again", user, step.job)

    async def _fact(self, letter: Dead) -> Answer:
        """Without the message's id: it may be the one that died a moment ago."""
        body, user = fact_of(letter), _whose(letter)
        if user != UNKNOWN:
            await self._must_be_there(user)
        if letter.job and letter.was_on.startswith("facts.archive."):
            await self._not_taken_back(letter.job)
        await insist(lambda: self.steering.js.publish(letter.was_on, body, timeout=5))
        return Answer(
            True, "the fact is told again; it comes back as another letter if it still cannot be recorded", user
        )

    async def _must_be_there(self, user: UserId) -> None:
        if (await self.steering.pauses.read(user)).gone:
            await self.steering.forget(user)
            raise NoListener(user)

    async def _taken_back(self, job: JobId, step: Step) -> str:
        """The rest of the answer. A letter may be left of a retry that was honoured before anybody could say so: what
        its import has brought since, stays."""
        if await self._goes_on(job):
            return "; its import goes on"
        if _succeeded(await self.answers.known_import(job)):
            return "; its import has come to its end since"
        await self.steering.revoke(job, step.started_at)
        await self.steering.drop(job)
        return "; what its import has brought is being taken back"

    async def _not_taken_back(self, job: JobId) -> ImportRow | None:
        """What is known of an import, unless it cannot go on."""
        found = await self.answers.known_import(job)
        if found is not None and found.revoked_at is not None:
            raise Refusal("what this import brought was taken back: import it again, and drop this letter")
        return found

    async def _goes_on(self, job: JobId) -> bool:
        kind, user = parts(job)
        held = await self.steering.mailboxes.read(kind, user)
        return held is not None and held.step.job == job

    async def _letter(self, number: int) -> Dead | None:
        found = await dead.letter(self.steering.js, number)
        try:
            return Dead.decoded(found.data or b"") if found else None
        except ValidationError as error:
            raise Refusal("the letter cannot be read; drop it") from error


def _succeeded(found: ImportRow | None) -> bool:
    return found is not None and found.status is Status.SUCCESS


def _gone(number: int, again: bool) -> Answer:
    return Answer(again, f"there is no dead letter {number}{' any more' if again else ''}")


def _held(held: Letter, step: Step) -> str:
    kind = parts(step.job)[0]
    if held.step.job == step.job:
        return "its mailbox is not free yet: try again in a minute"
    return (
        f"a newer {kind} job has begun since and holds its mailbox; drop this letter, or retry it when that has ended"
    )


def _whose(letter: Dead | None) -> UserId:
    """As the subject says."""
    told = letter.was_on.split(".")[2:3] if letter else []
    return told[0] if told and is_user(told[0]) else UNKNOWN
