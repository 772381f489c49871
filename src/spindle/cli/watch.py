"""`watch`: events as they happen, for people a line, for programs a JSON object each."""

import sys
from datetime import datetime
from pathlib import Path

from spindle.cli import asking, shapes
from spindle.cli.events import Event, events
from spindle.cli.finding import bus, bus_url
from spindle.cli.lines import Lines


async def watch(home: Path, user: str | None, since: datetime | None, as_json: bool) -> None:
    async with bus(home) as connection:
        only = (await asking.listener(connection, user)).user if user else None
        lines = Lines({} if as_json else await asking.names(connection))
    if not as_json and sys.stdout.isatty():
        sys.stderr.write("Watching what happens; Ctrl-C ends it.\n")
    async for event in events(lambda: bus_url(home), since, _gone):
        if only is None or event.body.get("user") == only:
            sys.stdout.write((_json(event) if as_json else lines.of(event)) + "\n")
            sys.stdout.flush()


def _gone() -> None:
    sys.stderr.write("Spindle has gone; waiting for it to come back …\n")


def _json(event: Event) -> str:
    told = event.message or event.body
    body = shapes.plain(told)
    head: dict[str, shapes.Json] = {"sequence": event.sequence, "subject": event.subject, "at": shapes.plain(event.at)}
    return shapes.text({**head, **(body if isinstance(body, dict) else {})}, None)
