"""Alembic's entry: runs migrations on the connection that `hotline.platform.migrations` hands over, or on the configured database."""

from alembic import context
from sqlalchemy import Connection, create_engine

from hotline.platform.database import configure_sqlite
from hotline.platform.settings import load_settings
from hotline.tables import metadata


def run(connection: Connection) -> None:
    """Run the migrations that were asked for."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,  # SQLite changes a table by copying it
        compare_type=True,
        user_module_prefix="database.",
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Use the caller's connection, or open the one of the settings."""
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        run(given)
        return
    url = load_settings().database_url.replace("+aiosqlite", "").replace("+asyncpg", "")
    engine = create_engine(url)
    if url.startswith("sqlite"):
        configure_sqlite(engine)
    with engine.begin() as connection:
        run(connection)


main()
