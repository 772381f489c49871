"""What can go wrong at the database.

RecorderError
├── DatabaseUnreachable   nobody answers, or not now: worth waiting for
│   ├── DatabaseFull      it has no room on its disk
│   └── TookTooLong       it was stopped: whoever asked does not wait any more
├── DatabaseRefused       somebody answers and says no: waiting does not help
├── SchemaTooNew          the tables are of a newer Spindle
├── RestoreUnfinished     the tables are half of what they shall become
├── RestoreRunning        and somebody is at it
├── Collision             two transactions met: the same again may succeed at once
└── DataRefused           what was to be written cannot be: the message is at fault
"""


class RecorderError(Exception):
    """The recorder failed."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class DatabaseUnreachable(RecorderError):
    """The database does not answer."""


class DatabaseFull(DatabaseUnreachable):
    """The database has no room."""


class TookTooLong(DatabaseUnreachable):
    """the database takes too long for it; ask for less, or later"""


class DatabaseRefused(RecorderError):
    """The database refuses the connection."""


class SchemaTooNew(RecorderError):
    def __init__(self, what: str, known: str) -> None:
        super().__init__(f"{what} is of a newer Spindle; this one knows schema {known}: use that newer one.")


class RestoreUnfinished(RecorderError):
    """A restore into this database was not finished: run `spindle restore FILE` again; `spindle backup FILE` still \
saves the listeners and plays from before it."""


class RestoreRunning(RecorderError):
    """Another restore into this database is running: let it finish, or stop it."""


class Collision(RecorderError):
    """The database gave way to another transaction."""


class DataRefused(RecorderError):
    """The database refuses what a message says."""
