"""Messages of the stream `facts` as they come, and what becomes of each."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import nats.errors
import pydantic
import structlog
from faststream.message import StreamMessage
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from structlog.contextvars import bound_contextvars

from spindle.recorder.commits import Failed, Outcome, Refused
from spindle.recorder.facts import Fact, ImportFact, JobFact, decoded
from spindle.recorder.logic.patience import retry_after
from spindle.recorder.outcomes import Recorded, Unfinished, Unknown, Waiting
from spindle.shared import traces
from spindle.shared.bus.dead import bury
from spindle.shared.bus.delivery import reason
from spindle.shared.bus.forgetting import tell
from spindle.shared.bus.handling import Ending, count
from spindle.shared.ids import UserId, now
from spindle.shared.pauses import Pauses

log = structlog.get_logger()

_FAILED_AGAIN_AFTER = 2.0  # seconds
_PUBLISH_WITHIN = 3.0  # seconds; short, because a recorder that stops waits for it
_UNKNOWN = "nobody knows the listener"
_LOST = "what it builds on is lost"


@dataclass(frozen=True)
class Delivery:
    """A message, and the fact that it is; or why it is none."""

    message: Msg
    fact: Fact | None
    why: str = ""


async def read(batch: StreamMessage[Sequence[Msg]]) -> list[Delivery]:
    """Each message for itself: FastStream's own way drops a whole batch for one bad message in it."""
    return [_read(message) for message in batch.raw_message]


async def read_one(message: StreamMessage[Msg]) -> Delivery:
    return _read(message.raw_message)


def _read(message: Msg) -> Delivery:
    try:
        return Delivery(message, decoded(message.data))
    except pydantic.ValidationError as error:
        return Delivery(message, None, reason(error, message.data))


class Settlement:
    """The one table from what became of a fact to its message.

    | the fact                     | the message                                                            |
    |------------------------------|------------------------------------------------------------------------|
    | is recorded                  | its events published, then acknowledged                                |
    | is recorded in part          | its events published, then delivered again at once                     |
    | builds on what is on its way | delivered again, a little later; when that never comes: to `dead`      |
    | is of an unknown listener    | delivered again, later each time; too old: to `dead`                   |
    | is none, or is refused       | to `dead` with the reason, then terminated                             |
    | failed for another reason    | delivered again                                                        |
    | any of this could not be done| delivered again                                                        |

    A lost acknowledgement costs one delivery more, which tells the same events with the same ids: so none is awaited.
    """

    def __init__(self, js: JetStreamContext, pauses: Pauses, patience: timedelta) -> None:
        self._js = js
        self._pauses = pauses
        self._patience = patience
        self._left_alone: set[int] = set()
        """Facts that wait for others, by their number in the stream."""

    async def settle(self, outcomes: Sequence[tuple[Delivery, Outcome]]) -> None:
        """A listener's events in order; listeners side by side."""
        by_user: dict[str | None, list[tuple[Delivery, Outcome]]] = defaultdict(list)
        for delivery, outcome in outcomes:
            by_user[delivery.fact.user if delivery.fact else None].append((delivery, outcome))
        await asyncio.gather(*(self._settle(theirs) for theirs in by_user.values()))

    async def _settle(self, theirs: Sequence[tuple[Delivery, Outcome]]) -> None:
        for done, (delivery, outcome) in enumerate(theirs):
            user = delivery.fact.user if delivery.fact else ""
            try:
                with bound_contextvars(**_about(delivery)), traces.of(delivery.message):
                    ending = await self._one(delivery.message, outcome, user)
                count(delivery.message.metadata.consumer, ending)
            except Exception as error:
                waiting = [each.message for each, _ in theirs[done:]]
                log.warning(
                    "facts will be delivered again", user=user, subject=delivery.message.subject, error=repr(error)
                )
                await _again(waiting)
                count(delivery.message.metadata.consumer, Ending.RETRIED, len(waiting))
                return

    async def _one(self, message: Msg, outcome: Outcome, user: UserId) -> Ending:
        match outcome:
            case Recorded(events) | Unfinished(events):
                await tell(self._js, self._pauses, events, user, _PUBLISH_WITHIN)
                if isinstance(outcome, Recorded):
                    await message.ack()
                    return Ending.DONE
                await message.nak()
            case Waiting(again_in, for_facts):
                if for_facts and await self._in_vain(message):
                    return await self._one(message, Refused(_LOST), user)
                await message.nak(delay=again_in.total_seconds())
            case Refused(why):
                async with asyncio.timeout(_PUBLISH_WITHIN):
                    await bury(self._js, message, why)
                await message.term()
                return Ending.DEAD
            case Unknown():
                return await self._unknown(message, user)
            case Failed():
                await _again([message])
        return Ending.RETRIED

    async def _in_vain(self, message: Msg) -> bool:
        """Whether it was the only one of its listener's left when it was last looked at: nothing has come since, and
        nothing will. No time says so: the recorder may have been away for days."""
        number = message.metadata.sequence.stream
        if number in self._left_alone:
            self._left_alone.remove(number)
            return True
        found = await self._js.stream_info("facts", subjects_filter=message.subject)
        if sum((found.state.subjects or {}).values()) == 1:
            self._left_alone.add(number)
        return False

    async def _unknown(self, message: Msg, user: UserId) -> Ending:
        again = retry_after(now() - message.metadata.timestamp, self._patience)
        if again is None:
            return await self._one(message, Refused(_UNKNOWN), user)
        await message.nak(delay=again.total_seconds())
        return Ending.RETRIED


def _about(delivery: Delivery) -> dict[str, object]:
    """What log lines about it bear."""
    fact = delivery.fact
    subject: dict[str, object] = {"subject": delivery.message.subject}
    if isinstance(fact, JobFact | ImportFact):
        return {**subject, "user": fact.user, "job": fact.job}
    return {**subject, "user": fact.user} if fact else subject


async def _again(messages: Sequence[Msg]) -> None:
    """Without the bus they come again by themselves, only later."""
    for message in messages:
        with suppress(nats.errors.Error):
            await message.nak(delay=_FAILED_AGAIN_AFTER)
