"""What happens when a step of long work is due."""

from functools import partial

from faststream import AckPolicy
from faststream.nats import JStream, NatsRouter, PullSub

from spindle.shared.bus.delivery import Delivery
from spindle.shared.bus.hand import Hand, in_hand
from spindle.shared.desk import Desk
from spindle.shared.ids import now
from spindle.shared.messages.imports import ImportArchive
from spindle.shared.messages.plays import SyncPlays
from spindle.shared.spotify.pace import Urgency
from spindle.sync_worker.archive.steps import Steps
from spindle.sync_worker.logic.failures import failed
from spindle.sync_worker.logic.plays import Limits, followed


def syncs(desk: Desk, limits: Limits, concurrency: int) -> NatsRouter:
    """The subscriber of the durable `sync_worker-initial`."""
    router = NatsRouter(middlewares=[desk.delivery(SyncPlays.decoded, partial(failed, limits))])

    @router.subscriber(
        "sync.initial.*.step",
        stream=JStream("commands", declare=False),
        durable="sync_worker-initial",
        pull_sub=PullSub(batch_size=2, timeout=1.0),  # what is fetched ahead waits behind what is in hand
        max_workers=concurrency,
        decoder=in_hand(SyncPlays.decoded),
        ack_policy=AckPolicy.MANUAL,
    )
    async def sync_plays(hand: Hand[SyncPlays]) -> None:
        step = hand.step
        fetched = await desk.listening.page(step.user, desk.gate.turn(step, Urgency.SYNC), step.before)
        outcome = followed(step, fetched, limits, now())
        await desk.chains.carry_out(outcome, hand.message)

    return router


def archives(desk: Desk, steps: Steps, concurrency: int) -> NatsRouter:
    """The subscriber of the durable `sync_worker-archive`."""
    delivery = Delivery(
        desk.js,
        lambda message: ImportArchive.decoded(message.data),
        wanted=desk.chains.current,
        rescue=steps.rescue,
        room=desk.room,
        tried=desk.tried(ImportArchive.decoded),
    )
    router = NatsRouter(middlewares=[delivery])

    @router.subscriber(
        "sync.archive.*.step",
        stream=JStream("commands", declare=False),
        durable="sync_worker-archive",
        pull_sub=PullSub(batch_size=2, timeout=1.0),
        max_workers=concurrency,
        decoder=in_hand(ImportArchive.decoded),
        ack_policy=AckPolicy.MANUAL,
    )
    async def import_archive(hand: Hand[ImportArchive]) -> None:
        outcome = await desk.gate.paused(hand.step) or await steps.done(hand.step, hand.message)
        if outcome is not None:
            await desk.chains.carry_out(outcome, hand.message)

    return router
