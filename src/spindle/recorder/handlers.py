"""What happens when facts come in."""

from typing import Annotated, cast

from faststream import AckPolicy, Context
from faststream.nats import JStream, NatsRouter, PullSub
from faststream.nats.message import NatsBatchMessage, NatsMessage
from nats.js.api import ConsumerConfig

from spindle.recorder.commits import Commits, Outcome, Refused
from spindle.recorder.counting import committed
from spindle.recorder.deliveries import Delivery, Settlement, read, read_one

SUBJECTS = ("facts.plays.*", "facts.jobs.*", "facts.users.*")

_SIDE_BY_SIDE = 2

_COLLECT = 0.1  # seconds; a batch that is not full waits so long for more


def facts(commits: Commits, settlement: Settlement, batch: int) -> NatsRouter:
    """The subscriber of the durable `recorder-facts`."""
    router = NatsRouter()

    @router.subscriber(
        stream=JStream("facts", declare=False),
        durable="recorder-facts",
        config=ConsumerConfig(filter_subjects=list(SUBJECTS)),
        pull_sub=PullSub(batch_size=batch, timeout=_COLLECT, batch=True),
        decoder=read,
        ack_policy=AckPolicy.MANUAL,
    )
    async def record_facts(batch: Annotated[NatsBatchMessage, Context("message")]) -> None:
        deliveries: list[Delivery] = await batch.decode() or []
        readable = [(each, each.fact) for each in deliveries if each.fact]
        outcomes = await committed(commits, "recorder-facts", [fact for _, fact in readable])

        settled: list[tuple[Delivery, Outcome]] = [(each, Refused(each.why)) for each in deliveries if not each.fact]
        settled += [(each, outcome) for (each, _), outcome in zip(readable, outcomes, strict=True)]
        await settlement.settle(settled)

    return router


def imports(commits: Commits, settlement: Settlement) -> NatsRouter:
    """The subscriber of the durable `recorder-archive`: one fact in a transaction, as each may bring 5,000 rows. While
    the database works on one, the next is read."""
    router = NatsRouter()

    @router.subscriber(
        "facts.archive.*",
        stream=JStream("facts", declare=False),
        durable="recorder-archive",
        pull_sub=PullSub(batch_size=1, timeout=1.0),
        max_workers=_SIDE_BY_SIDE,
        decoder=read_one,
        ack_policy=AckPolicy.MANUAL,
    )
    async def record_import(message: Annotated[NatsMessage, Context("message")]) -> None:
        delivery = cast("Delivery", await message.decode())
        outcomes = await committed(commits, "recorder-archive", [delivery.fact] if delivery.fact else [])
        outcome = outcomes[0] if delivery.fact else Refused(delivery.why)
        await settlement.settle([(delivery, outcome)])

    return router
