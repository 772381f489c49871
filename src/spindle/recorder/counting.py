"""What the recorder tells Prometheus of a batch, once it is committed."""

from collections.abc import Sequence
from time import perf_counter

from spindle.recorder.commits import Commits, Outcome
from spindle.recorder.facts import Fact
from spindle.recorder.logic.ledger import Booked
from spindle.recorder.outcomes import Recorded
from spindle.shared import traces
from spindle.shared.ids import Kind, now, parts
from spindle.shared.messages.jobs import Reason
from spindle.shared.messages.plays import PlaysFetched, Source
from spindle.shared.metrics.declared import BATCH_FACTS, COMMIT_SECONDS, FACTS, JOBS, PLAYS, POLL_LAG


async def committed(commits: Commits, durable: str, facts: Sequence[Fact]) -> Sequence[Outcome]:
    if not facts:
        return []
    began = perf_counter()
    with traces.committing(durable) as note:
        note("facts", len(facts))
        outcomes = await commits.commit(facts)
    COMMIT_SECONDS.labels(durable).observe(perf_counter() - began)
    BATCH_FACTS.labels(durable).observe(len(facts))
    for fact, outcome in zip(facts, outcomes, strict=True):
        FACTS.labels(durable, type(outcome).__name__.lower()).inc()
        if isinstance(outcome, Recorded) and outcome.booked is not None:
            _count(fact, outcome.booked)
    return outcomes


def _count(fact: Fact, booked: Booked) -> None:
    """A fact that was booked before was counted then."""
    entry, kind = booked.entry, parts(booked.entry.job)[0]
    source = Source.IMPORT if kind is Kind.ARCHIVE else Source(kind)
    if entry.verdict is None or entry.verdict.reason is not Reason.DRY_RUN:
        PLAYS.labels(source, "new").inc(entry.new)
        PLAYS.labels(source, "known").inc(entry.duplicates)
    if booked.outcome is not None:
        JOBS.labels(kind, booked.outcome.status).inc()
    if isinstance(fact, PlaysFetched) and fact.due_at is not None:
        POLL_LAG.observe(max(0.0, (now() - fact.due_at).total_seconds()))
