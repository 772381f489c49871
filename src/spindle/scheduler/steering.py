"""Carrying out what people ask, on mailboxes, the bucket of pauses and the store of uploads."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from nats.js.kv import KeyValue

from spindle.scheduler.logic.jobs import PRIORITY, first_step, poll_after
from spindle.shared.bus.forgetting import forget_events, forget_letters, tell
from spindle.shared.bus.letters import Letter
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.patience import insist
from spindle.shared.bus.publish import publish
from spindle.shared.bus.uploads import Uploads
from spindle.shared.failures import ended
from spindle.shared.ids import JobId, Kind, UserId, now, parts
from spindle.shared.messages import Message
from spindle.shared.messages.imports import ImportRevoked
from spindle.shared.messages.jobs import ChainStarted, JobEnded, Reason, Status, Verdict
from spindle.shared.messages.plays import Step
from spindle.shared.messages.users import PausesChanged, UserPaused, UserResumed
from spindle.shared.pauses import Paused, Pauses
from spindle.shared.spotify.door import Door, Family, Owner, shut
from spindle.shared.spotify.doors import standing

_CANCELLED = Verdict(status=Status.CANCELLED, reason=Reason.CANCELLED)
_LOST = Verdict(status=Status.ERROR, reason=Reason.LOST, error="The job's next step got lost.")
_LOST_IMPORT = Verdict(
    status=Status.ERROR, reason=Reason.LOST, error="Parts of it got lost on their way; import it again."
)


@dataclass(frozen=True)
class Steering:
    js: JetStreamContext
    mailboxes: Mailboxes
    pauses: Pauses
    uploads: Uploads
    tokens: KeyValue
    owner: Owner

    async def start(self, job: JobId, newest: datetime | None = None) -> Step | Letter | None:
        """As `begin`, with the first step of a job that needs no more than a listener."""
        return await self.begin(first_step(job, now(), newest))

    async def begin(self, step: Step) -> Step | Letter | None:
        """The first step, or what holds the mailbox already; a job that was started before is not started again.

        A job that people follow is announced at once. None: the listener is gone, and so is whatever has come since. To
        look before would not do, for they may go in between; whoever forgets them clears what is there by then.
        """
        kind, user = parts(step.job)
        found = await self.mailboxes.start(step)
        if (await self.pauses.read(user)).gone:
            await self.forget(user)
            return None
        if found is not None:
            return found
        if kind is not Kind.POLL:
            await publish(self.js, ChainStarted(user=user, job=step.job, started_at=step.started_at))
        return step

    async def pause(self, user: UserId, what: str, sequence: int) -> Paused:
        """What is paused from now on. Steps park themselves when their turn comes, before they call Spotify."""
        paused = await self.pauses.decide(user, sequence, lambda stands: stands.plus(what, sequence))
        if paused.sequence == sequence:
            await self._note(user, paused)
            await self.tell(UserPaused(user=user, paused=tuple(sorted(paused.what)), sequence=sequence), user)
        return paused

    async def resume(self, user: UserId, what: str, sequence: int) -> Paused:
        """What is still paused. Parked steps go on where they stood."""
        paused = await self.pauses.decide(user, sequence, lambda stands: stands.minus(what, sequence))
        if paused.sequence == sequence:
            await self._note(user, paused)
            await self._unpark(user, paused)
            await self.tell(UserResumed(user=user, paused=tuple(sorted(paused.what)), sequence=sequence), user)
        return paused

    async def cancel(self, job: JobId, poll_interval: timedelta) -> bool:
        """End the job wherever it stands; false when it is not in its mailbox. After a poll comes the next poll.

        It is told before it is done: after a crash in between, the control comes again and does the rest. A job that
        succeeds meanwhile has succeeded, unless it is an import: of that nothing remains.
        """
        kind, user = parts(job)
        letter = await self.mailboxes.read(kind, user)
        if letter is None or letter.step.job != job:
            return False
        next_poll_at = now() + poll_interval if kind is Kind.POLL else None
        await self._tell_end(ended(letter.step, _CANCELLED, now(), next_poll_at, requests=0))
        await (self._skip_poll(job, next_poll_at) if next_poll_at else self.mailboxes.purge(kind, user, job))
        await self.drop(job)
        return True

    async def drop(self, job: JobId) -> None:
        """What was uploaded for a job that is no more."""
        if parts(job)[0] is Kind.ARCHIVE:
            await self.uploads.remove(job)

    async def forget(self, user: UserId) -> None:
        """Nothing is done any more for a listener who was removed, and nothing is left of them. That they are gone is
        noted first: whatever is on its way comes either before what is cleared here, or after that note."""
        await self.pauses.forget(user)
        await insist(lambda: self.tokens.purge(user))
        for kind in PRIORITY:
            await self.mailboxes.clear(kind, user)
        await self.uploads.remove_all(user)
        await forget_events(self.js, user)
        await forget_letters(self.js, user)

    async def tell(self, event: Message, user: UserId) -> None:
        """Publish an event about a listener."""
        await tell(self.js, self.pauses, [event], user)

    async def unrecorded(self, user: UserId, topic: str) -> bool:
        """Whether a fact about the listener's `jobs`, `plays` or `archive` waits for the recorder."""
        try:
            await self.js.get_last_msg("facts", f"facts.{topic}.{user}")
        except NotFoundError:
            return False
        return True

    async def give_up(self, job: JobId, started_at: datetime, cancelled: bool) -> None:
        """End a job of which nothing is left but its row."""
        kind, user = parts(job)
        lost = _LOST_IMPORT if kind is Kind.ARCHIVE else _LOST
        await self._tell_end(
            JobEnded(
                user=user,
                job=job,
                step=0,
                started_at=started_at,
                ended_at=now(),
                verdict=_CANCELLED if cancelled else lost,
            )
        )
        await self.drop(job)

    async def revoke(self, job: JobId, started_at: datetime) -> None:
        """Have everything taken back that an import brought."""
        _, user = parts(job)
        await publish(self.js, ImportRevoked(user=user, job=job, started_at=started_at, revoked_at=now()))

    async def door(self) -> Door | None:
        """The door of the history, while it is closed."""
        return shut(await standing(self.js, self.owner), Family.HISTORY, now())

    async def _tell_end(self, fact: JobEnded) -> None:
        """With an import that did not come to its end goes all that it has brought so far."""
        await publish(self.js, fact)
        if parts(fact.job)[0] is Kind.ARCHIVE:
            await self.revoke(fact.job, fact.started_at)

    async def _note(self, user: UserId, paused: Paused) -> None:
        fact = PausesChanged(user=user, paused=tuple(sorted(paused.what)), sequence=paused.sequence, changed_at=now())
        await publish(self.js, fact)

    async def _unpark(self, user: UserId, paused: Paused) -> None:
        for kind in PRIORITY:
            letter = await self.mailboxes.read(kind, user)
            if letter and letter.parked and not paused.holds(kind):
                await self.mailboxes.move(letter, now())

    async def _skip_poll(self, job: JobId, at: datetime) -> None:
        _, user = parts(job)
        while (letter := await self.mailboxes.read(Kind.POLL, user)) is not None and letter.step.job == job:
            if await self.mailboxes.hand_over(poll_after(letter, at), after=letter.sequence, at=at):
                return
