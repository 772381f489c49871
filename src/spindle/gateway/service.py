"""The gateway, wired."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from faststream import FastStream
from nats.aio.client import Client

from spindle.gateway.app import app, callback_app
from spindle.gateway.errors import NoToken, NotOpen
from spindle.gateway.here import Gateway
from spindle.gateway.latest import Latest
from spindle.gateway.live.feed import Feed
from spindle.gateway.serving import listening, served
from spindle.gateway.settings import Settings
from spindle.shared.bus.broker import broker
from spindle.shared.bus.presence import provisioned
from spindle.shared.bus.unreadable import forgiving
from spindle.shared.metrics.readings import name_looks
from spindle.shared.needs import Need, name_needs


def build(settings: Settings) -> FastStream:
    """A gateway: `run()` it, or `start()` and `stop()` it beside others. Raises `NoToken`. It waits for NATS."""
    if not settings.access_token.get_secret_value():
        raise NoToken
    bus = broker(settings.nats_url, "gateway")
    stack, feeds = AsyncExitStack(), list[Feed]()

    async def open_up() -> None:
        client = forgiving(await bus.connect())
        await provisioned(client.jetstream(), "gateway")
        at = listening(settings.host, settings.port)
        feed = Feed(client, settings.nats_url)
        name_looks(service, feed.measured)
        await stack.enter_async_context(served(app(Gateway(settings, client, Latest(client), feed)), at))
        await stack.enter_async_context(feed)  # it goes first: with it end the streams that the server would wait for
        feeds.append(feed)

    async def probe() -> None:
        if not feeds:
            raise NotOpen
        await feeds[0].probe()

    service = FastStream(bus, logger=None, on_startup=[open_up], on_shutdown=[stack.aclose])
    name_needs(service, Need("the gateway", probe))
    return service


@asynccontextmanager
async def returning(settings: Settings, client: Client, host: str, port: int) -> AsyncIterator[None]:
    """The end of a login alone, where no gateway is. Raises `PortTaken`."""
    gateway = Gateway(settings, client, Latest(client), Feed(client, settings.nats_url))
    async with served(callback_app(gateway), listening(host, port)):
        yield
