"""Gauges: what a service looks at when somebody asks for its metrics, named where it is wired.

A look may ask NATS or the database. It has little time, and there is one at a time: a server that hangs holds one of
ours, however often we are asked. What is not found in time is left out, for an old value would be a wrong one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from faststream import FastStream
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from spindle.shared.metrics.kinds import Gauge

_KEY = "looks"
_PATIENCE = 0.6  # seconds; whoever asks for metrics gets them within one


@dataclass(frozen=True)
class Reading:
    gauge: Gauge
    value: float
    labels: tuple[str, ...] = ()


Look = Callable[[], Awaitable[Sequence[Reading]]]


class Looking:
    def __init__(self, look: Look) -> None:
        self._look = look
        self._under_way: asyncio.Task[Sequence[Reading]] | None = None

    async def found(self) -> Sequence[Reading]:
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._tried())
        look = self._under_way  # others may look anew before we hear of it
        done, _ = await asyncio.wait({look}, timeout=_PATIENCE)
        return look.result() if done and not look.cancelled() else ()

    async def _tried(self) -> Sequence[Reading]:
        try:
            return await self._look()
        except Exception:  # a server that is away; another gauge says so
            return ()


def name_looks(service: FastStream, *looks: Look) -> None:
    service.context.set_global(_KEY, looks)


def looks_of(service: FastStream) -> tuple[Look, ...]:
    found: tuple[Look, ...] = service.context.get(_KEY, ())
    return found


class Told:
    """Readings as a collector of Prometheus. Of what several services of the process have seen, a moment apart, the
    highest value counts: no series may be told twice."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._highest: dict[tuple[Gauge, tuple[str, ...]], float] = {}
        for each in readings:
            place = each.gauge, each.labels
            self._highest[place] = max(each.value, self._highest.get(place, each.value))

    def collect(self) -> Iterable[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for (gauge, labels), value in self._highest.items():
            if gauge.name not in families:
                families[gauge.name] = GaugeMetricFamily(gauge.name, gauge.says, labels=gauge.labels)
            families[gauge.name].add_metric(labels, value)
        return families.values()
