"""A seed means its faults."""

from collections import Counter

import pytest

from spindle.cli.chaos.faults import Act, Break, Freeze, How, Kill, Refuse, Tokens
from spindle.cli.chaos.plan import Cast, plan
from spindle.simulator.control.bodies import ChangeTokens
from spindle.simulator.logic.faults import Fault

CAST = Cast(["recorder-1", "poll_worker-1", "sync_worker-1", "scheduler-1"], ["nats-server"], listeners=5)


def test_the_same_seed_means_the_same_faults() -> None:
    assert plan(7, CAST, 500) == plan(7, CAST, 500)
    assert plan(7, CAST, 500) != plan(8, CAST, 500)


def test_more_faults_begin_with_the_same_ones() -> None:
    assert plan(7, CAST, 500)[:100] == plan(7, CAST, 100)


def test_a_thousand_faults_are_of_every_kind() -> None:
    whats = [fault.what for fault in plan(1, CAST, 1000)]

    kinds = Counter(map(type, whats))

    assert min(kinds[kind] for kind in (Kill, Freeze, Break, Refuse, Tokens, Act)) > 20
    assert {what.whom for what in whats if isinstance(what, Kill)} == {*CAST.processes, *CAST.nodes, "PostgreSQL"}
    assert {what.how for what in whats if isinstance(what, Break)} == set(How)
    assert {what.link for what in whats if isinstance(what, Break)} == set(CAST.links)
    assert len({what.deed for what in whats if isinstance(what, Act)}) == 10


def test_the_simulator_understands_every_script() -> None:
    for fault in plan(2, CAST, 2000):
        match fault.what:
            case Refuse(script):
                Fault.model_validate(script)
            case Tokens(change):
                ChangeTokens.model_validate(change)


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        (Kill("poll_worker-2", 0.0), "kill -9 poll_worker"),
        (Kill("nats-server-3", 0.0), "kill -9 nats-server"),
        (Freeze("PostgreSQL", 1.0), "stop and continue PostgreSQL"),
        (Break(("recorder-1", "PostgreSQL"), How.SWALLOW, 1.0), "black-hole recorder to PostgreSQL"),
        (Refuse({"kind": "malformed", "variant": "items"}), "API: history items"),
        (Refuse({"kind": "drop", "path": "/api/token"}), "API: token drop"),
        (Tokens({"revoke": True}, 1), "tokens: revoke"),
        (Tokens({"refresh": "rotate"}), "tokens: refresh rotate"),
    ],
)
def test_a_kind_says_what_it_is_whichever_process_it_strikes(what: Kill | Freeze | Break, kind: str) -> None:
    assert what.kind == kind
