"""`keys list`: which keys there are, what each is for, and how many listeners' tokens it has sealed."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from nats.js import JetStreamContext

from spindle.cli import finding
from spindle.cli.keys.sealing import STREAM, user_of
from spindle.cli.running.telling import progress
from spindle.cli.seeing import tables
from spindle.people import shapes
from spindle.people.stored import deleted, stored
from spindle.people.wording import at_home, command
from spindle.shared.spotify.keys import Keys, put_aside
from spindle.shared.spotify.seal import sealed_by

_TOLD_EVERY = 500

Tell = Callable[[str], None]


class Use(StrEnum):
    SEALS = "seals"
    OPENS = "opens"
    PUT_ASIDE = "put aside"
    MISSING = "missing"


@dataclass(frozen=True)
class Standing:
    """A key, as it is listed."""

    id: str
    use: Use
    place: str
    listeners: int


async def listed(home: Path, as_json: bool) -> None:
    source = finding.keys(home)
    keys = Keys(source)
    async with finding.bus(home) as connection:
        with progress(steps=False) as tell:
            sealed = await count(connection.jetstream(), tell)
    aside = _aside(source) if isinstance(source, Path) else {}
    found = standings(keys, finding.keys_place(home), aside, sealed)
    if as_json:
        tables.lines([shapes.text([_shape(one) for one in found])])
        return
    _show(found)


async def count(js: JetStreamContext, tell: Tell) -> Counter[str]:
    """How many listeners' tokens each key has sealed."""
    sealer: dict[str, str] = {}
    async for message in stored(js, STREAM):
        user = user_of(message)
        if deleted(message):
            sealer.pop(user, None)
        else:
            sealer[user] = sys.intern(sealed_by(message.data or b""))
        if len(sealer) % _TOLD_EVERY == 0:
            tell(f"Counting: {len(sealer):,} listeners …")
    return Counter(sealer.values())


def standings(keys: Keys, place: str, aside: dict[str, str], sealed: Counter[str]) -> list[Standing]:
    """Those in use first, then those that were put aside, by id and where; then those that nothing here is."""
    first, *others = [key.id for key in keys.all]
    rest = [one for one in aside if one not in (first, *others)]
    missing = [one for one in sealed if one not in (first, *others, *rest)]
    return [
        Standing(first, Use.SEALS, place, sealed[first]),
        *(Standing(one, Use.OPENS, place, sealed[one]) for one in others),
        *(Standing(one, Use.PUT_ASIDE, aside[one], sealed[one]) for one in rest),
        *(Standing(one, Use.MISSING, "", sealed[one]) for one in missing),
    ]


def _aside(source: Path) -> dict[str, str]:
    """By id: where it is."""
    files = sorted(put_aside(source, "*").parent.glob(put_aside(source, "*").name))
    return {file.suffix.removeprefix("."): at_home(file) for file in files if len(file.suffix) == 9}


def _shape(one: Standing) -> dict[str, shapes.Json]:
    return {"key": one.id, "use": one.use.value, "place": one.place or None, "listeners": one.listeners}


def _show(found: list[Standing]) -> None:
    table = tables.table_of("key", "use", "listeners>", "~where")
    for one in found:
        table.add_row(one.id, one.use.value, f"{one.listeners:,}", tables.cut(one.place))
    tables.console().print(table)
    if any(one.use is Use.OPENS for one in found):
        tables.say(f"A rotation is not finished: `{command('keys rotate')}` goes on with it.")
    if any(one.use is Use.MISSING for one in found):
        tables.say("What a missing key has sealed nobody can open: bring it back, or link those listeners again.")
