"""what was counted beforehand of listening, and the marks of what has changed since; imports by the end of their id"""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

# A month is marked wherever on earth its clocks stand: the days before and after a play's own touch it. So no mark
# needs a time zone, and none can be refused with its play because of one.
_MARKS = """
    INSERT INTO listening_stale (user_id, month)
    SELECT DISTINCT d.user_id,
           date_trunc('month', least(greatest(d.day + far, '0001-01-01'), '9999-12-31')::timestamp)::date
    FROM (SELECT DISTINCT c.user_id, (c.played_at AT TIME ZONE 'UTC')::date AS day FROM {changed} AS c) AS d,
         unnest(ARRAY[-1, 1]) AS far
    ON CONFLICT DO NOTHING;
"""
_CHANGED = """
    (SELECT o.user_id, unnest(ARRAY[o.played_at, n.played_at]) AS played_at
     FROM before AS o JOIN after AS n USING (user_id, play_id)
     WHERE (o.played_at, o.track_id) <> (n.played_at, n.track_id) OR o.ms_played IS DISTINCT FROM n.ms_played)
"""
_DURATIONS = """
    (SELECT p.user_id, p.played_at
     FROM before AS o JOIN after AS n USING (track_id) CROSS JOIN users AS u
     JOIN plays AS p ON p.user_id = u.user_id AND p.track_id = n.track_id AND p.ms_played IS NULL
     WHERE o.duration_ms IS DISTINCT FROM n.duration_ms)
"""
# Nobody holds the listeners of whom a track tells something else now: whoever counts them just then has taken the mark
# away and waits, or sees this one.
_WAIT = _MARKS.replace(
    "ON CONFLICT DO NOTHING", "ORDER BY 1, 2 ON CONFLICT (user_id, month) DO UPDATE SET month = excluded.month"
)

_FUNCTIONS = {
    "listening_inserted": _MARKS.format(changed="after"),
    "listening_deleted": _MARKS.format(changed="before"),
    "listening_updated": _MARKS.format(changed=_CHANGED),
    "listening_lengthened": f"""
        IF EXISTS (SELECT FROM before AS o JOIN after AS n USING (track_id)
                   WHERE o.duration_ms IS DISTINCT FROM n.duration_ms)
        THEN {_WAIT.format(changed=_DURATIONS)} END IF;
    """,  # noqa: S608
}
_TRIGGERS = (
    ("plays", "INSERT", "NEW TABLE AS after", "listening_inserted"),
    ("plays", "DELETE", "OLD TABLE AS before", "listening_deleted"),
    ("plays", "UPDATE", "OLD TABLE AS before NEW TABLE AS after", "listening_updated"),
    ("tracks", "UPDATE", "OLD TABLE AS before NEW TABLE AS after", "listening_lengthened"),
)


def upgrade() -> None:
    since = sa.Column("since", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp(), nullable=False)
    op.create_table("listening_days", _user(), _day(), _numbers("plays"), _numbers("ms"), _numbers("hours"))
    op.create_table("listening_years", _user(), _small("year"), _track(), _numbers("plays"), _numbers("ms"))
    op.create_table("listening_repeats", _user(), _day(), _track(), _numbers("plays"))
    op.create_table("listening_counted", _user(), _small("year"), sa.Column("until", sa.Date(), nullable=False))
    op.create_table("listening_stale", _user(), sa.Column("month", sa.Date(), primary_key=True), since)
    for name, body in _FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$")
    for table, event, rows, function in _TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {function} AFTER {event} ON {table} REFERENCING {rows}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
    op.execute(_MARKS.format(changed="plays"))
    op.create_index("imports_ending", "imports", [sa.literal_column("reverse(job)")])


def downgrade() -> None:
    op.drop_index("imports_ending", table_name="imports")
    for table, _, _, function in _TRIGGERS:
        op.execute(f"DROP TRIGGER {function} ON {table}")
        op.execute(f"DROP FUNCTION {function}()")
    for name in ("listening_stale", "listening_counted", "listening_repeats", "listening_years", "listening_days"):
        op.drop_table(name)


def _user() -> sa.Column[str]:
    return sa.Column("user_id", sa.Uuid(as_uuid=False), primary_key=True)


def _day() -> sa.Column[date]:
    return sa.Column("day", sa.Date(), primary_key=True)


def _track() -> sa.Column[str]:
    return sa.Column("track_id", sa.Text(collation="C"), primary_key=True)


def _small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger(), primary_key=True, autoincrement=False)


def _numbers(name: str) -> sa.Column[list[int]]:
    kind = sa.BigInteger() if name == "ms" else sa.Integer()
    return sa.Column(name, postgresql.ARRAY(kind), nullable=False)
