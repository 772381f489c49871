"""Who listens to what: seeded habits, and real exports played again."""
