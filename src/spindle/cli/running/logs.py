"""Logs: warnings and worse into a file of the home, out of the way of what people read."""

import logging
import sys
from pathlib import Path

import structlog

from spindle.shared import traces

_LIMIT = 8 * 2**20
_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    lambda _, __, event: {**event, **traces.named()},
]


def into_file(file: Path, verbose: bool) -> None:
    """One JSON object a line. Older lines are kept in one file beside it. `verbose`: everything, and shown as well."""
    if file.exists() and file.stat().st_size > _LIMIT:
        file.replace(file.with_name(file.name + ".1"))
    handlers: list[logging.Handler] = [_written(logging.FileHandler(file, encoding="utf-8"), as_json=True)]
    if verbose:
        handlers.append(_written(logging.StreamHandler(sys.stderr), as_json=False))
    _configure(handlers, verbose)


def onto_stderr(verbose: bool) -> None:
    """For a service in a process of its own, whose output somebody collects."""
    _configure([_written(logging.StreamHandler(sys.stderr), as_json=not sys.stderr.isatty())], verbose)


def _configure(handlers: list[logging.Handler], verbose: bool) -> None:
    level = logging.INFO if verbose else logging.WARNING
    logging.raiseExceptions = False  # a line that a full disk refuses is no reason to fill the terminal with tracebacks
    logging.basicConfig(level=level, handlers=handlers, force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)  # or a collector that is away is told of every second
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _written(handler: logging.Handler, *, as_json: bool) -> logging.Handler:
    # The default would show the local variables of every frame: tokens and passwords among them.
    shown = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    last: structlog.typing.Processor = structlog.processors.JSONRenderer() if as_json else shown
    trace = [structlog.processors.format_exc_info] if as_json else []
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *trace, last],
        )
    )
    return handler
