"""docs/metrics.md: every metric, from its declaration."""

from collections.abc import Iterator
from pathlib import Path

from spindle.shared.catalogue.parties import RENEW
from spindle.shared.metrics.declared import everything
from spindle.shared.metrics.kinds import Declared, Topic

FILE = "metrics.md"

_INTRODUCTION = f"""\
# Metrics

Made from the code by `{RENEW}`; not to be edited.

Every process that has `SPINDLE_HEALTH_PORT` serves these at `/metrics`, for Prometheus. Counters and histograms count
since the process has started, and what they count has become true: plays and jobs are counted after the commit. Gauges
are looked at when they are asked for, which takes less than a second; what cannot be found in that time is left out. No
label names a listener or a job. Beside these stand `process_…`, what Prometheus's client tells of any process. How to
use them: [Watching it](operating.md#watching-it)."""

_HEAD = ("metric", "kind", "labels", "what it says", "exposed by")


def markdown() -> str:
    return "\n\n".join([_INTRODUCTION, *(f"## {topic}\n\n{_table(topic)}" for topic in Topic)]) + "\n"


def write(folder: Path) -> None:
    (folder / FILE).write_text(markdown(), encoding="utf-8")


def _table(topic: Topic) -> str:
    rows = [_HEAD, ("---",) * len(_HEAD), *(_row(each) for each in everything() if each.topic is topic)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(each: Declared) -> Iterator[str]:
    labels = ", ".join(f"`{label}`" for label in each.labels)
    yield from (f"`{each.name}`", each.kind, labels, each.says, each.by)
