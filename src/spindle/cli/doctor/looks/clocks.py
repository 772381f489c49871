"""Looks at the clocks, PostgreSQL's among them."""

from datetime import datetime

from spindle.cli import finding
from spindle.cli.doctor.home import Home
from spindle.cli.doctor.looks.servers import database_condition
from spindle.people.doctor.logic.findings import Finding
from spindle.people.doctor.looks.clocks import compared
from spindle.people.doctor.sources import Moment, timed


async def all_clocks(at: Home) -> list[Finding]:
    async def database() -> Moment:
        return await timed(ask())

    async def ask() -> datetime:
        return (await database_condition(finding.database_url(at.home))).at

    return await compared(at, {"PostgreSQL": database})
