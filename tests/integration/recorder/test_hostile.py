"""Facts that are nearly right, on a real PostgreSQL: each is recorded or refused with a reason, and harms no other."""

import random
from typing import Any

import pydantic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from misses import near_miss, said_well
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.commits import Commits, Refused
from spindle.recorder.facts import decoded
from spindle.recorder.outcomes import Recorded
from spindle.shared.bus.delivery import reason

FACTS = ("AccountLinked", "AccountRemoved", "AccountUnlinked", "ArchiveCut", "ArchiveRead", "ChainStarted")
FACTS += ("ConsentAged", "ImportRevoked", "JobDelayed", "JobEnded", "PausesChanged", "PlaysFetched", "RowsRead")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(dice=st.randoms(use_true_random=False), kind=st.sampled_from(FACTS))
async def test_a_fact_that_is_nearly_right_is_recorded_or_refused_with_a_reason(
    database: AsyncEngine, world: Any, dice: random.Random, kind: str
) -> None:
    body = near_miss(dice, kind)
    try:
        fact = decoded(body)
    except pydantic.ValidationError as error:
        assert said_well(reason(error, body), body)  # noqa: PT017
        return
    known, neighbour = world.linked(1).model_copy(update={"user": fact.user}), world.poll(0, 1, user=2)

    outcomes = await Commits(database).commit([known, world.linked(2), fact, neighbour])

    assert isinstance(outcomes[3], Recorded)
    if isinstance(outcomes[2], Refused):
        assert said_well(outcomes[2].why, body)
    else:
        assert all(event.encoded() for event in getattr(outcomes[2], "events", ()))
