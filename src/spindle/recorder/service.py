"""The recorder, wired."""

import asyncio

import structlog
from faststream import FastStream
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.commits import Commits
from spindle.recorder.deliveries import Settlement
from spindle.recorder.errors import DatabaseUnreachable
from spindle.recorder.handlers import facts, imports
from spindle.recorder.questions import questions
from spindle.recorder.settings import Settings
from spindle.recorder.store.engine import engine, probe
from spindle.recorder.store.migrate import upgrade
from spindle.shared.bus.broker import broker
from spindle.shared.bus.fetching import Fetching
from spindle.shared.bus.presence import provisioned
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
    watched = engine(address, connections=1)  # of its own: a recorder whose hands are full is well all the same

    async def prepare() -> None:
        await _tables(database)
        js = (await bus.connect()).jetstream()
        await provisioned(js)
        settlement = Settlement(js, Pauses(await js.key_value("pauses")), settings.unknown_patience)
        bus.include_router(facts(Commits(database), settlement, settings.recorder_batch))
        bus.include_router(imports(Commits(database), settlement))
        bus.include_router(questions(database))

    async def close() -> None:
        await database.dispose()
        await watched.dispose()

    service = FastStream(
        bus,
        logger=None,
        on_startup=[prepare],
        after_startup=[fetching.mend],
        on_shutdown=[fetching.end],
        after_shutdown=[close],
    )
    name_needs(service, Need("the database", lambda: probe(watched)))
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
