"""All checks of a home: what both doors look at, and what only a home can tell."""

from pathlib import Path

from spindle.cli.doctor.home import Home
from spindle.cli.doctor.looks.clocks import all_clocks
from spindle.cli.doctor.looks.credentials import client, key_and_tokens
from spindle.cli.doctor.looks.room import disk_of_home
from spindle.cli.doctor.looks.servers import database, nats_server, put_aside
from spindle.cli.errors import NotRunning
from spindle.cli.mistakes import explained
from spindle.people.doctor import visit as both
from spindle.people.doctor.logic import clocks, credentials, disk, servers
from spindle.people.doctor.logic.findings import Finding
from spindle.people.doctor.visit import Check

_AT_HOME: dict[str, tuple[Check[Home], ...]] = {
    servers.NATS: (
        (servers.NATS, nats_server),
        (servers.DATABASE, database),
        (servers.DATABASE, put_aside),
        (disk.CHECK, disk_of_home),
    ),
    clocks.CHECK: ((clocks.CHECK, all_clocks),),
    credentials.CLIENT: ((credentials.CLIENT, client),),
    credentials.KEY: ((credentials.KEY, key_and_tokens),),
}
"""In the place of the check of this name."""

CHECKS: tuple[Check[Home], ...] = (
    *(one for check, look in both.CHECKS for one in _AT_HOME.get(check, ((check, look),))),
)


async def visit(home: Path) -> list[Finding]:
    """The gravest first."""
    return await both.visit(Home(home), CHECKS, _why)


def _why(error: Exception) -> str | None:
    return "Spindle is not running" if isinstance(error, NotRunning) else explained(error)[0]
