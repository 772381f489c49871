"""The way to PostgreSQL: the address, the pool, transactions, and what its errors mean for us."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from asyncpg.exceptions import InterfaceError, PostgresError
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from spindle.recorder.errors import (
    Collision,
    DatabaseFull,
    DatabaseRefused,
    DatabaseUnreachable,
    DataRefused,
    RecorderError,
    TookTooLong,
)

_DRIVER = "postgresql+asyncpg"
_OURS = {"postgres", "postgresql", _DRIVER}

_CONNECT_WITHIN = 10  # seconds
_AT_FAULT_IS_THE_MESSAGE = ("21", "22", "23", "54")  # classes of SQLSTATE: cardinality, data, integrity, limits
_AT_FAULT_IS_THE_OTHER = ("40001", "40P01", "55P03")
_AT_FAULT_IS_THE_ADDRESS = ("28", "3D")
_NO_ROOM = "53100"
_CANCELLED = "57014"
_OUT_OF_RANGE = re.compile(r"value out of \w+ range")
_REASONS = {
    "users_name": "the name belongs to another listener",
    "users_account": "the account belongs to another listener",
}


def engine(url: str, connections: int = 4) -> AsyncEngine:
    """Connects at first use. Raises `DatabaseRefused` for what is no address of a PostgreSQL."""
    address, settings = _address(url)
    return create_async_engine(
        address,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"timeout": _CONNECT_WITHIN, "server_settings": {"application_name": "spindle", **settings}},
    )


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[AsyncEngine]:
    """For one thing at a time, and closed afterwards."""
    database = engine(url, connections=1)
    try:
        yield database
    finally:
        await database.dispose()


@asynccontextmanager
async def transaction(
    database: AsyncEngine, *, reading: bool = False, within: timedelta | None = None
) -> AsyncIterator[AsyncConnection]:
    """Commits at its end. Raises one of `recorder.errors` for whatever the database has to say: `TookTooLong` when one
    statement takes longer than `within`."""
    try:
        async with database.connect() as connection:
            if reading:
                await connection.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
            async with connection.begin():
                if within is not None:
                    longest = round(within / timedelta(milliseconds=1))
                    await connection.exec_driver_sql(f"SET LOCAL statement_timeout = {longest}")
                yield connection
    except (SQLAlchemyError, PostgresError, InterfaceError, OSError, TimeoutError) as error:
        raise translated(error) from error


async def probe(database: AsyncEngine) -> None:
    """Raises `DatabaseUnreachable` or `DatabaseRefused` when there is no working with this database."""
    async with transaction(database, reading=True) as connection:
        await connection.exec_driver_sql("SELECT 1")


def translated(error: BaseException) -> RecorderError:
    """Whose fault it is. What is not known to be the message's is not held against it."""
    cause = _cause(error)
    state = getattr(cause, "sqlstate", None) or ""
    if state in _AT_FAULT_IS_THE_OTHER:
        return Collision()
    if state.startswith(_AT_FAULT_IS_THE_MESSAGE):
        name = getattr(cause, "constraint_name", None)
        return DataRefused(_REASONS.get(name or "", f"the database refuses it: {_kind(cause)}"))
    if state.startswith(_AT_FAULT_IS_THE_ADDRESS):
        return DatabaseRefused(f"the database refuses the connection: {_first_line(cause)}")
    if state == _NO_ROOM:
        return DatabaseFull(f"the disk of the database is full: {_first_line(cause)}")
    if state == _CANCELLED:
        return TookTooLong()
    return DatabaseUnreachable(f"the database does not answer: {_first_line(cause)}")


def _cause(error: BaseException) -> BaseException:
    """What asyncpg said, below what SQLAlchemy made of it."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig.__cause__ or error.orig
    return error


def _kind(error: BaseException) -> str:
    """In words that repeat nothing of what was refused, as what the database and its driver say does."""
    if found := _OUT_OF_RANGE.search(str(error)):
        return found[0]
    return " ".join(re.findall("[A-Z][a-z]+", type(error).__name__.removesuffix("Error"))).lower()


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _address(url: str) -> tuple[URL, dict[str, str]]:
    """`sslmode` is libpq's word for what asyncpg calls `ssl`; what else the query says is a setting of the session."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseRefused(
            "SPINDLE_DATABASE_URL is not an address like postgresql://user:password@host/name"
        ) from error
    if parsed.drivername not in _OURS:
        raise DatabaseRefused(f"SPINDLE_DATABASE_URL speaks of {parsed.drivername}, not of postgresql")
    query = {name: value if isinstance(value, str) else value[-1] for name, value in parsed.query.items()}
    ssl = query.pop("sslmode", None) or query.pop("ssl", None)
    kept = {name: query.pop(name) for name in ("host", "port") if name in query} | ({"ssl": ssl} if ssl else {})
    query.pop("connect_timeout", None)
    return parsed.set(drivername=_DRIVER, query=kept), query
