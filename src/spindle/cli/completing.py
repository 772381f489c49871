"""What a shell may offer behind a command. It never fails and never keeps anybody waiting."""

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

if TYPE_CHECKING:
    from spindle.shared.messages import Message
    from spindle.shared.messages.ask import ImportRow

_WITHIN = 0.5  # seconds for the names; whoever pressed Tab is typing
_ENDING = 8  # letters, as `imports` shows them
_PLAIN = re.compile(r"[\w.@+-]+")
"""Names that need no quotes in any shell; of others the id is offered."""

SERVICES = {
    "recorder": "writes the database, answers questions",
    "scheduler": "decides what runs, answers controls",
    "poll_worker": "asks for the newest plays",
    "sync_worker": "reads history backwards, and exports",
    "gateway": "the door for people: the page and the HTTP API",
    "simulator": "a Spotify to try things with",
}
JOBS = {"poll": "ask for the newest plays", "initial": "read what was played before"}
ENDS = {"running": "", "success": "", "partial": "", "error": "", "cancelled": ""}
KINDS = {**JOBS, "archive": "import"}
SECONDS = {"0": "everything", "10": "", "30": "usual", "60": "", "120": ""}
RANKED = {"tracks": "", "artists": "", "albums": ""}
BARS = {"day": "", "week": "", "month": "", "year": ""}
SOURCES = {"poll": "", "initial": "the initial sync", "import": ""}
WORK = {"all": "everything", **KINDS}

Offer = list[tuple[str, str]]
"""Words, and what they mean: zsh and fish show that too. Typer leaves out those that do not fit what is typed."""


def words(known: dict[str, str]) -> Callable[[], Offer]:
    return lambda: list(known.items())


def zones() -> Offer:
    """Time zones."""
    from spindle.people import zones

    return [(name, "") for name in zones.names()]


def users(context: typer.Context) -> Offer:
    """The names of the listeners of a running Spindle."""
    try:
        named = asyncio.run(_named(context))
    except Exception:
        return []  # nothing runs, or something else is wrong: the command itself will say what
    return [(name, "") if _PLAIN.fullmatch(name) else (user, name) for user, name in named.items()]


def imports(context: typer.Context) -> Offer:
    """The ends of the ids of the newest imports."""
    try:
        found = asyncio.run(_imports(context))
    except Exception:
        return []
    return [(one.job[-_ENDING:], f"{one.name}, {one.started_at.astimezone():%Y-%m-%d %H:%M}") for one in found]


def letters(context: typer.Context) -> Offer:
    """The numbers of dead letters, and why they died."""
    try:
        return asyncio.run(_letters(context))
    except Exception:
        return []


async def _letters(context: typer.Context) -> Offer:
    from spindle.cli import finding
    from spindle.people.letters import every
    from spindle.shared.bus.connection import connect

    async with asyncio.timeout(_WITHIN):
        bus = await connect(finding.bus_url(_home(context)), "cli-complete", _WITHIN)
        try:
            return [(str(each.number), each.letter.why) for each in await every(bus.jetstream())]
        finally:
            await bus.close()


async def _named(context: typer.Context) -> dict[str, str]:
    from spindle.shared.messages.ask import AskUsers, Users

    answer = await _answer(context, AskUsers(limit=200))
    return {one.user: one.name for one in Users.model_validate_json(answer).users}


async def _imports(context: typer.Context) -> "Sequence[ImportRow]":
    from spindle.shared.messages.ask import AskImports, Imports

    return Imports.model_validate_json(await _answer(context, AskImports(limit=20))).imports


async def _answer(context: typer.Context, question: "Message") -> bytes:
    from spindle.cli import finding
    from spindle.shared.bus.connection import connect

    async with asyncio.timeout(_WITHIN):
        bus = await connect(finding.bus_url(_home(context)), "cli-complete", _WITHIN)
        try:
            return (await bus.request(question.on, question.encoded(), timeout=_WITHIN)).data
        finally:
            await bus.close()


def _home(context: typer.Context) -> Path:
    """As the command says, else as stands before it, else as the environment says."""
    own, before = context, cast("typer.Context", context.find_root())
    typed = [each for each in (own, before) if _is_typed(each)]
    return Path((typed or [own])[0].params.get("home") or "~/.spindle").expanduser()


def _is_typed(context: typer.Context) -> bool:
    source = context.get_parameter_source("home")
    return source is not None and source.name == "COMMANDLINE"
