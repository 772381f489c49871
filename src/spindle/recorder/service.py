"""The recorder, wired."""

import asyncio
from datetime import timedelta

import structlog
from faststream import FastStream
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.census import Census
from spindle.recorder.commits import Commits
from spindle.recorder.deliveries import Settlement
from spindle.recorder.errors import DatabaseUnreachable
from spindle.recorder.handlers import facts, imports
from spindle.recorder.questions import questions
from spindle.recorder.recounting import Recounting
from spindle.recorder.retention import Retention
from spindle.recorder.settings import Settings
from spindle.recorder.store.engine import engine, probe
from spindle.recorder.store.migrate import upgrade
from spindle.shared.bus.broker import broker, include
from spindle.shared.bus.fetching import Fetching
from spindle.shared.bus.presence import provisioned
from spindle.shared.bus.unreadable import forgiving
from spindle.shared.metrics.declared import DATABASE_UP
from spindle.shared.metrics.readings import Reading, name_looks
from spindle.shared.needs import Need, name_needs
from spindle.shared.pauses import Pauses

log = structlog.get_logger()

_LOOK_AGAIN_AFTER = 1.0  # seconds


def build(settings: Settings) -> FastStream:
    """A recorder: `run()` it, or `start()` and `stop()` it beside others. Raises `DatabaseRefused` for a wrong address.

    It waits for both servers as long as it takes.
    """
    bus = broker(settings.nats_url, "recorder")
    fetching = Fetching(bus)
    address = settings.database_url.get_secret_value()
    database = engine(address, settings.recorder_connections)
    recounting = Recounting(database)
    retention = Retention(database, timedelta(days=settings.keep_polls_days))
    watched = engine(address, connections=2)  # of its own: a recorder whose hands are full is well all the same

    async def prepare() -> None:
        await _tables(database)
        js = forgiving(await bus.connect()).jetstream()
        await provisioned(js, "recorder")
        settlement = Settlement(js, Pauses(await js.key_value("pauses")), settings.unknown_patience)
        include(
            bus,
            facts(Commits(database), settlement, settings.recorder_batch),
            imports(Commits(database), settlement),
            questions(database),
        )

    async def close() -> None:
        await database.dispose()
        await watched.dispose()

    service = FastStream(
        bus,
        logger=None,
        on_startup=[prepare],
        after_startup=[fetching.mend, recounting.begin, retention.begin],
        on_shutdown=[recounting.end, retention.end, fetching.end],
        after_shutdown=[close],
    )
    needed = Need("the database", lambda: probe(watched))

    async def up() -> list[Reading]:
        return [Reading(DATABASE_UP, float(await needed.trouble() is None), ("recorder",))]

    name_needs(service, needed)
    name_looks(service, up, Census(watched).measured)
    return service


async def _tables(database: AsyncEngine) -> None:
    """Waits for the database as long as it takes; what is refused now will be refused later too."""
    told = False
    while True:
        try:
            await upgrade(database)
            return
        except DatabaseUnreachable as error:
            if not told:
                log.warning("waiting for the database", error=str(error))
            told = True
        await asyncio.sleep(_LOOK_AGAIN_AFTER)
