"""Everything SQL: functions that take a connection, never commit, never publish."""
