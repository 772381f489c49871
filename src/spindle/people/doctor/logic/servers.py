"""The servers: there, of a version that is known to work, and holding the tables of this Spindle."""

from collections.abc import Sequence
from dataclasses import dataclass

from spindle.people.doctor.logic.findings import Finding, ok, problem, warning
from spindle.people.wording import command

NATS, DATABASE = "nats", "database"

NEEDED_NATS = (2, 12)  # message schedules, by which a job waits
TRIED_NATS = (2, 15)
TRIED_POSTGRES = (15, 18)


@dataclass(frozen=True)
class Gone:
    """A server that cannot be used, and why."""

    why: str
    refused: bool = False
    given: bool = False
    """By a variable of the environment, so that whoever set it is to mend it."""
    running: bool = True
    """Whether an `up` runs on this home, which brings back servers of its own."""


@dataclass(frozen=True)
class Nats:
    where: str
    version: tuple[int, int, int]
    jetstream: bool = True
    alone: bool = False
    """Whether it is a node that sees too few of its cluster."""
    complaint: str | None = None
    """What the server says is wrong with itself; none also when it could not be asked."""


def put_aside(places: Sequence[str]) -> list[Finding]:
    """Directories of the home in which an earlier `up` kept what stood in the place of the database."""
    todo = f"Look into it; `{command('restore FILE')}` into an empty home brings back a backup. Then remove it."
    return [warning(DATABASE, f"{place} was put aside at a start: data may be in it.", todo) for place in places]


@dataclass(frozen=True)
class Database:
    where: str
    version: tuple[int, int]
    tables: str | None
    """The revision of the tables; none when there are none."""
    current: str
    """The revision that this Spindle needs."""
    known: bool = True
    """Whether this Spindle has ever had such tables."""
    unfinished: bool = False
    """Whether a restore has begun and not ended."""


def nats(seen: Nats | Gone) -> list[Finding]:
    if isinstance(seen, Gone):
        return [problem(NATS, f"{_sentence(seen.why)}.", _mend(seen, "SPINDLE_NATS_URL"))]
    name = f"nats-server {_dotted(seen.version)} at {seen.where}"
    if not seen.jetstream:
        return [problem(NATS, f"{name} runs without JetStream.", "Start it with -js, or with a jetstream block.")]
    if seen.alone:
        what = f"{name} sees too few nodes of its cluster: nothing can be stored, and everything waits."
        todo = "Bring the others back: what was confirmed is on their disks. It then goes on by itself."
        return [problem(NATS, what, todo)]
    if seen.complaint:
        todo = "`up` starts its own again by itself; one of yours must be restarted. It stays so after a failed write."
        return [problem(NATS, f"{name} is not well: {seen.complaint}.", todo)]
    if seen.version < NEEDED_NATS:
        return [problem(NATS, f"{name} is too old: it has no message schedules.", _upgrade("NATS", TRIED_NATS))]
    if seen.version < TRIED_NATS:
        return [warning(NATS, f"{name} is older than any that Spindle was tried with.", _upgrade("NATS", TRIED_NATS))]
    if seen.version[:2] > TRIED_NATS:
        tried = f"Most likely all is well; Spindle was tried with {_dotted(TRIED_NATS)}."
        return [warning(NATS, f"{name} is newer than any that Spindle was tried with.", tried)]
    return [ok(NATS, f"{name}, with JetStream.")]


def database(seen: Database | Gone) -> list[Finding]:
    if isinstance(seen, Gone):
        return [problem(DATABASE, f"{_sentence(seen.why)}.", _mend(seen, "SPINDLE_DATABASE_URL"))]
    name = f"PostgreSQL {_dotted(seen.version)} at {seen.where}"
    return _version(name, seen.version[0]) + _tables(name, seen) or [ok(DATABASE, f"{name}, with all tables.")]


def _version(name: str, major: int) -> list[Finding]:
    oldest, newest = TRIED_POSTGRES
    if major < oldest:
        return [problem(DATABASE, f"{name} is too old.", f"Upgrade PostgreSQL to {oldest} or later, up to {newest}.")]
    if major > newest:
        tried = f"Most likely all is well; Spindle was tried with {oldest} to {newest}."
        return [warning(DATABASE, f"{name} is newer than any that Spindle was tried with.", tried)]
    return []


def _tables(name: str, seen: Database) -> list[Finding]:
    if seen.unfinished:
        begun = f"A restore into {name} has begun and not ended; until it has, nothing runs on it."
        return [problem(DATABASE, begun, f"Let it end, or run it again: `{command('restore FILE')}`.")]
    if seen.tables == seen.current:
        return []
    if seen.tables is None:
        return [problem(DATABASE, f"{name} holds no tables of Spindle.", f"Make them: `{command('provision')}`.")]
    if not seen.known:
        newer = f"The tables in {name} were made by a newer Spindle ({seen.tables})."
        return [problem(DATABASE, newer, "Run that version, or a later one.")]
    older = f"The tables in {name} are of an older Spindle ({seen.tables}, wanted {seen.current})."
    return [problem(DATABASE, older, f"Bring them up to date: `{command('provision')}`.")]


def _mend(gone: Gone, variable: str) -> str:
    if gone.given and gone.refused:
        return f"Correct {variable}."
    if gone.given:
        return f"Start that server, or correct {variable}."
    if gone.running:
        return "`up` brings its servers back within seconds; if this one stays away, its log in the home says why."
    return f"Start it: `{command('up')}`."


def _upgrade(server: str, to: tuple[int, int]) -> str:
    return f"Upgrade {server} to {_dotted(to)}."


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")
