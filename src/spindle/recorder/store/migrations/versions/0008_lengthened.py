"""plays that nobody timed, by their track, so that another length of it is not looked for at every listener"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_EVERY_LISTENER = """
    JOIN users AS u ON true JOIN plays AS p ON p.user_id = u.user_id AND p.track_id = n.track_id
"""
_THEIR_PLAYS = """
    JOIN plays AS p ON p.track_id = n.track_id
"""
# Nobody holds the listeners of whom a track tells something else now: whoever counts them just then has taken the mark
# away and waits, or sees this one.
_LENGTHENED = """
    CREATE OR REPLACE FUNCTION listening_lengthened() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM before AS o JOIN after AS n USING (track_id)
                   WHERE o.duration_ms IS DISTINCT FROM n.duration_ms)
        THEN
            INSERT INTO listening_stale (user_id, month)
            SELECT DISTINCT d.user_id,
                   date_trunc('month', least(greatest(d.day + far, '0001-01-01'), '9999-12-31')::timestamp)::date
            FROM (SELECT DISTINCT p.user_id, (p.played_at AT TIME ZONE 'UTC')::date AS day
                  FROM before AS o JOIN after AS n USING (track_id) {plays}
                  WHERE p.ms_played IS NULL AND o.duration_ms IS DISTINCT FROM n.duration_ms) AS d,
                 unnest(ARRAY[-1, 1]) AS far
            ORDER BY 1, 2 ON CONFLICT (user_id, month) DO UPDATE SET month = excluded.month;
        END IF;
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    op.create_index("plays_nobody_timed", "plays", ["track_id"], postgresql_where=sa.text("ms_played IS NULL"))
    op.execute(_LENGTHENED.format(plays=_THEIR_PLAYS))


def downgrade() -> None:
    op.execute(_LENGTHENED.format(plays=_EVERY_LISTENER))
    op.drop_index("plays_nobody_timed", table_name="plays")
