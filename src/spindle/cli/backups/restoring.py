"""`restore FILE`: a backup becomes the whole of a Spindle; what is in the way goes only when that is said."""

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from nats.js import JetStreamContext

from spindle.cli import finding
from spindle.cli.backups import bus, keys
from spindle.cli.backups.format import KEY, SETTINGS, Manifest
from spindle.cli.backups.opening import opened
from spindle.cli.backups.place import Place, target
from spindle.cli.backups.reading import lines, parts
from spindle.cli.backups.saving import held, shape
from spindle.cli.backups.verifying import small, verified
from spindle.cli.running import preparing
from spindle.cli.running.stopping import heed
from spindle.cli.running.telling import progress
from spindle.cli.seeing import tables
from spindle.embedded.home import write_private
from spindle.people import shapes
from spindle.people.errors import Problem
from spindle.people.wording import command, count, local
from spindle.recorder.errors import RecorderError, SchemaTooNew
from spindle.recorder.store import restoring
from spindle.recorder.store.dump import Loading
from spindle.recorder.store.migrate import head, known
from spindle.sizes import size

Tell = Callable[[str], None]


async def restore(home: Path, file: str, replace: bool, as_json: bool) -> None:
    with progress(steps=False) as tell, opened(file, home) as backup:
        tell("Checking the backup …")
        manifest = verified(backup)
        if not known(manifest.schema_revision):
            raise SchemaTooNew(f"The backup (schema {manifest.schema_revision})", head())
        async with target(home, tell) as place:
            work = _Restore(place, manifest, backup, tell)
            await work.carry_out(replace)
        read = backup.seek(0, os.SEEK_END)
    if as_json:
        tables.lines([shapes.text({**shape(manifest, file, read), "key": keys.state(home, manifest)})])
        return
    tables.say(f"{held(manifest)} are restored, as they were on {local(manifest.created_at)}.")
    if work.strange:
        tables.say(f"Tables that are not Spindle's were left out: {', '.join(work.strange)}.")
    for line in keys.what_next(home, manifest):
        tables.say(line)


@dataclass
class _Restore:
    place: Place
    manifest: Manifest
    backup: IO[bytes]
    tell: Tell
    strange: list[str] = field(default_factory=list)
    """Tables in the backup that are not Spindle's."""
    changed: bool = False
    """Whether something is gone that no error brings back."""

    async def carry_out(self, replace: bool) -> None:
        connection = await finding.reach(self.place.nats_url, "cli-restore")
        try:
            heed()
            files = self._files()
            async with restoring.alone(self.place.database_url):
                await _must_be_free(self.place.database_url, replace)
                await preparing.topology(connection)
                await self._marked(connection.jetstream())
            self._write(files)
        finally:
            await connection.close()

    async def _marked(self, js: JetStreamContext) -> None:
        """A mark is in the database meanwhile; it stays when only another restore can mend what this one leaves."""
        ours = await restoring.begin(self.place.database_url)
        try:
            await self._fill(js)
        except BaseException:
            if ours and not self.changed:
                with suppress(RecorderError):
                    await restoring.forget(self.place.database_url)
            else:
                self.tell(f"The restore is not finished: run `{command('restore FILE')}` again.")
            raise

    async def _fill(self, js: JetStreamContext) -> None:
        """The tables first, for they can still be given up; the last thing that happens is their commit."""
        async with restoring.replaced(self.place.database_url, self.manifest.schema_revision) as loading:
            for part, contents in parts(self.backup, self._named("tables/")):
                await self._table(loading, part, contents)
            await loading.migrate()
            if self.manifest.with_bus:
                self.changed = True
                await bus.clear(js, self.manifest.control)
                for part, contents in parts(self.backup, bus.PARTS):
                    await self._letters(js, part, contents)

    async def _table(self, loading: Loading, part: str, contents: Iterable[bytes]) -> None:
        table = part.removeprefix("tables/").removesuffix(".csv")
        if table not in loading.columns:
            self.strange.append(table)
            return
        promised = self.manifest.parts[part].rows
        if unknown := set(self.manifest.columns[table]) - set(loading.columns[table]):
            raise Problem(f"the backup has columns of {table} that nobody knows: {', '.join(sorted(unknown))}")
        rows = await loading.write(table, self.manifest.columns[table], self._read(table, contents))
        if rows != promised:
            raise Problem(f"{part} has {count(rows, 'row')}, and its manifest says {promised}: use another copy")

    async def _read(self, table: str, contents: Iterable[bytes]) -> AsyncIterator[bytes]:
        done = 0
        for content in contents:
            yield content
            done += len(content)
            self.tell(f"Writing {table}: {size(done)} …")

    async def _letters(self, js: JetStreamContext, part: str, contents: Iterable[bytes]) -> None:
        self.tell(f"Writing {part.removesuffix('.jsonl')} …")
        for line in lines(contents):
            await bus.put_back(js, part, line)

    def _files(self) -> dict[str, bytes]:
        """For the home, if there is one. A key that the environment gives stays the one that counts."""
        wanted = {*SETTINGS, KEY} - ({KEY} if finding.given_keys() else set())
        if not self.place.at_home:
            return {}
        return {
            name: small(name, contents) for name, contents in parts(self.backup, wanted & self.manifest.parts.keys())
        }

    def _write(self, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            if name == KEY and (moved := keys.put_aside(self.place.home, content)):
                self.tell(moved)
            write_private(self.place.home / name, content.decode())

    def _named(self, prefix: str) -> list[str]:
        return [name for name in self.manifest.parts if name.startswith(prefix)]


async def _must_be_free(database_url: str, replace: bool) -> None:
    there = await restoring.at_stake(database_url)
    if there.listeners and not replace:
        listeners, plays = count(there.listeners, "listener"), count(there.plays, "play")
        raise Problem(
            f"there are {listeners} with {plays} here, which would be lost: say --replace if that is meant,"
            f" after `{command('backup FILE')}`"
        )
