"""`choose`: the zone of a listener's days, and what counts as a play."""

from pathlib import Path

from spindle.cli.finding import bus
from spindle.cli.seeing import tables
from spindle.people import asking, choices
from spindle.people.shapes import text
from spindle.shared.messages.choices import AtLeast


async def choose(home: Path, user: str, zone: str | None, at_least: AtLeast | None, as_json: bool) -> None:
    """What is not said stays as it is."""
    wanted = choices.zone_of(zone) if zone is not None else None
    async with bus(home) as connection:
        one = await asking.listener(connection, user)
        if wanted is not None or at_least is not None:
            one = await choices.choose(connection, one, wanted, at_least)
    if as_json:
        tables.lines([text({"user": one.user, "name": one.name, **choices.told(one)})])
    else:
        tables.say(choices.sentence(one))
