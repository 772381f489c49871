"""Alembic's entry: migrates over the connection that `migrate` hands in."""

from alembic import context

from spindle.recorder.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
