"""Topology: what the NATS server has against what this Spindle wants."""

from collections.abc import Sequence

from spindle.cli.doctor.logic.findings import Finding, ok, problem, warning
from spindle.cli.wording import command

CHECK = "topology"


def topology(differences: Sequence[str], strangers: Sequence[str], declared: int) -> list[Finding]:
    """Each of both in words; `declared` is how many streams, consumers and buckets there should be.

    `strangers` are durable consumers of our work queues that nobody declares.
    """
    missing = [one for one in differences if one.endswith(" is missing")]
    if len(missing) == declared:
        what = "This NATS server has not been prepared for Spindle: none of its streams is there."
        return [problem(CHECK, what, f"Make them: `{command('provision')}`.")]
    found = [_mend(one, missing) for one in differences]
    found += [warning(CHECK, f"A {one} is nobody's: it takes messages from ours.", _REMOVE) for one in strangers]
    return found or [ok(CHECK, "Streams, consumers and buckets are as this Spindle wants them.")]


_REMOVE = "Delete it with `nats consumer rm`, unless you know whose it is."


def _mend(difference: str, missing: Sequence[str]) -> Finding:
    if difference in missing:
        return problem(CHECK, f"The {difference}.", f"Make it: `{command('provision')}`.")
    return warning(CHECK, f"The {difference}.", f"Set it right: `{command('provision')}`.")
