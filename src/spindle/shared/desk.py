"""What a worker that calls Spotify works with."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import httpx
from faststream import FastStream
from faststream.message import StreamMessage
from faststream.nats import NatsRouter
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from spindle.shared.bus.broker import broker, include
from spindle.shared.bus.dead import bury
from spindle.shared.bus.delivery import Delivery, Tried, no_room
from spindle.shared.bus.fetching import Fetching
from spindle.shared.bus.handling import Ending, ended
from spindle.shared.bus.presence import provisioned
from spindle.shared.bus.steps import Chains
from spindle.shared.bus.trials import Trials
from spindle.shared.bus.unreadable import forgiving
from spindle.shared.failures import died
from spindle.shared.gate import Gate, Paused
from spindle.shared.ids import now
from spindle.shared.messages.plays import PollPlays, Step
from spindle.shared.metrics.readings import name_looks
from spindle.shared.needs import Need, name_needs
from spindle.shared.outages import Outage
from spindle.shared.outcomes import Outcome, due, put_off
from spindle.shared.pauses import Pauses
from spindle.shared.settings import BusSettings, SpotifySettings
from spindle.shared.spotify.accounts import Accounts
from spindle.shared.spotify.budget import RISKY
from spindle.shared.spotify.client import Spotify
from spindle.shared.spotify.errors import Held, SpotifyError
from spindle.shared.spotify.keys import SealError
from spindle.shared.spotify.line import Line, line_of
from spindle.shared.spotify.listening import Listening
from spindle.shared.spotify.measuring import measured
from spindle.shared.spotify.pace import AGAIN_AFTER
from spindle.shared.spotify.seal import Sealer
from spindle.shared.spotify.transport import http_client
from spindle.shared.spotify.vault import TokenVault

_SOONER = 0.8  # of the wait, at most
_RISKY_SHARE = 0.25  # of that time, the first of it
_GOLDEN = 0.618034
"""Its multiples leave no gap: numbers that follow each other lie far apart."""
_MILLISECOND = timedelta(milliseconds=1)

StepT = TypeVar("StepT", bound=Step)

Beside = Callable[[Client], Awaitable[None]]
"""What a worker does besides its steps, until it is cancelled."""


class DeskSettings(BusSettings, SpotifySettings):
    """What every worker with a desk is told from outside."""


@dataclass(frozen=True)
class Desk:
    js: JetStreamContext
    chains: Chains
    trials: Trials
    gate: Gate
    line: Line
    vault: TokenVault
    listening: Listening
    room: Outage = field(default_factory=no_room)

    def delivery(
        self, decoded: Callable[[bytes], StepT], failed: Callable[[StepT, Exception, datetime], Outcome]
    ) -> Delivery:
        """Stale steps are dropped, and `failed` says what follows when Spotify could not be asked."""

        async def rescue(message: StreamMessage[Msg], error: Exception) -> bool:
            if not isinstance(error, SpotifyError | SealError | Paused):
                return False
            step = decoded(message.raw_message.data)
            match error:
                case Paused():
                    outcome = error.outcome
                case Held():
                    outcome = held(step, error, message.raw_message)
                case _:
                    outcome = failed(step, error, now())
            await self.chains.carry_out(outcome, message.raw_message)
            return True

        return Delivery(
            self.js,
            lambda message: decoded(message.data),
            wanted=self.chains.current,
            rescue=rescue,
            room=self.room,
            tried=self.tried(decoded),
        )

    def tried(self, decoded: Callable[[bytes], Step]) -> Tried:
        """A step that kills its workers goes to `dead`, then its job has failed, then its mailbox is free: after a
        crash in between all of that is done again, and comes to the same."""

        async def give_up(message: Msg) -> None:
            step = decoded(message.data)
            why = f"its worker died three times while step {step.step} ran alone"
            await bury(self.js, message, why)
            ended(Ending.DEAD)
            await self.chains.carry_out(Outcome(facts=(died(step, why, now()),)), message)

        return partial(self.trials.run, wanted=self.chains.current, give_up=give_up)


def held(step: Step, error: Held, hand: Msg) -> Outcome:
    """A closed door is passed as soon as it may be: the budget keeps those apart who come together then. Those whom the
    budget puts off together come back one by one, so that somebody is always there when the next turn comes, and those
    who risk plays come first."""
    if not error.budget:
        return put_off(step, error.until, str(error))
    among = hand.metadata.sequence.stream * _GOLDEN % 1.0
    sooner = 1 - _RISKY_SHARE * (1 - among) if _risky(step, error) else (1 - _RISKY_SHARE) * among
    until = error.until - AGAIN_AFTER * _SOONER * sooner // _MILLISECOND * _MILLISECOND
    return put_off(step, until, str(error), due_at=due(step, hand.metadata.timestamp))


def _risky(step: Step, error: Held) -> bool:
    return isinstance(step, PollPlays) and step.full_at is not None and step.full_at - error.until < RISKY


async def desk(settings: DeskSettings, js: JetStreamContext, http: httpx.AsyncClient) -> Desk:
    """Raises `BadKey` for a secret key that is none, `OSError` without its file. The buckets must exist."""
    accounts = Accounts(http, settings.spotify_accounts_url, settings.spotify_client_id, settings.spotify_client_secret)
    line = await line_of(settings, js)
    vault = TokenVault(await js.key_value("tokens"), Sealer(settings.keys), accounts, line.doors)
    return Desk(
        js=js,
        chains=Chains(js),
        trials=Trials(js),
        gate=Gate(Pauses(await js.key_value("pauses"))),
        line=line,
        vault=vault,
        listening=Listening(Spotify(http, settings.spotify_api_url, line), vault),
    )


Routes = Callable[[Desk], Awaitable[Iterable[NatsRouter]]]


def service(settings: DeskSettings, name: str, routes: Routes, beside: Beside | None = None) -> FastStream:
    """A worker with a desk: `run()` it, or `start()` and `stop()` it. It waits for NATS."""
    bus = broker(settings.nats_url, name, injects=False)
    fetching = Fetching(bus)
    http = http_client()

    async def prepare() -> None:
        client = forgiving(await bus.connect())
        js = client.jetstream()
        await provisioned(js, name)
        at = await desk(settings, js, http)
        name_looks(app, lambda: measured(at.line))
        name_needs(app, Need("NATS", at.room.probe))
        include(bus, *await routes(at))
        others = [asyncio.ensure_future(beside(client))] if beside else []

        async def settle() -> None:
            """Steps in hand may still renew a token; the bus must not go before the answer is stored."""
            for other in others:
                other.cancel()
            await fetching.end()
            await asyncio.gather(*others, at.trials.end(), return_exceptions=True)
            await at.line.close()
            await at.vault.close()

        app.on_shutdown(settle)

    app = FastStream(
        bus, logger=None, on_startup=[prepare], after_startup=[fetching.mend], after_shutdown=[http.aclose]
    )
    return app
