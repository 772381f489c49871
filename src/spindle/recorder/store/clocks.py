"""A listener's plays by their own clock, as everything that is counted of listening reads them."""

PLANNED = """
    set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),
    set_config('work_mem', '32MB', true), set_config('max_parallel_workers_per_gather', '0', true)
"""
"""Until the end of a transaction: plans are made for the days that are asked of. A week is not read as a decade is."""

# By the clock things are worked out once (OFFSET 0). The planner knows nothing of them, and would take a comparison for
# one that hardly any row passes: of coalesce(…) it believes that half of them do.
PLAYS = """
    SELECT h.at::date AS day, extract(hour FROM h.at)::int AS hour, h.track_id, h.ms
    FROM (SELECT p.played_at AT TIME ZONE CAST(:zone AS text) AS at, p.track_id,
                 coalesce(p.ms_played, t.duration_ms)::bigint AS ms
          FROM plays AS p LEFT JOIN tracks AS t ON t.track_id = p.track_id AND p.ms_played IS NULL
          WHERE p.user_id = CAST(:user AS uuid) AND ({near}) OFFSET 0) AS h
    WHERE coalesce({days}, false)
"""
"""Of (day, hour, track_id, ms): plays `near` in time, and of the `days`, which call it `h.at::date`."""
