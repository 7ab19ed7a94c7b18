"""How alembic reaches the database: through the connection that `migrate` hands it."""

from alembic import context

from chatbox.migrations.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=False)
with context.begin_transaction():
    context.run_migrations()
