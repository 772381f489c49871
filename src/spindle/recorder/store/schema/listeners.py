"""Listeners, and how far their recording has come."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from spindle.recorder.store.schema.columns import at, metadata, user

users = Table(
    "users",
    metadata,
    user(),
    Column("name", Text),
    Column("account", Text),
    at("linked_at"),
    at("authorized_at"),
    Column("warned", Text),  # of the end of their authorization
    at("warned_link"),  # which link that was
    at("disconnected_at"),
    Column("disconnected_why", Text),
    Column("zone", Text),
    Column("at_least", SmallInteger),  # seconds
    at("chosen_at"),
    at("removed_at"),  # set on a tombstone, which keeps nothing else
    CheckConstraint("removed_at IS NOT NULL OR num_nulls(name, account, linked_at) = 0", name="users_whole"),
    UniqueConstraint("account", name="users_account"),
)
Index("users_name", func.lower(users.c.name), unique=True)

checkpoints = Table(
    "checkpoints",
    metadata,
    user(),
    Column("plays", BigInteger, nullable=False, server_default=text("0")),
    at("last_played_at"),
    Column("initial_job", Text(collation="C")),
    at("initial_started_at"),
    Column("initial_status", Text),
    Column("initial_reason", Text),
    Column("initial_error", Text),
    at("initial_waiting_until"),
    at("initial_completed_at"),
    Column("initial_completed_reason", Text),
    at("earliest_played_at"),
    Column("poll_job", Text(collation="C")),
    at("poll_started_at"),
    at("next_poll_at"),
    Column("next_poll_why", Text),
    at("next_poll_why_at"),  # of which next poll it tells
    Column("poll_ended_job", Text(collation="C")),
    at("poll_ended_started_at"),
    Column("poll_error", Text),
    at("poll_failing_since"),
    at("poll_completed_at"),
    # Milliseconds, of the newest hundred. In the row, because every poll writes it anyway: a table of them would cost
    # each poll a row, an index and a deletion, and whoever asks a sort.
    Column("poll_lags", ARRAY(Integer), nullable=False, server_default=text("'{}'")),
    Column("paused", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("pauses_sequence", BigInteger, nullable=False, server_default=text("0")),
)
