"""`restore FILE`: a backup becomes the whole of a Spindle; what is in the way goes only when that is said."""

import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import IO

from nats.js import JetStreamContext
from pydantic import SecretStr

from spindle.cli import finding
from spindle.cli.backups import bus
from spindle.cli.backups.format import MANIFEST, Manifest, pieces, verified
from spindle.cli.backups.place import Place, id_of, key_of, target
from spindle.cli.backups.saving import KEY, SETTINGS, STANDARD, held, shape
from spindle.cli.errors import CommandError
from spindle.cli.running import preparing
from spindle.cli.running.telling import progress
from spindle.cli.seeing import shapes, tables
from spindle.cli.wording import at_home, command, count, local
from spindle.embedded.home import write_private
from spindle.embedded.sizes import size
from spindle.recorder.errors import SchemaTooNew
from spindle.recorder.store import restoring
from spindle.recorder.store.dump import Loading
from spindle.recorder.store.migrate import head, known

Tell = Callable[[str], None]
Piece = tuple[str, bytes]


async def restore(home: Path, file: str, replace: bool, as_json: bool) -> None:
    with progress(steps=False) as tell, _opened(file, home) as backup:
        tell("Checking the backup …")
        manifest = verified(backup)
        if not known(manifest.schema_revision):
            raise SchemaTooNew(f"The backup (schema {manifest.schema_revision})", head())
        async with target(home, tell) as place:
            work = _Restore(place, manifest, tell)
            await work.carry_out(backup, replace)
        read = backup.seek(0, os.SEEK_END)
    if as_json:
        tables.lines([shapes.text({**shape(manifest, file, read), "key": _key_state(home, manifest)})])
        return
    tables.say(f"{held(manifest)} are restored, as they were on {local(manifest.created_at)}.")
    for line in _what_next(home, manifest, work.strange):
        tables.say(line)


@dataclass
class _Restore:
    place: Place
    manifest: Manifest
    tell: Tell
    strange: list[str] = field(default_factory=list)
    """Tables in the backup that are not Spindle's."""

    async def carry_out(self, backup: IO[bytes], replace: bool) -> None:
        connection = await finding.reach(self.place.nats_url, "cli-restore")
        try:
            await _must_be_free(self.place.database_url, replace)
            await preparing.topology(connection)
            await restoring.begin(self.place.database_url)
            backup.seek(0)
            await self._fill(connection.jetstream(), backup)
        finally:
            await connection.close()

    async def _fill(self, js: JetStreamContext, backup: IO[bytes]) -> None:
        """The last thing that happens is the commit: before it, the old tables are there and say "unfinished"."""
        if self.manifest.with_bus:
            await bus.clear(js, self.manifest.control)
        async with restoring.replaced(self.place.database_url, self.manifest.schema_revision) as loading:
            for name, group in groupby(pieces(backup), key=lambda piece: piece[0]):
                if name.startswith("tables/"):
                    await self._table(loading, name, group)
                elif name.endswith(".jsonl"):
                    await self._letters(js, name, group)
                elif name != MANIFEST:
                    self._file(name, b"".join(content for _, content in group))

    async def _table(self, loading: Loading, part: str, group: Iterable[Piece]) -> None:
        table = part.removeprefix("tables/").removesuffix(".csv")
        if table not in loading.columns:
            self.strange.append(table)
            return
        rows = await loading.write(table, self.manifest.columns[table], self._read(table, group))
        if rows != self.manifest.parts[part].rows:
            raise CommandError(
                f"{part} has {count(rows, 'row')}, and its manifest says {self.manifest.parts[part].rows}:"
                " the restore is not finished; run it again with another copy"
            )

    async def _read(self, table: str, group: Iterable[Piece]) -> AsyncIterator[bytes]:
        done = 0
        for _, content in group:
            yield content
            done += len(content)
            self.tell(f"Writing {table}: {size(done)} …")

    async def _letters(self, js: JetStreamContext, part: str, group: Iterable[Piece]) -> None:
        self.tell(f"Writing {part.removesuffix('.jsonl')} …")
        for line in _lines(content for _, content in group):
            await bus.put_back(js, part, line)

    def _file(self, name: str, content: bytes) -> None:
        """A key that the environment gives stays the one that counts."""
        wanted = name in SETTINGS or (name == KEY and not os.environ.get("SPINDLE_SECRET_KEY"))
        if wanted and self.place.at_home:
            write_private(self.place.home / name, content.decode())


async def _must_be_free(database_url: str, replace: bool) -> None:
    there = await restoring.at_stake(database_url)
    if there.listeners and not replace:
        listeners, plays = count(there.listeners, "listener"), count(there.plays, "play")
        raise CommandError(
            f"there are {listeners} with {plays} here, which would be lost: say --replace if that is meant,"
            f" after `{command('backup FILE')}`"
        )


@contextmanager
def _opened(file: str, home: Path) -> Iterator[IO[bytes]]:
    """Standard input is kept aside first: it must be read twice."""
    if file != STANDARD:
        with Path(file).expanduser().open("rb") as backup:
            yield backup
        return
    place = str(home) if os.access(home, os.W_OK) else tempfile.gettempdir()
    with tempfile.TemporaryFile(dir=place) as backup:
        try:
            shutil.copyfileobj(sys.stdin.buffer, backup)
        except OSError as full:
            raise CommandError(
                f"the backup does not fit into {place} ({full.strerror}): name it as a file, or set TMPDIR"
            ) from full
        backup.seek(0)
        yield backup


def _lines(contents: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for content in contents:
        *whole, rest = (rest + content).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _key_state(home: Path, manifest: Manifest) -> str:
    """`same`, `missing` or `other`; `none` when the backup has no tokens that a key could open."""
    if manifest.key is None:
        return "none"
    here: SecretStr | None = key_of(home)
    return "missing" if here is None else "same" if id_of(here) == manifest.key else "other"


def _what_next(home: Path, manifest: Manifest, strange: list[str]) -> Iterator[str]:
    if strange:
        yield f"Tables that are not Spindle's were left out: {', '.join(strange)}."
    if not manifest.with_bus:
        yield "This backup holds the database alone: tokens and pauses are as they were."
        return
    key = at_home(home / KEY)
    state = _key_state(home, manifest)
    if state == "missing":
        yield f"The key that opens the tokens is missing: bring the old one to {key}, or link every listener again."
    elif state == "other":
        yield "The tokens were sealed with another key than the one here: bring that key, or link every listener again."
    if state in ("missing", "other") and KEY in manifest.parts:
        yield f"The key is in the backup: `tar xzOf FILE {KEY}/000000` takes it out."
    if manifest.client_id not in ("", finding.DEMO):
        yield f"Set SPINDLE_SPOTIFY_CLIENT_ID={manifest.client_id} here too, and its secret, before `{command('up')}`."
    yield "The old Spindle must not run again: both would renew the same tokens, and Spotify would refuse one of them."
