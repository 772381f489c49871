"""`watch`: events as they happen, for people a line, for programs a JSON object each."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from spindle.cli.finding import bus, bus_url
from spindle.cli.seeing.tables import console
from spindle.cli.seeing.timeline import Timeline
from spindle.people import asking
from spindle.people.events import Event, events
from spindle.people.sparing import Spared


async def watch(home: Path, user: str | None, since: datetime | None, as_json: bool) -> None:
    async with bus(home) as connection:
        only = (await asking.listener(connection, user)).user if user else None
        show = _print_json if as_json else _timeline(await asking.names(connection))
    if not as_json and sys.stdout.isatty():
        sys.stderr.write("Watching what happens; Ctrl-C ends it.\n")
    async for event in events(lambda: bus_url(home), since, _gone, _back):
        if only is None or event.body.get("user", only) == only:  # a door is everybody's
            show(event)
            sys.stdout.flush()


def _timeline(names: dict[str, str]) -> Callable[[Event], None]:
    timeline, spared = Timeline(console(), names), Spared()

    def show(event: Event) -> None:
        if spared.matters(event):
            timeline.show(event)

    return show


def _gone() -> None:
    sys.stderr.write(f"{datetime.now().astimezone():%H:%M:%S}  Spindle has gone; waiting for it to come back …\n")


def _back() -> None:
    sys.stderr.write(f"{datetime.now().astimezone():%H:%M:%S}  Spindle is back.\n")


def _print_json(event: Event) -> None:
    sys.stdout.write(event.json + "\n")
