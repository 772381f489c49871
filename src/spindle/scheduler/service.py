"""The scheduler, wired."""

import asyncio

from faststream import FastStream
from nats.js import JetStreamContext

from spindle.scheduler.answers import Answers
from spindle.scheduler.asking import Recorder
from spindle.scheduler.handlers import controls, listeners
from spindle.scheduler.reconcile import Reconciler
from spindle.scheduler.settings import Settings
from spindle.scheduler.steering import Steering
from spindle.shared.bus.broker import broker, include
from spindle.shared.bus.fetching import Fetching
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.presence import provisioned
from spindle.shared.bus.unreadable import forgiving
from spindle.shared.bus.uploads import Uploads
from spindle.shared.metrics.readings import name_looks
from spindle.shared.pauses import Pauses
from spindle.shared.spotify.door import ANYONE, Owner

_AGAIN = 0.5  # seconds


def build(settings: Settings) -> FastStream:
    """A scheduler: `run()` it, or `start()` and `stop()` it beside others. It waits for NATS."""
    bus = broker(settings.nats_url, "scheduler")
    fetching = Fetching(bus)
    rounds: list[asyncio.Task[None]] = []

    async def prepare() -> None:
        client = forgiving(await bus.connect())
        js = client.jetstream()
        await provisioned(js, "scheduler")
        recorder = Recorder(client)
        steering = await steering_on(js, settings.owner)
        include(
            bus,
            controls(js, Answers(steering, recorder, settings.poll_interval)),
            listeners(js, steering, settings.initial_sync_enabled),
        )
        reconciler = Reconciler(js, steering, recorder, settings.initial_sync_enabled)
        name_looks(service, reconciler.measured)
        rounds.append(asyncio.create_task(reconciler.keep(settings.reconcile_seconds)))

    async def rest() -> None:
        for task in rounds:
            while not task.done():  # a question that is answered in that moment swallows it (`wait_for` in Python 3.11)
                task.cancel()
                await asyncio.wait({task}, timeout=_AGAIN)

    service = FastStream(
        bus, logger=None, on_startup=[prepare], after_startup=[fetching.mend], on_shutdown=[rest, fetching.end]
    )
    return service


async def steering_on(js: JetStreamContext, owner: Owner = ANYONE) -> Steering:
    return Steering(
        js,
        Mailboxes(js),
        Pauses(await js.key_value("pauses")),
        await Uploads.on(js),
        await js.key_value("tokens"),
        owner,
    )
