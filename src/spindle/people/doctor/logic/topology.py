"""Topology: what the NATS server has against what this Spindle wants."""

from collections.abc import Mapping, Sequence

from spindle.people.doctor.logic.findings import Finding, ok, problem, warning
from spindle.people.wording import command, count
from spindle.shared.bus.difference import Difference

CHECK = "topology"


def topology(differences: Sequence[Difference], strangers: Sequence[str], declared: int) -> list[Finding]:
    """`declared` is how many streams, consumers and buckets there should be.

    `strangers` are durable consumers of our work queues that nobody declares, in words.
    """
    if sum(one.missing for one in differences) == declared:
        what = "This NATS server has not been prepared for Spindle: none of its streams is there."
        return [problem(CHECK, what, f"Make them: `{command('provision')}`.")]
    found = [_mend(one) for one in differences]
    found += [warning(CHECK, f"A {one} is nobody's: it takes messages from ours.", _REMOVE) for one in strangers]
    return found or [ok(CHECK, "Streams, consumers and buckets are as this Spindle wants them.")]


def copies(behind: Mapping[str, int]) -> list[Finding]:
    """`behind`: nodes of a cluster, each with the number of streams of which it lacks the newest."""
    return [
        warning(CHECK, f"Node {node} is away or has not caught up: {count(streams, 'stream')} without its copy.", _BACK)
        for node, streams in sorted(behind.items())
    ]


_BACK = "Bring it back before another one goes; while it catches up, look again."
_REMOVE = "Delete it with `nats consumer rm`, unless you know whose it is."


def _mend(difference: Difference) -> Finding:
    if difference.missing:
        return problem(CHECK, f"The {difference}.", f"Make it: `{command('provision')}`.")
    return warning(CHECK, f"The {difference}.", f"Set it right: `{command('provision')}`.")
