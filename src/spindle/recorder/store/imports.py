"""Imports, their files and rejects: written under the listener's lock."""

from collections.abc import Mapping
from dataclasses import asdict, fields

from sqlalchemy import Integer, bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.imports import Import, Sums
from spindle.recorder.store.bulk import slices
from spindle.recorder.store.schema import coverage, import_files, import_rejects, imports
from spindle.shared.ids import JobId, UserId
from spindle.shared.messages.imports import ArchiveCut, FileCut, Reject
from spindle.shared.messages.jobs import Status

_NAMES = [each.name for each in fields(Import)]
_KEY = {"user_id", "number"}
_LEFT = ("podcast", "audiobook", "video", "no_track", "invalid")
_SUMS = tuple(each.name for each in fields(Sums))


async def find(connection: AsyncConnection, user: UserId, job: JobId) -> Import | None:
    found = await connection.execute(select(imports).where(imports.c.user_id == user, imports.c.job == job))
    row = found.one_or_none()
    if row is None:
        return None
    known = row._asdict()
    return Import(**(known | {"status": Status(known["status"]) if known["status"] else None}))


async def begin(connection: AsyncConnection, stands: Import) -> Import:
    """With the next number of this listener's."""
    newest = select(func.coalesce(func.max(imports.c.number), 0)).where(imports.c.user_id == stands.user_id)
    number = (await connection.scalar(newest) or 0) + 1
    begun = Import(**(asdict(stands) | {"number": number}))
    await connection.execute(insert(imports), asdict(begun))
    return begun


async def save(connection: AsyncConnection, stands: Import) -> None:
    values = {name: value for name, value in asdict(stands).items() if name not in _KEY}
    await connection.execute(
        update(imports).where(imports.c.user_id == stands.user_id, imports.c.number == stands.number).values(values)
    )


async def add_files(connection: AsyncConnection, stands: Import, cut: ArchiveCut) -> None:
    rows = [_file(stands, number, file) for number, file in enumerate(cut.files)]
    for part in slices(rows):
        await connection.execute(insert(import_files), list(part))


async def add_rejects(connection: AsyncConnection, stands: Import, rejects: tuple[Reject, ...]) -> None:
    key = {"user_id": stands.user_id, "import": stands.number}
    for part in slices(rejects):
        await connection.execute(insert(import_rejects), [key | each.model_dump() for each in part])


async def count(connection: AsyncConnection, stands: Import, found: Mapping[int, Sums]) -> None:
    """Add to the files' buckets; `found` is by file."""
    if not found:
        return
    columns = {name: import_files.c[name] + bindparam(f"its_{name}", type_=Integer) for name in _SUMS}
    rows = [
        {"its_file": file} | {f"its_{name}": value for name, value in asdict(sums).items()}
        for file, sums in sorted(found.items())
    ]
    of = import_files.c
    await connection.execute(
        update(import_files)
        .where(of.user_id == stands.user_id, of["import"] == stands.number, of.file == bindparam("its_file"))
        .values(columns),
        rows,
    )


async def sums(connection: AsyncConnection, stands: Import) -> Sums:
    """Over all its files."""
    of = import_files.c
    found = await connection.execute(
        select(*(func.coalesce(func.sum(of[name]), 0) for name in _SUMS)).where(
            of.user_id == stands.user_id, of["import"] == stands.number
        )
    )
    return Sums(*map(int, found.one()))


_PROVE = text("""
    INSERT INTO coverage (user_id, source, proven)
    SELECT user_id, :source, range_agg(tstzrange(first, last, '[]'))
    FROM import_files
    WHERE user_id = CAST(:user AS uuid) AND import = :number AND first <= last
    GROUP BY user_id
    ON CONFLICT (user_id, source) DO UPDATE SET proven = excluded.proven
""")


async def prove(connection: AsyncConnection, stands: Import) -> None:
    """Each file from its own first to its last play."""
    await connection.execute(_PROVE, {"user": stands.user_id, "number": stands.number, "source": stands.source})


async def unprove(connection: AsyncConnection, stands: Import) -> None:
    table = coverage.c
    await connection.execute(coverage.delete().where(table.user_id == stands.user_id, table.source == stands.source))


def _file(stands: Import, number: int, file: FileCut) -> dict[str, object]:
    return {
        "user_id": stands.user_id,
        "import": stands.number,
        "file": number,
        "name": file.name,
        "rows": file.rows,
        "first": file.first,
        "last": file.last,
        "error": file.why,
        **file.left.model_dump(include=set(_LEFT)),
    }
