"""Traces: from what somebody asked for to the commit of what it led to, through every service."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from collected import Collector, Span, collector
from stack import Stack, Stacked

from spindle.cli.running.tracing import traced
from spindle.shared.ids import Kind, UserId
from spindle.shared.messages.control import Trigger
from spindle.simulator import Settings, build


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collector() as found:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        monkeypatch.setenv("SPINDLE_TRACES", "true")
        yield found


async def test_a_trace_goes_from_the_command_to_the_commit_and_the_next_poll_is_linked_to_it(
    stacked: Stacked, told: Collector
) -> None:
    async with stacked(build(Settings(listeners=2, late=False))) as stack:
        with traced():
            await stack.start("recorder", "scheduler", "sync_worker", initial_sync_enabled=False)
            async with worker(stack):
                users = await stack.everybody()
                for user in users:
                    await stack.finished(user, Kind.POLL, within=60)  # a process takes long to start on a busy machine
                names = [listener.name for listener in await stack.listeners()]
                assert (await stack.control(Trigger(user=users[0], what="initial"))).done
                await stack.finished(users[0], Kind.INITIAL)
                await stack.finished(users[0], Kind.POLL, count=3)
            await stack.stop()

    spans = told.spans
    (control,) = named(spans, "publish control.trigger")
    assert control.parent == b""
    after = told.descendants(control)
    assert {(each.service, each.name) for each in after} >= {
        ("scheduler", "process scheduler-control"),
        ("scheduler", "publish sync.initial"),
        ("sync_worker", "process sync_worker-initial"),
        ("sync_worker", "GET history"),
        ("sync_worker", "publish facts.plays"),
        ("recorder", "process recorder-facts"),
        ("recorder", "publish jobs.finished"),
    }
    assert {each.trace for each in after} == {control.trace}
    step = named(after, "process sync_worker-initial")[0]
    assert step.attributes["spindle.user"] == users[0]
    assert step.attributes["spindle.job"].startswith(f"initial.{users[0]}.")
    assert step.attributes["spindle.ending"] == "done"
    committed(spans, after)
    linked(spans, users[0])
    said = b"".join(told.bodies)
    for secret in (stack.key.get_secret_value(), *names, "Bearer"):
        assert secret.encode() not in said


def committed(spans: list[Span], of: list[Span]) -> None:
    """Each fact's span is in the commit of a batch, which has a trace of its own."""
    for fact in named(of, "process recorder-facts"):
        (batch,) = [each for each in named(spans, "commit recorder-facts") if fact.id in each.links]
        assert batch.parent == b""
        assert batch.trace != fact.trace


def linked(spans: list[Span], user: UserId) -> None:
    """A poll that waited for its time begins a trace, linked to where it was published."""
    polls = [each for each in named(spans, "process poll_worker-poll") if each.attributes["spindle.user"] == user]
    waited = [each for each in polls if each.links]
    assert len(polls) >= 3
    assert waited
    assert len({each.trace for each in polls}) == len(polls)
    published = {each.id: each for each in named(spans, "publish sync.poll")}
    for each in waited:
        assert each.parent == b""
        assert published[each.links[0]].trace != each.trace


def named(spans: list[Span], name: str) -> list[Span]:
    return [each for each in spans if each.name == name]


@asynccontextmanager
async def worker(stack: Stack) -> AsyncIterator[None]:
    """A poll worker in a process of its own, that polls every second."""
    told = {**os.environ, **stack.environment, "SPINDLE_POLL_INTERVAL_SECONDS": "1"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "spindle.cli", "run", "poll_worker", env=told)
    try:
        yield
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 60) == 0


def test_nothing_of_it_is_loaded_when_nobody_wants_it() -> None:
    look = "import sys, spindle.recorder.service, spindle.poll_worker.service; print(*sys.modules)"

    found = subprocess.run([sys.executable, "-c", look], capture_output=True, check=True, text=True).stdout.split()

    assert "spindle.shared.traces" in found
    assert not {"spindle.shared.tracing", "opentelemetry.trace", "opentelemetry.sdk", "requests"} & set(found)
