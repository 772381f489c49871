"""Mailboxes: a job is a chain of steps, and the subjects `sync.<what>.<user>.*` hold exactly one of them.

`….step` is the step to do, `….later` the same step waiting for its time (a JetStream schedule that turns into `….step`)
or parked: scheduled for a time that never comes. Every publish says which message must be the mailbox's last one. So a
hand-over takes the place of the step in hand, a stale one is refused, and a purge ends the chain together with all that
was in flight. Until it is acknowledged, the step before may still lie under its successor; only the last one counts.
See docs/decisions/0002-a-subject-is-a-mailbox.md.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import APIError, NotFoundError

from spindle.shared import traces
from spindle.shared.bus.last import last_message
from spindle.shared.bus.letters import NEVER, Letter
from spindle.shared.bus.patience import PATIENCE, insist
from spindle.shared.ids import JobId, Kind, UserId, now
from spindle.shared.messages.plays import Step

STREAM = "commands"
_SCHEDULE = "Nats-Schedule"
_WRONG_LAST_SEQUENCE = 10071  # the only refusal that means "stale"; 10164 and all others are worth another try
_NO_MESSAGE = 10037
_ANSWER_WITHIN = 5.0  # seconds; what is only late is not tried again, for then it would seem to have come too late
_ON_ITS_WAY = 1.0  # seconds; what a schedule sends arrives within milliseconds, a few hundred on a busy server
_AHEAD = timedelta(seconds=2)


class Mailboxes:
    """All mailboxes of a server. Methods raise `BusSilent` when NATS did not confirm within `patience` seconds."""

    def __init__(self, js: JetStreamContext, patience: float = PATIENCE) -> None:
        self._js = js
        self._patience = patience

    async def read(self, kind: Kind, user: UserId) -> Letter | None:
        """The step that the mailbox holds, if any."""
        return await self._read(f"sync.{kind}.{user}")

    async def last(self, subject: str) -> Letter | None:
        """The step that the mailbox holds to which this subject belongs."""
        return await self._read(subject.rsplit(".", 1)[0])

    async def start(self, step: Step) -> Letter | None:
        """Put a chain's first step into an empty mailbox. None: it is there; otherwise what held the mailbox.

        The message id keeps a start that was published again, because its confirmation got lost, from beginning the
        chain a second time after its end. Each retry of a dead letter is a start of its own.
        """
        box = _box(step)
        once = {"Nats-Msg-Id": f"{step.job}:{step.step}:start:{step.retried}"}
        while not await self._publish(f"{box}.step", step.encoded(), 0, once):
            if (found := await self._read(box)) is not None:
                return None if found.step.job == step.job else found
        return None

    async def hand_over(self, step: Step, after: int, at: datetime | None = None) -> bool:
        """Put `step` in the place of message `after`, to be done at once or at a time. False: that one was stale.

        `after` 0 restores a lost step to its empty mailbox.
        """
        return await self._put(_box(step), step.encoded(), after, at)

    async def park(self, step: Step, after: int) -> bool:
        """Put `step` in the place of message `after`, to wait until somebody moves it. False: that one was stale."""
        return await self._put(_box(step), step.encoded(), after, NEVER)

    async def move(self, letter: Letter, at: datetime, cause: str | None = None) -> bool:
        """Let a waiting or parked step wait until `at`; a time that has passed means now. False: it has moved on.

        Whatever is moved for the same `cause` within two minutes was moved by the first of them.
        """
        once = {"Nats-Msg-Id": cause} if cause else {}
        return await self._put(_box(letter), letter.body, letter.sequence, at, once)

    async def end(self, subject: str, hand: int) -> None:
        """Nothing follows step `hand`: empty its mailbox up to there.

        Acknowledging it would not do. A step whose worker died between hand-over and acknowledgement still lies below,
        and would be the last one then: the dead chain would go on from there.
        """
        await self._remove(f"{subject.rsplit('.', 1)[0]}.*", hand)

    async def clear(self, kind: Kind, user: UserId) -> None:
        """Empty the mailbox of a listener who is gone; whatever is in flight can no longer hand over."""
        await self._emptied(f"sync.{kind}.{user}", lambda _: True)

    async def purge(self, kind: Kind, user: UserId, job: JobId) -> Letter | None:
        """End this job wherever its chain stands. Returns the step it ended at, none when the job was not there."""
        return await self._emptied(f"sync.{kind}.{user}", lambda found: found.step.job == job)

    async def _emptied(self, box: str, ends: Callable[[Letter], bool]) -> Letter | None:
        """The last letter that was removed.

        It is parked first. A purge does not wait for a hand-over that the server has found good and not stored yet, and
        with that one the chain would go on. Behind a parked step nothing comes but what its schedule had sent
        on its way when its time came; for that one waits a moment.
        """
        ended = None
        while (found := await self._read(box)) is not None and ends(found):
            ended = found
            if found.parked:
                await self._remove(f"{box}.*", found.sequence)
            elif await self._put(box, found.body, found.sequence, NEVER) and _sent(found):
                await asyncio.sleep(_ON_ITS_WAY)
        return ended

    async def _remove(self, subjects: str, up_to: int) -> None:
        """A step that was handed over meanwhile has a later number and stays."""
        await insist(lambda: self._js.purge_stream(STREAM, seq=up_to + 1, subject=subjects), self._patience)

    async def _read(self, box: str) -> Letter | None:
        try:
            found = await insist(
                lambda: last_message(self._js, STREAM, f"{box}.*"),
                self._patience,
                _empty,
            )
        except NotFoundError:
            return None
        return _letter(found)

    async def _put(
        self, box: str, body: bytes, last: int, at: datetime | None, more: Mapping[str, str] | None = None
    ) -> bool:
        if at is None:
            return await self._publish(f"{box}.step", body, last, more or {})
        schedule = {_SCHEDULE: f"@at {_rfc3339(at)}", "Nats-Schedule-Target": f"{box}.step"}
        return await self._publish(f"{box}.later", body, last, schedule | dict(more or {}))

    async def _publish(self, subject: str, body: bytes, last: int, more: Mapping[str, str]) -> bool:
        """Guarded by the whole mailbox: false when its last message is not number `last` (0: when it is not empty)."""
        headers = {
            "Nats-Expected-Last-Subject-Sequence": str(last),
            "Nats-Expected-Last-Subject-Sequence-Subject": f"{subject.rsplit('.', 1)[0]}.*",
            **more,
        }
        try:
            with traces.publishing(subject):
                headers |= traces.carried(later=_SCHEDULE in headers)
                await insist(
                    lambda: self._js.publish(subject, body, timeout=_ANSWER_WITHIN, headers=dict(headers)),
                    self._patience,
                    _stale,
                )
        except APIError as refusal:
            if not _stale(refusal):
                raise
            return False
        return True


def _empty(refusal: APIError) -> bool:
    """A stream that a recovering server does not know yet is not found either, and is no empty mailbox."""
    return refusal.err_code == _NO_MESSAGE


def _stale(refusal: APIError) -> bool:
    return refusal.err_code == _WRONG_LAST_SEQUENCE


def _sent(letter: Letter) -> bool:
    """Whether its schedule may have fired by now, on a server whose clock is a little ahead of ours."""
    return letter.due_at is not None and letter.due_at <= now() + _AHEAD


def _box(item: Step | Letter) -> str:
    return (item.on if isinstance(item, Step) else item.subject).rsplit(".", 1)[0]


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _letter(message: RawStreamMsg) -> Letter:
    schedule = (message.headers or {}).get(_SCHEDULE)
    return Letter(
        subject=str(message.subject),
        sequence=int(message.seq or 0),
        body=message.data or b"",
        since=message.time or datetime.now(UTC),
        due_at=_due_at(schedule) if schedule else None,
    )


def _due_at(schedule: str) -> datetime | None:
    """None for a schedule that is not one of ours, which somebody must have put there by hand."""
    try:
        return datetime.fromisoformat(schedule.removeprefix("@at "))
    except ValueError:
        return None
