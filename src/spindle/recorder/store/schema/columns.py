"""What the tables have in common."""

from datetime import MAXYEAR, MINYEAR, UTC, datetime

from sqlalchemy import Column, DateTime, Dialect, Integer, MetaData, Text, TypeDecorator, Uuid, text

metadata = MetaData()

_FIRST, _LAST = datetime(MINYEAR, 1, 2, tzinfo=UTC), datetime(MAXYEAR, 12, 30, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """A time that a wrong clock told, too. The driver takes the ends of Python's calendar for PostgreSQL's infinities,
    and reads these without a zone: one of them in a row, and no answer with that row could be given."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else min(max(value, _FIRST), _LAST)


def user() -> Column[str]:
    """The listener, with whom everything of theirs leads."""
    return Column("user_id", Uuid(as_uuid=False), primary_key=True)


def key(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, Text(collation="C"), primary_key=primary_key, nullable=False)


def at(name: str, *, nullable: bool = True) -> Column[datetime]:
    return Column(name, Moment, nullable=nullable)


def count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text("0"))
