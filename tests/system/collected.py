"""A collector of traces, as far as a test needs one: it takes OTLP over HTTP, and keeps what it was told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Span:
    service: str
    name: str
    trace: bytes
    id: bytes
    parent: bytes
    links: tuple[bytes, ...]
    """Ids of spans in other traces."""
    attributes: dict[str, str]
    failed: bool


@dataclass
class Collector:
    url: str
    bodies: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        return [span for body in self.bodies for span in _spans(body)]

    def descendants(self, root: Span) -> list[Span]:
        """Of a span, in whatever service."""
        found, ids = [], {root.id}
        waiting = self.spans
        while more := [span for span in waiting if span.parent in ids]:
            found += more
            ids = {span.id for span in more}
        return found


@contextmanager
def collector() -> Iterator[Collector]:
    told = Collector("")

    class Receive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            told.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """It is asked often."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receive)
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


def _spans(body: bytes) -> Iterator[Span]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        (service,) = [each.value.string_value for each in resource.resource.attributes if each.key == "service.name"]
        for span in (each for scope in resource.scope_spans for each in scope.spans):
            yield Span(
                service=service,
                name=span.name,
                trace=span.trace_id,
                id=span.span_id,
                parent=span.parent_span_id,
                links=tuple(link.span_id for link in span.links),
                attributes={each.key: each.value.string_value for each in span.attributes},
                failed=span.status.code == 2,
            )
