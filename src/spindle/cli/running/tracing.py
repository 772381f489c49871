"""Whether this process sends traces."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic_settings import BaseSettings

from spindle.people.errors import Problem
from spindle.shared import traces
from spindle.shared.settings import FROM_OUTSIDE


class Settings(BaseSettings):
    model_config = FROM_OUTSIDE

    traces: bool = False
    """Whether services send OpenTelemetry traces, to what `OTEL_EXPORTER_OTLP_ENDPOINT` names; the other variables of
    OpenTelemetry count too. A wheel needs `spindle[traces]` for it."""


@contextmanager
def traced() -> Iterator[None]:
    if not Settings().traces:
        yield
        return
    try:
        from spindle.shared.tracing import OpenTelemetry
    except ImportError as error:
        raise Problem("SPINDLE_TRACES needs what comes with `pip install 'spindle[traces]'`") from error
    tracing = OpenTelemetry()
    traces.begin(tracing)
    try:
        yield
    finally:
        traces.begin(None)
        tracing.close()
