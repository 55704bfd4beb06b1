"""What Alembic runs: the steps on the connection that `kiseki.store.sql.migrations.run` hands over."""

from __future__ import annotations

from alembic import context

from kiseki.store.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by copying it.
    render_as_batch=context.config.attributes["connection"].dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
