"""Alembic's entry: the connection always comes from serving.database.Database."""

from alembic import context

from serving.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
context.run_migrations()
