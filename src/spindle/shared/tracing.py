"""Traces by OpenTelemetry, sent to whatever OTEL_EXPORTER_OTLP_ENDPOINT names. Imported only where they are wanted.

Attributes are ids, kinds and numbers: no listener's name, no text of an error, and nothing that was sent or received.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from importlib.metadata import version
from threading import Thread

from nats.aio.msg import Msg
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    format_span_id,
    format_trace_id,
    get_current_span,
    set_span_in_context,
    use_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from structlog.contextvars import get_contextvars

from spindle.shared.bus.handling import about
from spindle.shared.traces import GOES_ON, LINKED, Set, nobody

_SYSTEM = {"messaging.system": "nats"}
_NOWHERE = set_span_in_context(INVALID_SPAN)
_LAST_WORDS = 3.0  # seconds
_FAILED = ("retried", "dead", "unread")

_format = TraceContextTextMapPropagator()


class OpenTelemetry:
    """A provider for each service of the process, one exporter for all."""

    def __init__(self) -> None:
        self._processor = BatchSpanProcessor(OTLPSpanExporter())
        self._tracers: dict[str, Tracer] = {}
        self._batch: ContextVar[dict[int, Span] | None] = ContextVar("batch", default=None)

    def close(self) -> None:
        """What is not sent yet is sent, if somebody takes it soon: who stops does not wait for a collector."""
        last = Thread(target=self._processor.shutdown, daemon=True)
        last.start()
        last.join(_LAST_WORDS)

    @contextmanager
    def handling(self, durable: str, message: Msg, said: Mapping[str, object]) -> Iterator[Set]:
        with self._current(self._received(durable, message, said)) as note:
            yield note

    @contextmanager
    def together(self, durable: str, messages: Sequence[Msg]) -> Iterator[Set]:
        spans = {id(each): self._received(durable, each, about(each.subject, each.data)) for each in messages}
        told = self._batch.set(spans)
        try:
            yield nobody
        finally:
            self._batch.reset(told)
            for span in spans.values():
                span.end()

    def of(self, message: Msg) -> AbstractContextManager[object]:
        span = (self._batch.get() or {}).get(id(message))
        return use_span(span, record_exception=False, set_status_on_exception=False) if span else nullcontext()

    @contextmanager
    def committing(self, durable: str) -> Iterator[Set]:
        """A batch belongs to many traces, so it is one of its own; a single message's commit is a part of its trace."""
        others = [Link(span.get_span_context()) for span in (self._batch.get() or {}).values()]
        context = _NOWHERE if others else None
        with self._current(self._tracer().start_span(f"commit {durable}", context, links=others)) as note:
            yield note

    @contextmanager
    def calling(self, method: str, family: str) -> Iterator[Set]:
        attributes = {"http.request.method": method, "spindle.family": family}
        with self._current(self._tracer().start_span(f"{method} {family}", None, SpanKind.CLIENT, attributes)) as note:
            yield note

    @contextmanager
    def publishing(self, subject: str) -> Iterator[Set]:
        topic = ".".join(subject.split(".")[:2])
        attributes = _SYSTEM | {"messaging.destination.name": topic}
        with self._current(self._tracer().start_span(f"publish {topic}", None, SpanKind.PRODUCER, attributes)) as note:
            yield note

    def carried(self) -> str | None:
        headers: dict[str, str] = {}
        _format.inject(headers)
        return headers.get(GOES_ON)

    def named(self) -> dict[str, str]:
        here = get_current_span().get_span_context()
        if not here.is_valid:
            return {}
        return {"trace_id": format_trace_id(here.trace_id), "span_id": format_span_id(here.span_id)}

    def _received(self, durable: str, message: Msg, said: Mapping[str, object]) -> Span:
        headers = message.headers or {}
        before = _told(headers.get(LINKED))
        attributes: dict[str, str | int] = {**_SYSTEM, "messaging.destination.name": durable}
        attributes["spindle.delivery"] = message.metadata.num_delivered
        attributes |= {f"spindle.{name}": str(value) for name, value in said.items()}
        return self._tracer().start_span(
            f"process {durable}",
            _format.extract({GOES_ON: headers.get(GOES_ON, "")}, _NOWHERE),
            SpanKind.CONSUMER,
            attributes,
            links=[Link(before)] if before else (),
        )

    @contextmanager
    def _current(self, span: Span) -> Iterator[Set]:
        def note(name: str, value: object) -> None:
            span.set_attribute(f"spindle.{name}", str(value))
            if value in _FAILED:
                span.set_status(Status(StatusCode.ERROR))

        with ExitStack() as stack:
            stack.callback(span.end)
            stack.enter_context(use_span(span, record_exception=False, set_status_on_exception=False))
            try:
                yield note
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def _tracer(self) -> Tracer:
        """Of the service that is at work here: it is bound for the logs."""
        service = str(get_contextvars().get("service", "spindle"))
        if service not in self._tracers:
            told = {"service.namespace": "spindle", "service.name": service, "service.version": version("spindle")}
            provider = TracerProvider(resource=Resource.create(told), shutdown_on_exit=False)
            provider.add_span_processor(self._processor)
            self._tracers[service] = provider.get_tracer("spindle", version("spindle"))
        return self._tracers[service]


def _told(traceparent: str | None) -> SpanContext | None:
    if not traceparent:
        return None
    found = get_current_span(_format.extract({GOES_ON: traceparent}, _NOWHERE)).get_span_context()
    return found if found.is_valid else None
