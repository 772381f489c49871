"""Looks at the bus: topology, services, facts that wait, and dead letters."""

import asyncio
import json
from datetime import datetime, timedelta

import pydantic
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from spindle.people import alive
from spindle.people.doctor.logic import topology, work
from spindle.people.doctor.logic.findings import Finding
from spindle.people.doctor.sources import Sources
from spindle.shared.bus.drift import behind, drift, strangers
from spindle.shared.bus.topology import CONSUMERS, STREAMS, copies, kept
from spindle.shared.ids import now
from spindle.shared.messages.dead import Dead

_LATELY = timedelta(days=1)
_WITHIN = 5.0  # seconds


async def topology_drift(at: Sources) -> list[Finding]:
    bus = await at.bus()
    js = bus.jetstream()
    expected = len(STREAMS) + len(list(kept())) + sum(map(len, CONSUMERS.values()))
    differences, unknown, late = await asyncio.gather(drift(js, await copies(bus)), strangers(js), behind(js))
    return topology.topology(differences, unknown, expected) + topology.copies(late)


async def services(at: Sources) -> list[Finding]:
    found = await alive.services((await at.bus()).jetstream())
    return work.services({name: work.Service(one.up, one.backlog) for name, one in found.items()})


async def lag(at: Sources) -> list[Finding]:
    return work.lag(await waiting(await at.bus()))


async def waiting(bus: Client) -> work.Lag:
    """Facts for the recorder. All times are the server's: this machine's clock does not matter."""
    told = json.loads((await bus.request("$JS.API.STREAM.INFO.facts", b"", timeout=_WITHIN)).data)
    if "error" in told:
        await bus.jetstream().stream_info("facts")
    pending = told["state"]["messages"]
    oldest = _time(told["ts"]) - _time(told["state"]["first_ts"]) if pending else timedelta()
    return work.Lag(pending, oldest)


async def dead(at: Sources) -> list[Finding]:
    js = (await at.bus()).jetstream()
    ever = (await js.stream_info("dead")).state.messages
    if not ever:
        return work.dead(work.Dead(0, 0), now())
    newest = await js.get_msg("dead", subject="dead.>")
    lately = await _since(js, now() - _LATELY) if newest.time and newest.time > now() - _LATELY else 0
    try:
        letter = Dead.decoded(newest.data or b"")
    except pydantic.ValidationError:
        return work.dead(work.Dead(ever, lately, "it cannot be read", str(newest.subject), newest.time), now())
    return work.dead(work.Dead(ever, lately, letter.why, letter.was_on, letter.died_at), now())


async def _since(js: JetStreamContext, when: datetime) -> int:
    """How many letters died since then: a consumer that would begin there knows. The server removes it."""
    begin = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_TIME,
        opt_start_time=when,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=1,
        mem_storage=True,
    )
    return (await js.add_consumer("dead", begin)).num_pending or 0


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
