"""The backup that `up` makes by itself before it changes tables."""

from pathlib import Path

from spindle.cli.backups.saving import database_alone
from spindle.embedded.home import private_directory
from spindle.people.wording import at_home
from spindle.recorder.store.migrate import Standing
from spindle.shared.ids import now

KEPT = 3


async def before_migration(home: Path, database_url: str, stands: Standing) -> str:
    """What was done, in a line. Tokens and pauses are not touched by a migration, so they are not in it."""
    place = private_directory(home / "backups")
    file = place / f"schema-{stands.has}-{now():%Y%m%dT%H%M%SZ}.tar.gz"
    await database_alone(database_url, file)
    for old in sorted(place.glob("schema-*.tar.gz"), key=lambda one: one.stat().st_mtime)[:-KEPT]:
        old.unlink()
    return f"The tables (schema {stands.has}) are backed up to {at_home(file)}, and migrated to schema {stands.wants}."
