"""Looks at the bus: topology, services, facts that wait, and dead letters."""

import asyncio
import json
from datetime import datetime, timedelta

import pydantic
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from spindle.cli import alive
from spindle.cli.doctor.logic import topology, work
from spindle.cli.doctor.logic.findings import Finding
from spindle.cli.doctor.sources import Sources
from spindle.shared.bus.drift import drift, strangers
from spindle.shared.bus.topology import CONSUMERS, STREAMS, kept
from spindle.shared.ids import now
from spindle.shared.messages.dead import Dead

_LATELY = timedelta(days=1)


async def topology_drift(at: Sources) -> list[Finding]:
    js = (await at.bus()).jetstream()
    declared = len(STREAMS) + len(list(kept())) + sum(map(len, CONSUMERS.values()))
    differences, unknown = await asyncio.gather(drift(js), strangers(js))
    return topology.topology(differences, unknown, declared)


async def services(at: Sources) -> list[Finding]:
    found = await alive.services((await at.bus()).jetstream())
    return work.services({name: work.Service(one.up, one.backlog) for name, one in found.items()})


async def lag(at: Sources) -> list[Finding]:
    """All times are the server's: this machine's clock does not matter."""
    bus = await at.bus()
    told = json.loads((await bus.request("$JS.API.STREAM.INFO.facts", b"")).data)
    if "error" in told:
        await bus.jetstream().stream_info("facts")
    pending = told["state"]["messages"]
    oldest = _time(told["ts"]) - _time(told["state"]["first_ts"]) if pending else timedelta()
    return work.lag(work.Lag(pending, oldest))


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
    """How many letters died since then: a consumer that would begin there knows."""
    begin = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_TIME,
        opt_start_time=when,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=5,
        mem_storage=True,
    )
    found = await js.add_consumer("dead", begin)
    await js.delete_consumer("dead", found.name)
    return found.num_pending or 0


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
