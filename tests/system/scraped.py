"""What a process says at `/metrics`, as Prometheus reads it."""

import asyncio
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from stack import ALL, Stack

from spindle.cli.health.serving import Settings, served


@dataclass(frozen=True)
class Scraped:
    families: list[Metric]
    seconds: float

    def sum(self, name: str, /, **labels: str) -> float:
        """Of all samples that have these labels; 0 of none."""
        return sum(
            sample.value
            for family in self.families
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def by(self, name: str, label: str, /, **labels: str) -> dict[str, float]:
        """Samples of one name, by what stands in a label."""
        found: dict[str, float] = {}
        for sample in (each for family in self.families for each in family.samples):
            if sample.name == name and labels.items() <= sample.labels.items():
                found[sample.labels[label]] = found.get(sample.labels[label], 0) + sample.value
        return found


@dataclass(frozen=True)
class Target:
    port: int

    async def scrape(self) -> Scraped:
        began = time.monotonic()
        text = await asyncio.to_thread(read, f"http://127.0.0.1:{self.port}/metrics")
        return Scraped(list(text_string_to_metric_families(text)), time.monotonic() - began)


@asynccontextmanager
async def target(stack: Stack) -> AsyncIterator[Target]:
    """The services that the stack has started, a gateway last, as `up` serves them: all in one process."""
    async with served(dict(zip((*ALL, "gateway"), stack.running, strict=True)), Settings(health_port=0)) as port:
        assert port is not None
        yield Target(port)


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return str(answer.read().decode())
