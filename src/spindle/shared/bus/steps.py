"""What follows a step, and how it is carried out: facts first, then the hand-over, then the acknowledgement."""

from dataclasses import dataclass
from datetime import datetime

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from spindle.shared.bus.mailbox import NEVER, Mailboxes
from spindle.shared.bus.patience import PATIENCE
from spindle.shared.bus.publish import publish
from spindle.shared.messages import Message
from spindle.shared.messages.plays import Step


@dataclass(frozen=True)
class Outcome:
    """What follows a step: what it found out, and the step that takes its place. Without one the chain has ended."""

    facts: tuple[Message, ...] = ()
    successor: Step | None = None
    at: datetime | None = None
    """When the successor is due; none means now."""


def parked(step: Step) -> Outcome:
    """The step itself waits until somebody resumes it."""
    return Outcome(successor=step, at=NEVER)


def put_off(step: Step, until: datetime) -> Outcome:
    """The step itself is done later, and nobody needs to hear of it."""
    return Outcome(successor=step, at=until)


class Chains:
    """Carries outcomes out on one server."""

    def __init__(self, js: JetStreamContext, patience: float = PATIENCE) -> None:
        self._js = js
        self._patience = patience
        self._mailboxes = Mailboxes(js, patience)

    async def current(self, message: Msg) -> bool:
        """Whether a delivered step is the last message of its mailbox. A stale one must not even be tried: its call
        would come after that of its successor, which the same crash has left waiting."""
        letter = await self._mailboxes.last(message.subject)
        return letter is not None and letter.sequence == message.metadata.sequence.stream

    async def carry_out(self, outcome: Outcome, hand: Msg) -> bool:
        """Follow up on the step in hand. False: it was stale and others have gone on.

        A crash between any two lines repeats the step. Its facts are then published again under the same identity,
        or, when the page was fetched anew, as what a second fetch found; both are safe. Acknowledging is left to the
        caller, after this returned: an error must never acknowledge.
        """
        for fact in outcome.facts:
            await publish(self._js, fact, self._patience)
        number = hand.metadata.sequence.stream
        if outcome.successor is None:
            await self._mailboxes.end(hand.subject, number)
            return True
        return await self._mailboxes.hand_over(outcome.successor, after=number, at=outcome.at)
