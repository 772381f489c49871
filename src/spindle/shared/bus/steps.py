"""How what follows a step is carried out: facts first, then the hand-over, then the acknowledgement."""

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.patience import PATIENCE
from spindle.shared.bus.publish import publish
from spindle.shared.outcomes import Outcome


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
