"""What was counted beforehand of a listener's plays, by the clocks of their zone. All of it follows from other tables.

An array holds a number for each threshold of `shared.messages.choices`: of what lasted that long at least.
"""

from sqlalchemy import ARRAY, BigInteger, Column, Date, Index, Integer, SmallInteger, Table, func

from spindle.recorder.store.schema.columns import at, key, metadata, user

PLAYS, MS = ARRAY(Integer), ARRAY(BigInteger)

# The plays of its hours stand in one row for each threshold, from midnight on.
listening_days = Table(
    "listening_days",
    metadata,
    user(),
    Column("day", Date, primary_key=True),
    Column("plays", PLAYS, nullable=False),
    Column("ms", MS, nullable=False),
    Column("hours", PLAYS, nullable=False),
)

# All years together stand under 0.
listening_years = Table(
    "listening_years",
    metadata,
    user(),
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    key("track_id", primary_key=True),
    Column("plays", PLAYS, nullable=False),
    Column("ms", MS, nullable=False),
)

# Of each month and threshold the ten that were heard most often within a day.
listening_repeats = Table(
    "listening_repeats",
    metadata,
    user(),
    Column("day", Date, primary_key=True),
    key("track_id", primary_key=True),
    Column("plays", PLAYS, nullable=False),
)

# Which years are counted, and before which month.
listening_counted = Table(
    "listening_counted",
    metadata,
    user(),
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("until", Date, nullable=False),
)

# Months in which something has changed since they were counted, and when that was noticed first.
listening_stale = Table(
    "listening_stale",
    metadata,
    user(),
    Column("month", Date, primary_key=True),
    Column("since", at("since").type, nullable=False, server_default=func.clock_timestamp()),
    Index("listening_stale_by_month", "month", "since"),
)
