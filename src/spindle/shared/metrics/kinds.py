"""What a metric is, and how one is declared: once, with the words that the documents and Prometheus show."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30)
"""Seconds of what is done at once: up to the slowest call of Spotify."""
LATE = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600, 10800)
"""Seconds of what may have to wait: up to three hours, after which Spotify may have forgotten plays."""
MANY = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class By(StrEnum):
    """Who exposes a metric."""

    EVERYBODY = "every service"
    WORKERS = "poll_worker, sync_worker"
    RECORDER = "recorder"
    SCHEDULER = "scheduler"
    GATEWAY = "gateway"


class Topic(StrEnum):
    """In the order of docs/metrics.md."""

    PROCESS = "The process"
    LISTENERS = "Listeners, plays and jobs"
    SPOTIFY = "Spotify: calls, doors, budget, tokens"
    MESSAGES = "Messages and queues"
    RECORDER = "The recorder's work"
    SCHEDULER = "The scheduler's work"
    GATEWAY = "The gateway's work"


@dataclass(frozen=True)
class Declared:
    """A metric for those who read of it."""

    name: str
    kind: str
    topic: Topic
    by: By
    labels: tuple[str, ...]
    says: str


@dataclass(frozen=True)
class Gauge:
    """A metric that nobody counts: its values are read when somebody asks for them."""

    name: str
    labels: tuple[str, ...]
    says: str


_CountedT = TypeVar("_CountedT", Counter, Histogram)
_declared: list[Declared] = []


def declared() -> Sequence[Declared]:
    """All so far, in the order in which they were."""
    return tuple(_declared)


def counter(topic: Topic, by: By, name: str, says: str, *labels: str) -> Counter:
    return _noted(Counter(name, says, labels, registry=REGISTRY), "counter", topic, by, name, says, labels)


def histogram(topic: Topic, by: By, name: str, says: str, *labels: str, buckets: Sequence[float] = QUICK) -> Histogram:
    made = Histogram(name, says, labels, registry=REGISTRY, buckets=buckets)
    return _noted(made, "histogram", topic, by, name, says, labels)


def gauge(topic: Topic, by: By, name: str, says: str, *labels: str) -> Gauge:
    _declared.append(Declared(name, "gauge", topic, by, labels, says))
    return Gauge(name, labels, says)


def _noted(
    made: _CountedT, kind: str, topic: Topic, by: By, name: str, says: str, labels: tuple[str, ...]
) -> _CountedT:
    _declared.append(Declared(name, kind, topic, by, labels, says))
    return made
