"""The streams `events` and `dead` without a listener who was removed: only that they are gone stays there.

Whoever publishes an event about a listener looks afterwards whether they are gone, and forgets them again. An event
that came before the scheduler forgot them went then; of a later one, whoever published it sees that they are gone.
"""

from collections.abc import Sequence
from functools import partial

from nats.js import JetStreamContext

from spindle.shared.bus import dead
from spindle.shared.bus.patience import PATIENCE, insist
from spindle.shared.bus.publish import publish
from spindle.shared.ids import UserId
from spindle.shared.messages import Message
from spindle.shared.messages.choices import UserChose
from spindle.shared.messages.users import (
    UserDisconnected,
    UserExpiring,
    UserFailing,
    UserLinked,
    UserPaused,
    UserRecovered,
    UserResumed,
)
from spindle.shared.pauses import Pauses

_OF_USERS = (
    UserLinked,
    UserDisconnected,
    UserExpiring,
    UserFailing,
    UserRecovered,
    UserPaused,
    UserResumed,
    UserChose,
)

NAMING = ("plays.*.{user}", "jobs.*.{user}", "imports.*.{user}", "controls.*.{user}", *(e.subject for e in _OF_USERS))
"""Where the events lie that name a listener, but for the one that says that they were removed."""


async def tell(
    js: JetStreamContext, pauses: Pauses, events: Sequence[Message], user: UserId, patience: float = PATIENCE
) -> None:
    """Publish events about a listener, who may be removed in this moment. Raises `BusSilent`."""
    for event in events:
        await publish(js, event, patience)
    if events and (await pauses.read(user)).gone:
        await forget_events(js, user)


async def forget_events(js: JetStreamContext, user: UserId) -> None:
    for subject in NAMING:
        await insist(partial(js.purge_stream, "events", subject=subject.format(user=user)))


async def forget_letters(js: JetStreamContext, user: UserId) -> None:
    """A dead letter holds what its message held."""
    async for letter in dead.letters(js):
        if user.encode() in (letter.data or b""):
            await dead.remove(js, int(letter.seq or 0))
