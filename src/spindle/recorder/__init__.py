"""The database: makes facts true, says what became true, answers questions.

Consumes: `facts.plays|jobs|users.*`, `ask.*`.
Publishes: `events` after commit, `dead`; replies.
Owns: PostgreSQL, alone.
"""
