"""Which faults a seed means, in which order and how far apart. The same seed means the same ones."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from spindle.cli.chaos.faults import (
    NATS,
    POSTGRES,
    SPOTIFY,
    Act,
    Break,
    Deed,
    Fault,
    Freeze,
    How,
    Kill,
    Refuse,
    Tokens,
    What,
)

BREATH = 40
"""After so many faults all are taken back, until every listener has been polled: else nothing would ever be begun."""

_APART = 0.6  # seconds, on average

_DEEDS: dict[Deed, int] = {
    "pause": 4,
    "resume": 6,
    "poll now": 5,
    "sync again": 4,
    "cancel": 3,
    "import": 7,
    "dry run": 1,
    "undo": 2,
    "remove and add again": 3,
    "nonsense": 1,
}
_AFTER = ("1", "2", "3", None, "0", "-5", "soon", "Wed, 21 Oct 2015 07:28:00 GMT")
"""`Retry-After`, sane or not."""


@dataclass(frozen=True)
class Cast:
    """Who can be struck."""

    processes: Sequence[str]
    nodes: Sequence[str]
    """Of NATS."""
    listeners: int

    @property
    def links(self) -> list[tuple[str, str]]:
        """From each process to each server that it talks to."""
        beside = {"recorder": POSTGRES, "poll_worker": SPOTIFY, "sync_worker": SPOTIFY}
        found = [(name, NATS) for name in self.processes]
        return found + [(name, at) for name in self.processes if (at := beside.get(name.rpartition("-")[0]))]


def plan(seed: int, cast: Cast, number: int) -> list[Fault]:
    return list(islice(_faults(Random(seed), cast), number))  # noqa: S311


def _faults(dice: Random, cast: Cast) -> Iterator[Fault]:
    while True:
        drawn = dice.choices(list(_DRAWN), list(_DRAWN.values()))[0]
        yield Fault(round(dice.expovariate(1 / _APART), 3), drawn(dice, cast))


def _killed(dice: Random, cast: Cast) -> What:
    return Kill(dice.choice(cast.processes), dice.choice((0.0, 0.0, 0.3, 1.5)))


def _server_killed(dice: Random, cast: Cast) -> What:
    return Kill(dice.choice((*cast.nodes, POSTGRES)), dice.choice((0.0, 0.2, 1.0)))


def _frozen(dice: Random, cast: Cast) -> What:
    return Freeze(dice.choice(cast.processes), round(dice.uniform(0.3, 6), 3))


def _server_frozen(dice: Random, cast: Cast) -> What:
    return Freeze(dice.choice((*cast.nodes, POSTGRES)), round(dice.uniform(0.3, 4), 3))


def _broken(dice: Random, cast: Cast) -> What:
    how = dice.choices(list(How), (4, 2, 2, 1))[0]
    return Break(dice.choice(cast.links), how, 0.0 if how is How.CUT else round(dice.uniform(0.5, 6), 3))


def _refused(dice: Random, cast: Cast) -> What:
    times, whom = dice.randint(1, 3), dice.choice((None, dice.randrange(cast.listeners)))
    common: dict[str, object] = {"times": times, "skip": dice.randint(0, 2)}
    scripts: list[dict[str, object]] = [
        {"kind": "rate", "retry_after": dice.choice(_AFTER)},
        {"kind": "quota", "retry_after": dice.choice(("2", "4"))},
        {"kind": "unauthorized", "variant": dice.choice(("expired", "invalid", "missing"))},
        {"kind": "forbidden", "variant": dice.choice(("proxy", "forbidden", "scope", "premium", "not-registered"))},
        {"kind": "server", "status": dice.choice((500, 502, 503, 504)), "body": dice.choice(("json", "text"))},
        {"kind": "malformed", "variant": dice.choice(("json", "items", "empty"))},
        {"kind": "slow", "seconds": round(dice.uniform(0.2, 4), 2)},
        {"kind": "hang"},
        {"kind": "drop"},
        {"kind": "server", "path": "/api/token", "status": dice.choice((500, 503))},
        {"kind": "rate", "path": "/api/token", "retry_after": dice.choice(("1", "2"))},
        {"kind": "hang", "path": "/api/token"},
        {"kind": "drop", "path": "/api/token"},
    ]
    return Refuse(common | dice.choice(scripts), whom)


def _tokens(dice: Random, cast: Cast) -> What:
    whom = dice.randrange(cast.listeners)
    changes: list[tuple[dict[str, object], int | None]] = [
        ({"expire_access": True}, None),
        ({"expire_access": True}, whom),
        ({"revoke": True}, whom),
        ({"refresh": dice.choice(("omit", "rotate", "plain"))}, None),
    ]
    return Tokens(*dice.choices(changes, (4, 4, 1, 2))[0])


def _act(dice: Random, cast: Cast) -> What:
    deed = dice.choices(list(_DEEDS), list(_DEEDS.values()))[0]
    return Act(deed, dice.randrange(cast.listeners), dice.randrange(2**16))


_DRAWN: dict[Callable[[Random, Cast], What], int] = {
    _killed: 26,
    _server_killed: 9,
    _frozen: 9,
    _server_frozen: 5,
    _broken: 18,
    _refused: 14,
    _tokens: 4,
    _act: 20,
}
