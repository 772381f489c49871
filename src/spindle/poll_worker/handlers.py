"""What happens when a poll is due."""

from datetime import timedelta

from faststream import AckPolicy
from faststream.nats import JStream, NatsRouter, PullSub

from spindle.poll_worker.logic.failures import failed
from spindle.poll_worker.logic.plays import Seen, followed
from spindle.poll_worker.logic.told import cursor
from spindle.poll_worker.logic.when import patience
from spindle.shared.bus.hand import Hand, in_hand
from spindle.shared.desk import Desk
from spindle.shared.ids import now
from spindle.shared.messages.plays import PollPlays
from spindle.shared.spotify.pace import Urgency


def polls(desk: Desk, interval: timedelta | None, concurrency: int) -> NatsRouter:
    """The subscriber of the durable `poll_worker-poll`."""
    router = NatsRouter(middlewares=[desk.delivery(PollPlays.decoded, failed)])

    @router.subscriber(
        "sync.poll.*.step",
        stream=JStream("commands", declare=False),
        durable="poll_worker-poll",
        pull_sub=PullSub(batch_size=2, timeout=1.0),  # what is fetched ahead waits behind what is in hand
        max_workers=concurrency,
        decoder=in_hand(PollPlays.decoded),
        ack_policy=AckPolicy.MANUAL,
    )
    async def poll_plays(hand: Hand[PollPlays]) -> None:
        step, came = hand.step, hand.message.metadata
        after = cursor(step, now())
        turn = desk.gate.turn(step, Urgency.POLL, step.full_at, patience(step, came.num_pending > concurrency, now()))
        fetched = await desk.listening.page(step.user, turn, step.before, after)
        outcome = followed(step, Seen(fetched, after), came.timestamp, interval, now())
        await desk.chains.carry_out(outcome, hand.message)

    return router
