"""How what follows a step is carried out: facts first, then the hand-over, then the acknowledgement."""

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from spindle.shared.bus.errors import Unsettled
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
        would come after that of its successor, which the same crash has left waiting. Raises `Unsettled`."""
        number = message.metadata.sequence.stream
        return await self._newest(message.subject, number) == number

    async def carry_out(self, outcome: Outcome, hand: Msg) -> bool:
        """Follow up on the step in hand. False: it was stale and others have gone on. Raises `Unsettled`.

        A call may have taken long. When the step was taken away meanwhile, by a cancel or with its listener, what the
        call has brought is nobody's: told now, it would give the job a second end.

        A crash between any two lines repeats the step. Its facts are then published again under the same identity,
        or, when the page was fetched anew, as what a second fetch found; both are safe. Acknowledging is left to the
        caller, after this returned: an error must never acknowledge.
        """
        number = hand.metadata.sequence.stream
        if outcome.facts and not await self.current(hand):
            return False
        for fact in outcome.facts:
            await publish(self._js, fact, self._patience)
        if outcome.successor is None:
            await self._mailboxes.end(hand.subject, number)
            return True
        if await self._mailboxes.hand_over(outcome.successor, after=number, at=outcome.at):
            return True
        if await self._newest(hand.subject, number) == number:
            raise Unsettled
        return False

    async def _newest(self, subject: str, at_least: int) -> int:
        """The number of the mailbox's last message.

        A replica that has just become the leader may answer from before what was already confirmed. To acknowledge on
        its word would lose the chain, so whatever is older than the step in hand, and an empty mailbox too, is no
        answer. A step that was purged is not delivered again, however often one asks for it.
        """
        letter = await self._mailboxes.last(subject)
        if letter is None or letter.sequence < at_least:
            raise Unsettled
        return letter.sequence
