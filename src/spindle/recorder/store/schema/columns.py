"""What the tables have in common."""

from sqlalchemy import Column, DateTime, Integer, MetaData, Text, Uuid, text

metadata = MetaData()


def user() -> Column[str]:
    """The listener, with whom everything of theirs leads."""
    return Column("user_id", Uuid(as_uuid=False), primary_key=True)


def key(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, Text(collation="C"), primary_key=primary_key, nullable=False)


def at(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text("0"))
