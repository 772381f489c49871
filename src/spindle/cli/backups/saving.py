"""`backup FILE`: everything into one file, while Spindle runs or while it does not."""

import sys
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from spindle.cli import finding
from spindle.cli.backups import bus
from spindle.cli.backups.creating import STANDARD, created
from spindle.cli.backups.format import KEY, SETTINGS, Manifest, Writer
from spindle.cli.backups.place import Place, keys_of, source
from spindle.cli.running.stopping import heed
from spindle.cli.running.telling import progress, say
from spindle.cli.seeing import tables
from spindle.people import shapes
from spindle.people.errors import Problem
from spindle.people.wording import count, instant
from spindle.recorder.store.dump import Snapshot, snapshot
from spindle.shared.ids import now
from spindle.shared.spotify.keys import written
from spindle.sizes import size

Tell = Callable[[str], None]


async def backup(home: Path, file: str, with_key: bool, as_json: bool) -> None:
    if file == STANDARD and sys.stdout.isatty():
        raise Problem("a backup is nothing to look at: name a file, or send it somewhere with >")
    with progress(steps=False) as tell, created(file) as out:
        async with source(home, tell) as place:
            with Writer(out, now()) as writer:
                manifest, unfinished = await _everything(place, writer, with_key, tell)
    if as_json:
        tables.lines([shapes.text(shape(manifest, file, writer.written))])
        return
    told = say if file == STANDARD else tables.say
    told(f"{held(manifest)} are backed up to {_name(file)} ({size(writer.written)}).")
    told(_about_key(home, manifest, with_key))
    if unfinished:
        told(
            "A restore was not finished here: the listeners and plays are those from before it; tokens may be missing."
        )


async def database_alone(database_url: str, file: Path) -> Manifest:
    """For what changes nothing but tables."""
    with created(str(file)) as out, Writer(out, now()) as writer:
        async with snapshot(database_url) as tables_:
            await _tables(tables_, writer, lambda _: None)
            return writer.finish(_about(tables_, now()))


def held(manifest: Manifest) -> str:
    return f"{count(manifest.listeners, 'listener')} with {count(manifest.plays, 'play')}"


def shape(manifest: Manifest, file: str, written: int) -> dict[str, shapes.Json]:
    rows = {name.removeprefix("tables/").partition(".")[0]: part.rows for name, part in manifest.parts.items()}
    return {
        "file": None if file == STANDARD else str(Path(file).expanduser().resolve()),
        "bytes": written,
        "created_at": instant(manifest.created_at),
        "schema": manifest.schema_revision,
        "listeners": manifest.listeners,
        "plays": manifest.plays,
        "with_key": KEY in manifest.parts,
        "rows": {name: number for name, number in rows.items() if name not in ("settings", "demo", "secret")},
    }


async def _everything(place: Place, writer: Writer, with_key: bool, tell: Tell) -> tuple[Manifest, bool]:
    tell("Reading the bus …")
    connection = await finding.reach(place.nats_url, "cli-backup")
    try:
        heed()
        saved = await bus.save(connection.jetstream(), writer)
    finally:
        await connection.close()
    _settings(place.home, writer, with_key)
    async with snapshot(place.database_url) as tables_:
        about = _about(tables_, now())
        await _tables(tables_, writer, tell)
    known = {
        "with_bus": True,
        "control": saved.control,
        "key": saved.keys[-1] if saved.keys else None,
        "keys": saved.keys,
    }
    client = finding.spotify_client(place.home)
    return writer.finish(about.model_copy(update={**known, "client_id": client})), tables_.unfinished


def _settings(home: Path, writer: Writer, with_key: bool) -> None:
    for name in SETTINGS:
        if (home / name).exists():
            writer.whole(name, (home / name).read_bytes())
    if with_key:
        keys = keys_of(home)
        if keys is None:
            raise Problem("there is no key here to put into it: neither SPINDLE_SECRET_KEY nor a file secret.key")
        writer.whole(KEY, written(keys.all).encode())


async def _tables(tables_: Snapshot, writer: Writer, tell: Tell) -> None:
    for table in tables_.columns:
        heed()
        part = writer.part(f"tables/{table}.csv")

        async def write(data: bytes, part=part, table=table) -> None:  # type: ignore[no-untyped-def]
            part.write(data)
            tell(f"Reading {table}: {size(part.size)} …")

        part.end(await tables_.read(table, write))


def _about(tables_: Snapshot, at: datetime) -> Manifest:
    if tables_.standing.has is None:
        raise Problem("there is nothing to back up: the database has no tables yet")
    return Manifest(
        spindle=version("spindle"),
        created_at=at,
        schema_revision=tables_.standing.has,
        columns={table: list(columns) for table, columns in tables_.columns.items()},
        listeners=tables_.holdings.listeners,
        plays=tables_.holdings.plays,
        with_bus=False,
    )


def _about_key(home: Path, manifest: Manifest, with_key: bool) -> str:
    if with_key:
        return "The key that opens their tokens is in it: whoever has this file can use these Spotify accounts."
    if manifest.key is None:
        return "No tokens are in it."
    where = finding.keys_place(home)
    return f"The key that opens their tokens is not in it: keep {where} as well, in another place (or say --with-key)."


def _name(file: str) -> str:
    return "standard output" if file == STANDARD else file
