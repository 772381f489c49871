"""`compare`: two jobs in figures, side by side."""

from pathlib import Path

from spindle.cli.finding import bus
from spindle.cli.seeing import tables
from spindle.people import asking, shapes
from spindle.people.course import figures
from spindle.people.lines import called
from spindle.people.wording import capital, clock
from spindle.shared.ids import now


async def compare(home: Path, first: str, second: str, as_json: bool) -> None:
    async with bus(home) as connection:
        jobs = [await asking.job_ending(connection, each) for each in (first, second)]
        found = [await asking.course(connection, job) for job in jobs]
    if as_json:
        tables.lines([shapes.text(shapes.comparison(found))])
        return
    names = [f"{called(job.job)} of {job.name}, {clock(job.started_at, now())}" for job in jobs]
    table = tables.table_of("", *(f"{tables.short(job.job)}>" for job in jobs), "difference>")
    for figure in figures(found):
        table.add_row(figure.called, *map(figure.written, figure.values), figure.difference)
    tables.say(f"{capital(names[0])}, beside {names[1]}")
    tables.console().print(table)
